"""The sign-in form."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

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

    def confirm_login_allowed(self, user: User) -> None:
        """Refuse an account that is closed, and another person over somebody's open page."""
        super().confirm_login_allowed(user)
        if self.owner and self.owner != str(user.pk):
            raise forms.ValidationError(self.error_messages["other_person"], code="other_person")
