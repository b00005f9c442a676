"""What becomes of residents when the organization that keeps their records merges or closes.

A merge carries them along set-wise: a handful of statements whatever their number, and the tails of their numbers
anew in batches, since a tail is found within one organization only.
"""

from typing import Any, Final

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.lifecycle import Event, Happening, Matter, Part, register
from alliances.periods import not_over
from patients.identity import retail
from patients.models import AccessGrant, Contract, Handover, Patient, Task
from patients.models.handover import HandoverStatus

BATCH: Final = 1000

# The responsibility ends on the day and goes on at the successor from it; one that began on the day simply goes on.
_ENDED_AND_ON: Final = """
WITH ended AS (
    UPDATE patients_responsibility SET period = daterange(lower(period), %(on)s)
    WHERE organization_id = %(old)s AND upper_inf(period) AND (lower_inf(period) OR lower(period) < %(on)s)
    RETURNING patient_id, care_team_id
)
INSERT INTO patients_responsibility (patient_id, organization_id, care_team_id, period)
SELECT e.patient_id, %(new)s, t.new, daterange(%(on)s, NULL)
FROM ended e LEFT JOIN unnest(%(teams)s::bigint[], %(onward)s::bigint[]) AS t(old, new) ON t.old = e.care_team_id
"""
_MOVE: Final = """
UPDATE {table} SET organization_id = %(new)s, care_team_id = (
    SELECT t.new FROM unnest(%(teams)s::bigint[], %(onward)s::bigint[]) AS t(old, new) WHERE t.old = care_team_id)
WHERE organization_id = %(old)s AND {which}
"""


def move_rows(table: str, which: str, happening: Happening, **values: Any) -> int:
    """Let the rows of a table with organization and team follow to the successor, in one statement; returns how many."""
    return _run(_MOVE.format(table=table, which=which), happening, **values)


def _run(statement: str, happening: Happening, **values: Any) -> int:
    places = {
        "old": happening.organization.pk, "new": happening.successor.pk, "on": happening.on,
        "teams": list(happening.teams), "onward": list(happening.teams.values()),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(statement, {**places, **values})
        return cursor.rowcount


def carried(happening: Happening) -> list[Matter]:
    """The residents and what is open about them."""
    old = happening.organization
    return [
        Matter(_("residents"), Patient.objects.filter(organization=old).count()),
        Matter(_("contracts in force"), _contracts(happening).count()),
        Matter(_("open tasks"), Task.objects.open().filter(organization=old).count()),
        Matter(_("open hand-overs"), Handover.objects.open().filter(organization=old).count()),
    ]


def _contracts(happening: Happening) -> Any:
    old = happening.organization
    named = Q(organization=old) | Q(secondary=old) | Q(tertiary=old)
    return Contract.objects.filter(named).filter(not_over(on=happening.on))


def prepare_for_many() -> None:
    """Make one transaction fit to change many rows: twenty thousand residents in seconds instead of minutes.

    Every row's trigger asks which triggers to ignore; where nobody said "none" that is an error caught inside the
    trigger, whose clean-up walks all the foreign keys still to be checked. So "none" is said. The triggers' statements
    are planned anew for the numbers they meet: a plan kept from one changed row compares each with each.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL pgtrigger.ignore = '{}'")
        cursor.execute("DISCARD PLANS")


def follow(happening: Happening) -> None:
    """Residents, their contracts in force, open tasks, hand-overs and grants follow; what is past stays."""
    prepare_for_many()
    keys = list(
        Patient.objects.filter(organization=happening.organization)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", flat=True)
    )
    _run(_ENDED_AND_ON, happening)
    move_rows("patients_responsibility", "upper_inf(period)", happening)
    move_rows("patients_patient", "true", happening)
    for start in range(0, len(keys), BATCH):
        retail(keys[start : start + BATCH], happening.successor.pk)
    move_rows(
        "patients_contract",
        "(upper_inf(period) OR upper(period) > %(on)s) AND NOT isempty(period)",
        happening,
    )
    for hospital in ("secondary", "tertiary"):
        contracts = Contract.objects.filter(not_over(on=happening.on), **{hospital: happening.organization})
        contracts.update(**{hospital: happening.successor})
    move_rows("patients_task", "status = 'requested'", happening)
    grants = AccessGrant.objects.filter(not_over(on=happening.on), department__isnull=False)
    grants.filter(organization=happening.organization).update(organization=happening.successor)
    _follow_handovers(happening)


def _follow_handovers(happening: Happening) -> None:
    """Open hand-overs go on between the successor's teams; one whose two teams became one is withdrawn."""
    teams = happening.teams
    for handover in Handover.objects.open().filter(organization=happening.organization).select_for_update():
        source, target = teams.get(handover.from_team_id or 0), teams.get(handover.to_team_id)
        if target is None or source == target:
            handover.status, handover.answered_at = HandoverStatus.WITHDRAWN, happening.at
            handover.answered_by = happening.by if isinstance(happening.by, User) else None
        else:
            handover.organization, handover.from_team_id, handover.to_team_id = (
                happening.successor,
                source,
                target,
            )
        handover.save()


def in_the_way(happening: Happening) -> list[Matter]:
    """Nobody's record may be left without a keeper: an organization with residents merges, it does not close."""
    return carried(happening)


def register_all() -> None:
    """Called once, when the app is ready."""
    register(Event.ORGANIZATION_MERGED, "patients", Part(None, carried, follow))
    register(Event.ORGANIZATION_CLOSED, "patients", Part(in_the_way))
