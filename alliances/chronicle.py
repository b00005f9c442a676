"""What the audit trail says of an organization, in words for its page."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from alliances.models import Organization
from journal.models import AuditEvent

MOST: Final = 20
#: What happened, and with which icon and tone it is drawn.
WORDS: Final = {
    "organization.add": (_("recorded"), "plus-circle", "green"),
    "organization.edit": (_("facts changed"), "pencil", ""),
    "organization.move": (_("moved in the tree of administration"), "diagram-3", "info"),
    "organization.merge": (_("became a part of another organization"), "sign-merge-right", "amber"),
    "organization.close": (_("closed down"), "x-circle", "red"),
    "department.add": (_("department added"), "plus-circle", ""),
    "department.edit": (_("department changed"), "pencil", ""),
    "department.close": (_("department closed"), "x-circle", "amber"),
    "area.add": (_("service areas added"), "geo-alt", ""),
    "area.edit": (_("service area changed"), "pencil", ""),
    "area.remove": (_("service area removed"), "x-circle", ""),
    "membership.join": (_("joined an alliance"), "box-arrow-in-right", "green"),
    "membership.leave": (_("left an alliance"), "box-arrow-right", "amber"),
    "membership.lead": (_("took over the lead of an alliance"), "star", "info"),
}


def of_organization(organization: Organization) -> list[dict[str, Any]]:
    """The latest lines, newest first, as entries of a timeline. One statement."""
    lines = AuditEvent.objects.filter(
        subject_kind="organization", subject_id=str(organization.pk), action__in=WORDS
    ).order_by("-at")[:MOST]
    return [_entry(line) for line in lines]


def _entry(line: AuditEvent) -> dict[str, Any]:
    words, icon, tone = WORDS[line.action]
    return {
        "on": line.at, "tone": tone, "icon": icon, "title": words, "text": _about(line.detail),
        "note": line.agent_name or _("the system"),
    }  # fmt: skip


def _about(detail: dict[str, Any]) -> str:
    """Names that the line carries: the department, the areas, the alliance with its reason."""
    names = detail.get("names") or [detail.get("alliance_name") or detail.get("name") or ""]
    parts = ["、".join(names), detail.get("reason", "")]
    return " · ".join(part for part in parts if part)
