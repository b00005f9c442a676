"""The residents behind a number: who is counted, who is missing, and what each of those lacks.

The same expressions as the cells are computed from, so that the list and the number cannot disagree. Views show
only those whom the actor may see today: a resident who has moved since stays in the number and leaves the list.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Window
from django.db.models.expressions import RawSQL

from alliances.permissions import Permission
from alliances.scope import Actor
from patients.models import Patient
from patients.models.encounter import FACE_TO_FACE
from performance.indicators import Due, Indicator, LastReading, Registered, VisitsReached
from performance.months import Month
from performance.statements import Parameters, Wanted, as_with, credited_parts, parameters


class Lack(StrEnum):
    """What keeps a resident out of the numerator."""

    NOTHING = ""
    ONE_VISIT = "one-visit"
    MORE_VISITS = "more-visits"
    NO_READING = "no-reading"
    OFF_TARGET = "off-target"
    CONTRACT = "contract"
    LATE = "late"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Place:
    """Whose figures: organizations, or one team (0: no team) of one."""

    organization_ids: tuple[int, ...]
    team: int | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One resident behind the number, with what the year holds so far."""

    patient: Patient
    counted: bool
    lack: Lack
    face_to_face: int
    other_visits: int
    last_on: date | None
    systolic: int | None
    diastolic: int | None
    glucose: Decimal | None


_PEOPLE = """SELECT DISTINCT r.patient_id FROM patients_responsibility r
    WHERE r.organization_id = ANY(%(places)s::bigint[])
      AND (%(team)s::bigint IS NULL OR coalesce(r.care_team_id, 0) = %(team)s::bigint)
      AND (%(only)s::uuid[] IS NULL OR r.patient_id = ANY(%(only)s::uuid[]))"""
_HERE = """ WHERE r.organization_id = ANY(%(places)s::bigint[])
      AND (%(team)s::bigint IS NULL OR coalesce(r.care_team_id, 0) = %(team)s::bigint)"""
# The register has no names: its residents here are those of the archive who live and are looked after.
_RESIDENTS = """SELECT people.patient_id, 0 AS year, '-infinity'::date AS starts, coalesce(p.deceased_on, 'infinity') AS ends,
        EXISTS (SELECT FROM patients_contract k JOIN days d ON k.period @> d.as_of
                WHERE k.patient_id = p.id) AS good
    FROM people JOIN patients_patient p ON p.id = people.patient_id"""
_SEEN = """SELECT x.patient_id, count(*) FILTER (WHERE x.method = ANY(%(face_to_face)s)) AS face_to_face,
        count(*) FILTER (WHERE x.method <> ALL(%(face_to_face)s)) AS other_visits, max(x."on") AS last_on,
        (array_agg(x.systolic ORDER BY x."on" DESC, x.recorded_at DESC) FILTER (WHERE x.systolic IS NOT NULL))[1] AS systolic,
        (array_agg(x.diastolic ORDER BY x."on" DESC, x.recorded_at DESC) FILTER (WHERE x.systolic IS NOT NULL))[1] AS diastolic,
        (array_agg(x.fasting_glucose ORDER BY x."on" DESC, x.recorded_at DESC)
            FILTER (WHERE x.fasting_glucose IS NOT NULL))[1] AS glucose
    FROM patients_encounter x
    WHERE x."on" BETWEEN %(first)s AND (SELECT max(as_of) FROM days) AND x.patient_id IN (SELECT patient_id FROM people)
        AND (%(seen_programme)s::varchar IS NULL OR x.programmes @> ARRAY[%(seen_programme)s]::varchar[])
    GROUP BY x.patient_id"""
_OF_BASE = """SELECT c.patient_id, bool_and({good}) AS counted, bool_or({left_open}) AS left_open
    FROM credited c{counted} GROUP BY c.patient_id"""
_COUNTED = """ LEFT JOIN counted k ON k.patient_id = c.patient_id AND k.year = c.year
        AND c.as_of >= k.starts AND c.as_of < k.ends"""
_MEMBERS = """SELECT b.patient_id, b.counted, CASE WHEN b.counted THEN '' ELSE {lack} END AS lack,
        coalesce(s.face_to_face, 0) AS face_to_face, coalesce(s.other_visits, 0) AS other_visits, s.last_on,
        s.systolic, s.diastolic, s.glucose
    FROM base b LEFT JOIN seen s ON s.patient_id = b.patient_id"""
_DECIDED = """CASE WHEN EXISTS (SELECT FROM decided d WHERE d.patient_id = b.patient_id)
        THEN 'off-target' ELSE 'no-reading' END"""


