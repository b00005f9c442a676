"""The table of the product's places: each entry with the permissions its page asks for (alliances/permissions.py)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alliances.permissions import Permission

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

P = Permission

#: Who manages pairs, and whoever may stand in one.
MENTORING = (P.MENTORING_MANAGE, P.WORKLIST, P.REFERRAL_ANSWER)
#: Whoever is signed in.
EVERYBODY: tuple[Permission, ...] = ()
#: The entry that shows how many tasks wait.
TASKS = "workbench:tasks"


@dataclass(frozen=True)
class Entry:
    """One place of the product: the name of its address, its look, and any one of the permissions that open it.

    Without permissions (EVERYBODY) it is open to whoever is signed in.
    """

    page: str
    icon: str
    name: StrOrPromise
    short: StrOrPromise
    permissions: tuple[Permission, ...]


GROUPS: tuple[tuple[StrOrPromise, tuple[Entry, ...]], ...] = (
    (
        _("Care"),
        (
            Entry("workbench:today", "sun", _("Today"), pgettext_lazy("tab", "Today"), (P.WORKLIST,)),
            Entry(
                "workbench:patients",
                "person-vcard",
                _("Residents"),
                pgettext_lazy("tab", "Residents"),
                (P.PATIENT_OPEN,),
            ),
            Entry(
                "followups:calendars",
                "calendar3-week",
                _("Follow-up calendar"),
                pgettext_lazy("tab", "Calendar"),
                (P.WORKLIST,),
            ),
            Entry(
                "referrals:sent",
                "arrow-left-right",
                _("Referrals sent"),
                pgettext_lazy("tab", "Referrals"),
                (P.REFERRAL_SEND,),
            ),
            Entry(
                "referrals:desk",
                "inboxes",
                _("Referral desk"),
                pgettext_lazy("tab", "Desk"),
                (P.REFERRAL_ANSWER,),
            ),
            Entry(
                TASKS,
                "list-check",
                _("My tasks"),
                pgettext_lazy("tab", "Tasks"),
                (P.CARE_TASKS,),
            ),
            Entry(
                "patients:handovers",
                "people",
                _("Hand-over of residents"),
                pgettext_lazy("tab", "Hand-over"),
                (P.RESIDENT_HANDOVER,),
            ),
            Entry(
                "patients:emergency-look-up",
                "unlock",
                _("Emergency access"),
                pgettext_lazy("tab", "Emergency"),
                (P.BREAK_GLASS,),
            ),
        ),
    ),
    (
        _("Running"),
        (
            Entry(
                "performance:dashboard",
                "bar-chart-line",
                _("Performance"),
                pgettext_lazy("tab", "Performance"),
                (P.PERFORMANCE_VIEW,),
            ),
            Entry(
                "workbench:alliance",
                "diagram-3",
                _("Alliance"),
                pgettext_lazy("tab", "Alliance"),
                (P.ALLIANCE_VIEW,),
            ),
            Entry(
                "followups:protocols",
                "journal-medical",
                _("Protocols"),
                pgettext_lazy("tab", "Protocols"),
                (P.PROTOCOL_VIEW,),
            ),
            Entry(
                "alliances:teams",
                "person-lines-fill",
                _("Teams"),
                pgettext_lazy("tab", "Teams"),
                (P.WORKLIST, P.ALLIANCE_VIEW),
            ),
        ),
    ),
    (
        _("Organizations and people"),
        (
            Entry(
                "alliances:organizations",
                "building",
                _("Organizations"),
                pgettext_lazy("tab", "Organizations"),
                (P.ORGANIZATION_MANAGE, P.ALLIANCE_MANAGE),
            ),
            Entry(
                "alliances:alliances",
                "diagram-2",
                pgettext_lazy("navigation", "Alliances"),
                pgettext_lazy("tab", "Alliances"),
                (P.ALLIANCE_MANAGE,),
            ),
            Entry(
                "alliances:calendar",
                "calendar-check",
                _("Working days"),
                pgettext_lazy("tab", "Working days"),
                (P.ALLIANCE_MANAGE, P.WORKLIST),
            ),
            Entry(
                "alliances:people", "people", _("People"), pgettext_lazy("tab", "People"), (P.PEOPLE_MANAGE,)
            ),
            Entry(
                "alliances:agreements",
                "file-earmark-text",
                _("Agreements"),
                pgettext_lazy("tab", "Agreements"),
                (P.ALLIANCE_VIEW, P.AGREEMENT_MANAGE),
            ),
            Entry(
                "alliances:mentoring",
                "person-video3",
                _("Mentoring"),
                pgettext_lazy("tab", "Mentoring"),
                MENTORING,
            ),
            Entry(
                "workbench:pathway-templates",
                "signpost-split",
                _("Pathway templates"),
                pgettext_lazy("tab", "Pathways"),
                (P.ALLIANCE_MANAGE,),
            ),
            Entry(
                "alliances:trainings",
                "mortarboard",
                _("Trainings"),
                pgettext_lazy("tab", "Trainings"),
                EVERYBODY,
            ),
            Entry(
                "alliances:certificates",
                "patch-check",
                _("Certificates"),
                pgettext_lazy("tab", "Certificates"),
                EVERYBODY,
            ),
            Entry(
                "alliances:delegation-mine",
                "calendar2-week",
                _("My leave"),
                pgettext_lazy("tab", "Leave"),
                (P.VISIT_RECORD, P.REFERRAL_ANSWER),
            ),
        ),
    ),
    (
        _("Privacy"),
        (
            Entry(
                "workbench:trail",
                "shield-check",
                _("Audit trail"),
                pgettext_lazy("tab", "Audit"),
                (P.AUDIT_VIEW,),
            ),
            Entry(
                "patients:emergency",
                "unlock",
                _("Emergency reviews"),
                pgettext_lazy("tab", "Reviews"),
                (P.AUDIT_VIEW,),
            ),
        ),
    ),
    (
        _("Back office"),
        (
            Entry(
                "exchange:imports", "file-earmark-arrow-up", _("Imports"), _("Imports"), (P.ROSTER_IMPORT,)
            ),
            Entry(
                "alliances:clients",
                "hdd-network",
                _("Connected systems"),
                pgettext_lazy("tab", "Systems"),
                (P.CLIENT_MANAGE,),
            ),
            Entry(
                "workbench:messages",
                "envelope-exclamation",
                _("Uncertain messages"),
                pgettext_lazy("tab", "Messages"),
                (P.MESSAGE_SETTLE,),
            ),
            Entry(
                "workbench:wordings",
                "chat-square-text",
                _("Texts of messages"),
                pgettext_lazy("tab", "Texts"),
                (P.WORDING_MANAGE,),
            ),
            Entry(
                "workbench:jobs",
                "clock-history",
                _("Background jobs"),
                pgettext_lazy("tab", "Background jobs"),
                (P.JOBS_VIEW,),
            ),
            Entry(
                "admin:index", "gear", _("Back office"), pgettext_lazy("tab", "Back office"), (P.JOBS_VIEW,)
            ),
            Entry("components", "grid", _("Parts and states"), pgettext_lazy("tab", "Parts"), (P.JOBS_VIEW,)),
        ),
    ),
)
