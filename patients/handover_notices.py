"""What the teams of a hand-over are told, in the app: the other side, never the one who acted.

One message a team, whatever the number of residents. Whom it concerns is shown on the page it leads to.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext_noop as _

from journal.models import Channel, Communication, Recipient
from patients.models import Handover, HandoverReason, HandoverStatus

_PROPOSED: Final = _("Residents offered by %(from)s wait for your answer: %(n)s")
_CRITICAL: Final = _("Critical residents offered by %(from)s wait for your answer: %(n)s")
_ANSWERED: Final = {
    HandoverStatus.ACCEPTED: _("%(to)s accepted residents: %(n)s"),
    HandoverStatus.DECLINED: _("%(to)s declined residents: %(n)s"),
    HandoverStatus.WITHDRAWN: _("%(from)s took back residents offered: %(n)s"),
}


def proposed(rows: Collection[Handover], *, at: datetime) -> list[Communication]:
    """To the team that is to take the residents, one message by the team that gives them."""
    by_team: dict[int | None, list[Handover]] = defaultdict(list)
    for row in rows:
        by_team[row.from_team_id].append(row)
    return [
        _message(
            theirs,
            _CRITICAL if theirs[0].reason == HandoverReason.CRITICAL else _PROPOSED,
            Recipient.TEAM,
            theirs[0].to_team_id,
            at,
        )
        for theirs in by_team.values()
    ]


def answered(rows: Collection[Handover], *, at: datetime) -> list[Communication]:
    """To the other side of the answer; where a resident had no team, to the person who proposed."""
    by_side: dict[tuple[Recipient, int], list[Handover]] = defaultdict(list)
    for row in rows:
        if row.status == HandoverStatus.WITHDRAWN:
            side = (Recipient.TEAM, row.to_team_id)
        elif row.from_team_id is not None:
            side = (Recipient.TEAM, row.from_team_id)
        else:
            side = (Recipient.USER, row.proposed_by_id)
        by_side[side].append(row)
    return [
        _message(theirs, _ANSWERED[HandoverStatus(theirs[0].status)], kind, key, at)
        for (kind, key), theirs in by_side.items()
    ]


def _message(
    rows: Sequence[Handover], sentence: str, kind: Recipient, recipient_id: int, at: datetime
) -> Communication:
    first = rows[0]
    tab = "in" if first.status == HandoverStatus.PROPOSED else "done"
    words = {"from": str(first.from_team or first.organization), "to": str(first.to_team), "n": len(rows)}
    return Communication(
        key=f"handover:{first.pk}:{first.status}:{kind}:{recipient_id}",
        kind=f"handover_{first.status}",
        channel=Channel.IN_APP,
        recipient_kind=kind,
        recipient_id=str(recipient_id),
        patient_id=first.patient_id if len(rows) == 1 else None,
        organization_id=first.organization_id,
        content={"text": sentence, "params": words, "path": f"{reverse('patients:handovers')}?tab={tab}"},
        not_before=at,
    )
