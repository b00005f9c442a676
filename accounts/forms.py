"""Forms of signing in and of one's own account."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import lockout, second_factor
from accounts.models import User


class SignInForm(AuthenticationForm):
    """User name and password. A refusal never says which of the two was wrong, nor whether the account is closed."""

    error_messages = {
        "invalid_login": _("User name or password is not correct."),
        "inactive": _("User name or password is not correct."),
        "other_person": _(
            "This page belongs to somebody else. Sign in as the same person, or leave the page."
        ),
    }

    def __init__(
        self, request: HttpRequest | None = None, *args: Any, owner: str = "", **kwargs: Any
    ) -> None:
        """`owner`: key of the only user who may sign in (over an open page); "" admits everybody."""
        super().__init__(request, *args, **kwargs)
        self.owner = owner
        self.fields["username"].label = _("User name")
        self.fields["username"].widget = forms.TextInput(
            attrs={"autocomplete": "username", "autofocus": not owner, "maxlength": 60}
        )

    def clean(self) -> dict[str, Any]:
        """Somebody who was refused too often is told how long to wait, with the right password too."""
        name = self.cleaned_data.get("username", "")
        try:
            cleaned: dict[str, Any] = super().clean()
        except forms.ValidationError:
            self._tell_wait(name)
            raise
        lockout.admitted(name)
        return cleaned

    def _tell_wait(self, name: str) -> None:
        left = lockout.wait(self.request, name) if self.request is not None and name else None
        if left is None:
            return
        minutes = -(-int(left.total_seconds()) // 60) or 1
        words = ngettext(
            "Refused too often. Try again in %(n)d minute.",
            "Refused too often. Try again in %(n)d minutes.",
            minutes,
        )
        raise forms.ValidationError(words % {"n": minutes}, code="locked")

    def confirm_login_allowed(self, user: User) -> None:
        """Refuse an account that is closed, and another person over somebody's open page."""
        super().confirm_login_allowed(user)
        if self.owner and self.owner != str(user.pk):
            raise forms.ValidationError(self.error_messages["other_person"], code="other_person")


class CodeForm(forms.Form):
    """The second step: the app's six digits, or a recovery code. Valid means that the device was found in `device`."""

    code = forms.CharField(max_length=20, strip=True)

    def __init__(self, user: Any, *args: Any, recovery: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user: User = user
        self.recovery = recovery
        self.device: second_factor.Device | None = None

    def clean_code(self) -> str:
        """Judge the code; what was typed goes no further."""
        code: str = self.cleaned_data["code"]
        try:
            self.device = (second_factor.recover if self.recovery else second_factor.verify)(self.user, code)
        except second_factor.CodeRefused as refused:
            raise forms.ValidationError(str(refused)) from None
        return ""


class EnrolmentForm(forms.Form):
    """The first code of a new device."""

    code = forms.CharField(label=_("The 6 digits that the app shows"), max_length=10, widget=forms.TextInput(
        attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autocapitalize": "none"}
    ))  # fmt: skip


class OwnPasswordForm(SetPasswordForm):
    """A new password, with the present one: a session left open must not be enough."""

    old_password = forms.CharField(
        label=_("Present password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("old_password", "new_password1", "new_password2")

    def __init__(self, user: User, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.request = request
        self.fields["new_password1"].label = _("New password")
        self.fields["new_password1"].help_text = ""  # the page lists the rules
        self.fields["new_password2"].label = _("New password once more")
        self.fields["new_password2"].help_text = ""

    def clean_old_password(self) -> str:
        """The present password; refusals count towards the lock like those of the sign-in page."""
        old: str = self.cleaned_data["old_password"]
        name = self.user.get_username()
        if lockout.wait(self.request, name) is not None:
            raise forms.ValidationError(_("Refused too often. Wait, then try again."))
        if not self.user.check_password(old):
            lockout.refused(self.request, name)
            raise forms.ValidationError(_("The present password is not correct."))
        lockout.admitted(name)
        return old
