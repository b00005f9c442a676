"""The sign-in form."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import attempts
from accounts.models import User


class SignInForm(AuthenticationForm):
    """User name and password. A refusal never says which of the two was wrong, nor whether the account is closed."""

    error_messages = {
        "invalid_login": _("User name or password is not correct."),
        "inactive": _("User name or password is not correct."),
        "too_many": _("Refused too often. Wait, then try again."),
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
        """Somebody who was refused too often waits: counted together with the tries at the interface for systems."""
        name, address = self.cleaned_data.get("username", ""), self._address()
        if attempts.too_many(name, address):
            raise forms.ValidationError(self.error_messages["too_many"], code="too_many")
        try:
            cleaned: dict[str, Any] = super().clean()
        except forms.ValidationError as refused:
            if refused.code in ("invalid_login", "inactive"):
                attempts.refused(name, address)
            raise
        attempts.admitted(name, address)
        return cleaned

    def _address(self) -> str:
        return self.request.META.get("REMOTE_ADDR", "") if self.request is not None else ""

    def confirm_login_allowed(self, user: User) -> None:
        """Refuse an account that is closed, and another person over somebody's open page."""
        super().confirm_login_allowed(user)
        if self.owner and self.owner != str(user.pk):
            raise forms.ValidationError(self.error_messages["other_person"], code="other_person")