def _statement(
    indicator: Indicator, month: Month, place: Place, only: Sequence[UUID] | None = None
) -> tuple[str, Parameters]:
    """The expressions up to `members`, and their parameters."""
    parts = credited_parts(indicator, people=_PEOPLE)
    if isinstance(indicator.base, Registered):
        parts["facts"] = _RESIDENTS
    parts["credited"] += _HERE
    due = isinstance(indicator.base, Due)
    if isinstance(indicator.counted, LastReading):
        # The rows of `counted` are those that pass; the same expression without its last condition is all that decide.
        parts["decided"] = parts["counted"].removesuffix("WHERE v.passes").rstrip()
    by_counted = "counted" in parts
    parts["base"] = (
        _OF_BASE.replace("{good}", "k.patient_id IS NOT NULL" if by_counted else "c.good")
        .replace("{counted}", _COUNTED if by_counted else "")
        .replace("{left_open}", "c.open" if due else "false")
    )
    if due:
        parts["facts"] = parts["facts"].replace(" AS good", " AS good, x.status <> 'fulfilled' AS open")
        parts["credited"] = parts["credited"].replace("f.good,", "f.good, f.open,")
    parts["seen"] = _SEEN
    parts["members"] = _MEMBERS.replace("{lack}", _lack(indicator))
    programme = getattr(indicator.base, "programme", None)
    return as_with(parts), {
        **parameters(indicator, Wanted((month,))), "places": list(place.organization_ids), "team": place.team,
        "only": None if only is None else [str(one) for one in only],
        "face_to_face": list(FACE_TO_FACE), "seen_programme": programme,
    }  # fmt: skip


def _lack(indicator: Indicator) -> str:
    """What a resident lacks who is not counted, as an expression."""
    counted = indicator.counted
    if isinstance(counted, VisitsReached):
        one_short = f"coalesce(s.face_to_face, 0) = {int(counted.at_least) - 1}"
        return f"CASE WHEN {one_short} THEN 'one-visit' ELSE 'more-visits' END"
    if isinstance(counted, LastReading):
        return _DECIDED
    if isinstance(indicator.base, Due):
        return "CASE WHEN b.left_open THEN 'open' ELSE 'late' END"
    return "'contract'" if isinstance(indicator.base, Registered) else "'one-visit'"


def groups(indicator: Indicator, month: Month, place: Place) -> dict[Lack, int]:
    """How many residents are counted (`Lack.NOTHING`) and how many lack what: numbers only, one statement."""
    text, values = _statement(indicator, month, place)
    with connection.cursor() as cursor:
        cursor.execute(text + " SELECT lack, count(*) FROM members GROUP BY lack", values)  # noqa: S608 - names of this module, values are parameters
        return {Lack(lack): count for lack, count in cursor.fetchall()}


def page(
    indicator: Indicator,
    month: Month,
    place: Place,
    *,
    counted: bool,
    lack: Lack,
    actor: Actor,
    start: int,
    size: int,
) -> tuple[list[Member], int]:
    """Residents counted or missing (with `lack` only those), whom the actor may see, and how many there are in all."""
    text, values = _statement(indicator, month, place)
    chosen = RawSQL(  # noqa: S611 - the text is of this module
        *_positional(
            text  # noqa: S608 - names of this module, values are parameters
            + " SELECT patient_id FROM members WHERE counted = %(in)s AND (%(lack)s = '' OR lack = %(lack)s)",
            {**values, "in": counted, "lack": lack.value},
        )
    )
    found = (
        Patient.objects.visible_to(actor, doing=Permission.PERFORMANCE_PATIENTS)
        .filter(pk__in=chosen)
        .select_related("care_team")
        .annotate(of=Window(Count("*")))
        .order_by(F("last_visit_on").asc(nulls_first=True), "pinyin", "pk")
    )
    patients = list(found[start : start + size])
    details = _details(indicator, month, place, [one.pk for one in patients])
    members = [_member(one, details[one.pk]) for one in patients if one.pk in details]
    return members, patients[0].of if patients else 0  # type: ignore[attr-defined]


def _details(indicator: Indicator, month: Month, place: Place, ids: list[UUID]) -> dict[UUID, dict[str, Any]]:
    if not ids:
        return {}
    text, values = _statement(indicator, month, place, ids)
    with connection.cursor() as cursor:
        cursor.execute(text + " SELECT * FROM members", values)  # noqa: S608 - names of this module, values are parameters
        names = [column.name for column in cursor.description]
        rows = (dict(zip(names, row, strict=True)) for row in cursor.fetchall())
        return {row.pop("patient_id"): row for row in rows}


def _member(patient: Patient, row: dict[str, Any]) -> Member:
    return Member(patient=patient, **{**row, "lack": Lack(row["lack"])})


def _positional(text: str, values: Parameters) -> tuple[str, list[Any]]:
    """Named parameters as positional ones, which is what a `RawSQL` inside a queryset takes."""
    order: list[Any] = []

    class _Names(dict[str, str]):
        def __missing__(self, name: str) -> str:
            order.append(values[name])
            return "%s"

    return text % _Names(), order
