"""Who is acting: people, other systems, and the bearer tokens of either."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.names import keys_of
from journal.enumerations import all_known
from journal.models import AgentType


class UserManager(BaseUserManager["User"]):
    """Makes users with a hashed password."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. What they may do follows from their posts (alliances.PractitionerRole), not from here."""

    agent_type = AgentType.USER
    #: What the audit trail notes beside every action of the person: the post chosen, whom they stand in for
    #: (alliances/scope.py fills it).
    capacity: Mapping[str, Any] = MappingProxyType({})
    #: Set by a middleware from the session: the post to which the person narrowed this session.
    chosen_post_id: int | None = None
    #: Acts through a bearer token: with the posts of their own, never those in which they stand in for somebody.
    by_token = False

    username = models.CharField(_("user name"), max_length=60, unique=True)
    name = models.CharField(_("full name"), max_length=60)
    # Sort key and first letters of the name: the database has no Chinese collation.
    pinyin = models.CharField(max_length=120, blank=True, editable=False)
    initials = models.CharField(max_length=30, blank=True, editable=False)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("work telephone"), max_length=30, blank=True)
    is_staff = models.BooleanField(_("may enter the back office"), default=False)
    is_active = models.BooleanField(_("enabled"), default=True)
    date_joined = models.DateTimeField(db_default=Now())
    password_initial = models.BooleanField(
        _("has to change the password"),
        default=False,
        help_text=_("An administrator knows the password; nothing opens before the person has changed it."),
    )
    password_changed_at = models.DateTimeField(_("password changed"), db_default=Now())

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with the keys of the name as it stands."""
        self.pinyin, self.initials = keys_of(self.name)
        fields = kwargs.get("update_fields")
        if fields is not None and "name" in fields:
            kwargs["update_fields"] = {*fields, "pinyin", "initials"}
        super().save(*args, **kwargs)

    def agent_name(self) -> str:
        """How the audit trail names this person."""
        return f"{self.name} ({self.username})"


class PastPassword(models.Model):
    """A password the user has or had, hashed as it was: the last few may not come back (accounts.policy)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    password = models.CharField(max_length=128)
    set_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "-set_at", "-id"], name="pastpassword_of_user")]


class ExternalIdentity(models.Model):
    """A subject of a hospital's own identity provider, linked by the account's owner (accounts.single_sign_on)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    issuer = models.CharField(max_length=200)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="externalidentity_of_one_user"),
            models.UniqueConstraint(fields=["user", "issuer"], name="externalidentity_one_an_issuer"),
        ]


class ClientScope(models.TextChoices):
    """What another system may do."""

    READ = "read", _("read records")
    WRITE = "write", _("write records")
    IDENTITY = "identity", _("read document numbers and telephones")


class ApiClient(models.Model):
    """Another system with credentials of its own. Its organization stands in alliances.ClientPost."""

    agent_type = AgentType.CLIENT
    is_authenticated = True
    is_anonymous = False

    client_id = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    secret_hash = models.CharField(max_length=200)
    scopes = ArrayField(models.CharField(max_length=10, choices=ClientScope), default=list)
    is_active = models.BooleanField(default=True)
    expires_at = models.DateTimeField(_("expires"), null=True)
    previous_secret_hash = models.CharField(max_length=200, blank=True)
    previous_secret_until = models.DateTimeField(null=True)
    requests_per_minute = models.PositiveSmallIntegerField(
        _("requests a minute"), null=True, help_text="Empty: as many as the installation allows."
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            all_known("scopes", ClientScope, table="apiclient"),
            models.CheckConstraint(
                condition=Q(requests_per_minute__isnull=True) | Q(requests_per_minute__gt=0),
                name="apiclient_may_ask",
            ),
            models.CheckConstraint(
                condition=Q(previous_secret_hash="", previous_secret_until__isnull=True)
                | (~Q(previous_secret_hash="") & Q(previous_secret_until__isnull=False)),
                name="apiclient_previous_secret_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def agent_name(self) -> str:
        """How the audit trail names this system."""
        return f"{self.name} ({self.client_id})"

    def set_secret(self, *, keep_until: datetime | None = None) -> str:
        """Replace the secret; returns the only readable copy. The one before goes on until `keep_until`, or ends now."""
        secret = secrets.token_urlsafe(32)
        self.previous_secret_hash = self.secret_hash if keep_until is not None else ""
        self.previous_secret_until = keep_until
        self.secret_hash = make_password(secret)
        return secret

    def check_secret(self, secret: str, *, at: datetime) -> bool:
        """Whether the secret is this client's: the present one, or the one before while it goes on."""
        if check_password(secret, self.secret_hash):
            return True
        if self.previous_secret_until is None or self.previous_secret_until <= at:
            return False
        return check_password(secret, self.previous_secret_hash)

    @property
    def scope_words(self) -> list[str]:
        """What it may do, in words."""
        return [str(ClientScope(scope).label) for scope in self.scopes]

    def is_live(self, at: datetime) -> bool:
        """Active and not expired."""
        return self.is_active and (self.expires_at is None or self.expires_at > at)


def digest(token: str) -> str:
    """How a bearer token is stored: a token is random enough that a plain SHA-256 cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


class BearerToken(models.Model):
    """A token of a user or of a client: stored hashed, ends by itself, can be revoked."""

    digest = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    client = models.ForeignKey(ApiClient, models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(user__isnull=True, client__isnull=False)
                | Q(user__isnull=False, client__isnull=True),
                name="bearertoken_has_one_holder",
            )
        ]
