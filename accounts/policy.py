"""Rules for passwords. The numbers are settings: the standard asks for complexity and change, it gives no figures."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    UserAttributeSimilarityValidator,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import PastPassword, User

# Nothing that looks like another character on paper: initial passwords are read aloud and copied by hand.
_LETTERS = ("abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789")
_LENGTH = 14


class Length(MinimumLengthValidator):
    """Django's validator in the words of a hospital."""

    def __init__(self) -> None:
        super().__init__(min_length=settings.PASSWORD_LENGTH)

    def get_error_message(self) -> str:
        """As the rule."""
        return self.get_help_text()

    def get_help_text(self) -> str:
        """The rule in words."""
        return ngettext("At least %(n)d character.", "At least %(n)d characters.", self.min_length) % {
            "n": self.min_length
        }


class NotCommon(CommonPasswordValidator):
    """Django's validator with its list of common passwords, in the words of a hospital."""

    def get_error_message(self) -> str:
        """As the rule."""
        return self.get_help_text()

    def get_help_text(self) -> str:
        """The rule in words."""
        return _("Not a common password such as Password123.")


class NotPersonal(UserAttributeSimilarityValidator):
    """Django's validator, in the words of a hospital."""

    def __init__(self) -> None:
        super().__init__(user_attributes=("username", "name", "email", "phone"))

    def get_error_message(self) -> str:
        """As the rule, whichever the part of the account is."""
        return self.get_help_text()

    def get_help_text(self) -> str:
        """The rule in words."""
        return _("Not like your user name, name, e-mail or telephone.")


class CharacterClasses:
    """Validator: characters of so many of the four classes: lower case, upper case, digits, everything else."""

    def __init__(self, classes: int | None = None) -> None:
        self._classes = classes

    @property
    def classes(self) -> int:
        """How many; the setting unless given. Read when asked: Django keeps its validators."""
        number: int = settings.PASSWORD_CLASSES if self._classes is None else self._classes
        return number

    def validate(self, password: str, user: User | None = None) -> None:
        """ValidationError where too few classes are used."""
        if len({_class_of(each) for each in password}) < self.classes:
            raise ValidationError(self.get_help_text(), code="password_too_plain")

    def get_help_text(self) -> str:
        """The rule in words."""
        return _(
            "Use at least %(classes)d of these: lower case letters, upper case letters, digits, other characters."
        ) % {"classes": self.classes}


def _class_of(character: str) -> str:
    if character.islower():
        return "lower"
    if character.isupper():
        return "upper"
    return "digit" if character.isdigit() else "other"


class NotRecent:
    """Validator: none of the user's last few passwords. Django's hook after a change keeps the list up to date."""

    @property
    def kept(self) -> int:
        """How many last ones count."""
        number: int = settings.PASSWORD_KEPT
        return number

    def validate(self, password: str, user: User | None = None) -> None:
        """ValidationError for a password the user has or lately had."""
        if user is None or user.pk is None:
            return
        recent = PastPassword.objects.filter(user=user).order_by("-set_at", "-pk")[: self.kept]
        encoded = {user.password, *recent.values_list("password", flat=True)} if self.kept else set()
        if any(check_password(password, one) for one in encoded if one):
            raise ValidationError(self.get_help_text(), code="password_used_before")

    def password_changed(self, password: str, user: User | None = None) -> None:
        """Note the new hash and forget those that no longer count (Django calls this when the user was saved)."""
        if user is None or user.pk is None or not user.has_usable_password():
            return
        PastPassword.objects.create(user=user, password=user.password)
        mine = PastPassword.objects.filter(user=user)
        kept = mine.order_by("-set_at", "-pk").values_list("pk", flat=True)[: self.kept]
        mine.exclude(pk__in=list(kept)).delete()

    def get_help_text(self) -> str:
        """The rule in words."""
        return ngettext(
            "Not the password you have now.", "None of your last %(kept)d passwords.", self.kept
        ) % {"kept": self.kept}


def is_expired(user: User, *, at: datetime) -> bool:
    """Whether the password is older than the rules allow; one that cannot be used for signing in never is."""
    ends = expires_at(user)
    return ends is not None and ends <= at


def expires_at(user: User) -> datetime | None:
    """When the password will be too old; None: never."""
    if not settings.PASSWORD_DAYS or not user.has_usable_password():
        return None
    return user.password_changed_at + timedelta(days=settings.PASSWORD_DAYS)


def must_change(user: User, *, at: datetime) -> bool:
    """Whether the user has to choose a new password before anything else opens."""
    return user.password_initial or is_expired(user, at=at)


def initial_password() -> str:
    """A random password that satisfies the rules: at least one letter of either case and one digit."""
    length = max(_LENGTH, settings.PASSWORD_LENGTH)
    certain = [secrets.choice(letters) for letters in _LETTERS]
    drawn = certain + [secrets.choice("".join(_LETTERS)) for _each in range(length - len(certain))]
    secrets.SystemRandom().shuffle(drawn)
    text = "".join(drawn)
    return f"{text}-{secrets.choice(_LETTERS[2])}" if len(_LETTERS) < settings.PASSWORD_CLASSES else text
