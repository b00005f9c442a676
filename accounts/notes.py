"""What a person is told about their own account, in the product itself."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from accounts.models import User
from journal import outbox
from journal.audit import Agent
from journal.keys import new_key
from journal.models import Channel, Communication, Recipient

_PASSWORD = _("%(who)s gave you a new password. If you did not ask for it, tell your administrator.")
_FACTOR = _("%(who)s reset your second factor. If you did not ask for it, tell your administrator.")


def password_reset(user: User, *, by: Agent) -> None:
    """Somebody else made a new password for the person."""
    _post(user, "password_reset", _PASSWORD, by)


def second_factor_reset(user: User, *, by: Agent) -> None:
    """Somebody else took the second factor away."""
    _post(user, "second_factor_reset", _FACTOR, by)


def _post(user: User, kind: str, text: str, by: Agent) -> None:
    key = new_key()
    outbox.post([
        Communication(
            id=key, key=f"{kind}:{key}", kind=kind, channel=Channel.IN_APP,
            recipient_kind=Recipient.USER, recipient_id=str(user.pk),
            content={"text": text, "params": {"who": by.agent_name()}, "path": reverse("accounts:account")},
            not_before=timezone.now(),
        )
    ])  # fmt: skip
