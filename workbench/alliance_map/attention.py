"""What somebody who runs the alliance should look at: slow answers of the period, and clocks that have run out by now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from referrals.flows.waiting import ANSWER, Waiting
from referrals.templatetags.referral_words import seconds_in_words
from referrals.worklists import in_words
from workbench.alliance_map.boxes import brief
from workbench.alliance_map.picture import Picture

_MOST = 3  # lines under one heading


@dataclass(frozen=True, slots=True)
class Notice:
    """One heading with what stands under it."""

    title: str
    icon: str
    lines: list[str]


def attention(picture: Picture, *, at: datetime) -> list[Notice]:
    """Slow answers, unanswered requests, returns owed, agreements that end: only what there is."""
    late = [one for one in picture.waiting if one.organization_id in picture.by_id]
    made = [
        _slow(picture),
        _late(picture, [one for one in late if one.kind == ANSWER], at, answers=True),
        _late(picture, [one for one in late if one.kind != ANSWER], at, answers=False),
        _ending(picture),
    ]
    return [notice for notice in made if notice is not None]


def _slow(picture: Picture) -> Notice | None:
    if not picture.slow:
        return None
    names = _listed(brief(one.member) for one in picture.slow)
    lines = [
        _("%(name)s: half of the answers took more than %(time)s, %(share)s%% of the clock; %(ok)s of %(all)s in time")
        % {"name": brief(one.member), "time": seconds_in_words(one.seconds), "share": round(one.share * 100),
           "ok": one.in_time, "all": one.answers}
        for one in picture.slow[:_MOST]
    ]  # fmt: skip
    return Notice(_("%(names)s answer slowly") % {"names": names}, "clock", lines)


def _late(picture: Picture, late: list[Waiting], at: datetime, *, answers: bool) -> Notice | None:
    """What hospitals owe as of now."""
    total = sum(one.requests for one in late)
    if not total:
        return None
    words = {
        "n": total,
        "where": _listed(f"{brief(picture.by_id[one.organization_id])} {one.requests}" for one in late),
        "time": in_words(at - min(one.since for one in late)),
    }
    if answers:
        title = ngettext(
            "%(n)s referral past its answer clock", "%(n)s referrals past their answer clock", total
        )
        return Notice(
            title % words, "exclamation-triangle-fill", [_("Now, longest %(time)s: %(where)s") % words]
        )
    title = ngettext("%(n)s return overdue", "%(n)s returns overdue", total)
    return Notice(title % words, "hourglass-split", [_("Now, longest %(time)s: %(where)s") % words])


def _ending(picture: Picture) -> Notice | None:
    if not picture.ending:
        return None
    lines = [
        _("%(source)s – %(target)s, until %(on)s")
        % {"source": brief(picture.by_id[one.source_id]), "target": brief(picture.by_id[one.target_id]),
           "on": date_format(one.period.upper - timedelta(days=1), "Y-m-d")}
        for one in picture.ending[:_MOST]
    ]  # fmt: skip
    n = len(picture.ending)
    title = ngettext("%(n)s agreement ends within 90 days", "%(n)s agreements end within 90 days", n) % {
        "n": n
    }
    return Notice(title, "file-earmark-text", lines)


def _listed(names: Iterable[str]) -> str:
    """The first few names, and that there are more."""
    known = list(names)
    words = _(", ").join(known[:_MOST])
    return (
        words
        if len(known) <= _MOST
        else _("%(names)s and others, %(n)s in all") % {"names": words, "n": len(known)}
    )
