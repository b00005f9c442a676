"""What people are reminded of: one entry a kind, each a set-based question to the database.

A later kind (and a later app) registers an entry and its texts (journal.letters); planning, merging, sending, wordings
and pages know no kind by name. The SQL of an entry answers the columns COLUMNS for messages that leave within
`%(first)s` and `%(last)s` (`%(on)s` is today), of the organizations `%(organizations)s`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings

from followups.reminders import words as reminder_words

COLUMNS: Final = "patient_id, organization_id, care_team_id, leaves_on, subject, facts"
#: A missed follow-up is told on the day after, and again one and two weeks later.
OVERDUE_AFTER: Final = (1, 8, 15)  # design: the attempts of the calendar go on beside it
MEDICINE_DAYS: Final = 5  # design: time enough to come for more
REVIEW_DAYS: Final = 7  # design: time enough to ask the specialist
#: A value this old is no news any more.
NEWS_DAYS: Final = 1


@dataclass(frozen=True)
class Kind:
    """A reason to write. Reasons of one person and day share one message, unless the kind stands `apart`.

    `told` says a reason to the team in the reader's language from the SQL's facts; `subject` of the SQL tells messages that stand apart from one another; `values` are added to the SQL's.
    """

    code: str
    told: Callable[[Mapping[str, Any]], str]
    sql: str
    to_patient: bool = True
    to_team: bool = True
    apart: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known; once."""
    if _kinds.setdefault(kind.code, kind) is not kind:
        raise ValueError(f"{kind.code} is registered twice")


def kinds() -> list[Kind]:
    """All kinds, in the order of registration."""
    return list(_kinds.values())


def days_before(method: str) -> int:
    """So many days before a follow-up its reminder leaves, by the way of the last visit."""
    known: dict[str, int] = settings.REMINDER_DAYS
    return known.get(method, known["clinic"])


def lead_values() -> dict[str, Any]:
    """`days_before` as values of the SQL."""
    return {f"days_{method}": days for method, days in settings.REMINDER_DAYS.items()}


_LEAD = """CASE p.last_method WHEN 'home' THEN %(days_home)s WHEN 'phone' THEN %(days_phone)s
    WHEN 'video' THEN %(days_video)s ELSE %(days_clinic)s END"""
# The day of the message lies not before the day on which the follow-up was booked; what is due within the longest lead
# is looked at, then the exact day.
_DUE = f"""
SELECT d.patient_id, d.organization_id, d.care_team_id, d.leaves_on, '' AS subject,
    jsonb_build_object('due_on', d.due_on, 'reason', d.reason) AS facts
FROM (
    SELECT a.patient_id, a.organization_id, a.care_team_id, a.due_on, a.reason,
        greatest(a.due_on - {_LEAD}, least(a.booked_on, a.due_on)) AS leaves_on
    FROM followups_appointment a JOIN patients_patient p ON p.id = a.patient_id
    WHERE a.status = 'booked' AND a.due_on BETWEEN %(on)s
        AND %(last)s + greatest(%(days_clinic)s, %(days_home)s, %(days_phone)s, %(days_video)s)
        AND a.organization_id = ANY(%(organizations)s)
) d WHERE d.leaves_on <= %(last)s
"""  # noqa: S608 - our own words
_OVERDUE = """
SELECT a.patient_id, a.organization_id, a.care_team_id, a.due_on + late.days AS leaves_on, '' AS subject,
    jsonb_build_object('due_on', a.due_on) AS facts
FROM followups_appointment a CROSS JOIN unnest(%(overdue_after)s) AS late (days)
WHERE a.status = 'booked' AND a.due_on BETWEEN %(first)s - (SELECT max(x) FROM unnest(%(overdue_after)s) x) AND %(last)s
    AND a.due_on + late.days BETWEEN %(first)s AND %(last)s AND a.organization_id = ANY(%(organizations)s)
"""
_MEDICINE = """
SELECT a.patient_id, p.organization_id, p.care_team_id, a.ended_on - %(medicine_days)s AS leaves_on, '' AS subject,
    jsonb_build_object('ends_on', min(a.ended_on)) AS facts
FROM patients_medicationstatement a JOIN patients_patient p ON p.id = a.patient_id
WHERE a.status = 'active'
    AND a.ended_on BETWEEN %(first)s + %(medicine_days)s AND %(last)s + %(medicine_days)s
    AND p.deceased_on IS NULL AND p.organization_id = ANY(%(organizations)s)
GROUP BY a.patient_id, p.organization_id, p.care_team_id, a.ended_on
"""
_REVIEW = """
SELECT a.patient_id, p.organization_id, p.care_team_id, a.review_on - %(review_days)s AS leaves_on, '' AS subject,
    jsonb_build_object('review_on', a.review_on) AS facts
FROM followups_careplan a JOIN patients_patient p ON p.id = a.patient_id
WHERE a.review_on BETWEEN %(first)s + %(review_days)s AND %(last)s + %(review_days)s AND p.deceased_on IS NULL AND p.organization_id = ANY(%(organizations)s)
"""
# What a visit found tells the team (the resident was there); what came from home tells the resident too.
_ABNORMAL_VISIT = """
SELECT a.patient_id, p.organization_id, p.care_team_id, a.on AS leaves_on, a.encounter_id::text AS subject,
    jsonb_build_object('on', a.on, 'flags', jsonb_agg(DISTINCT flag ORDER BY flag)) AS facts
FROM followups_assessment a CROSS JOIN unnest(a.red_flags) AS flag
JOIN patients_patient p ON p.id = a.patient_id
WHERE a.on BETWEEN %(on)s - %(news_days)s AND %(on)s AND a.red_flags <> '{}'
    AND p.deceased_on IS NULL
    AND p.last_visit_on = a.on AND p.organization_id = ANY(%(organizations)s)
    AND NOT EXISTS (SELECT 1 FROM patients_encounter e WHERE e.id = a.encounter_id AND e.source = 'import')
GROUP BY a.patient_id, p.organization_id, p.care_team_id, a.on, a.encounter_id
"""
_ABNORMAL_HOME = """
SELECT a.patient_id, p.organization_id, p.care_team_id, (a.at AT TIME ZONE 'Asia/Shanghai')::date AS leaves_on,
    a.id::text AS subject, jsonb_build_object('code', a.code, 'value', a.value) AS facts
FROM patients_observation a JOIN patients_patient p ON p.id = a.patient_id
WHERE a.source IN ('home', 'device') AND a.encounter_id IS NULL AND p.deceased_on IS NULL
    AND a.at >= %(on)s::timestamp AT TIME ZONE 'Asia/Shanghai' - make_interval(days => %(news_days)s)
    AND CASE a.code WHEN 'systolic' THEN a.value >= 180 WHEN 'diastolic' THEN a.value >= 110
        WHEN 'fasting_glucose' THEN a.value >= 16.7 OR a.value <= 3.9
        WHEN 'postprandial_glucose' THEN a.value >= 16.7 OR a.value <= 3.9
        WHEN 'random_glucose' THEN a.value >= 16.7 OR a.value <= 3.9 ELSE false END AND p.organization_id = ANY(%(organizations)s)
"""

DUE: Final = Kind("due", reminder_words.due, _DUE)
OVERDUE: Final = Kind(
    "overdue", reminder_words.overdue, _OVERDUE, values={"overdue_after": list(OVERDUE_AFTER)}
)
MEDICINE: Final = Kind(
    "medicine", reminder_words.medicine, _MEDICINE, values={"medicine_days": MEDICINE_DAYS}
)
REVIEW: Final = Kind("plan_review", reminder_words.plan_review, _REVIEW, values={"review_days": REVIEW_DAYS})
ABNORMAL: Final = Kind(
    "abnormal",
    reminder_words.abnormal,
    _ABNORMAL_VISIT,
    to_patient=False,
    apart=True,
    values={"news_days": NEWS_DAYS},
)
ABNORMAL_HOME: Final = Kind(
    "abnormal_home", reminder_words.abnormal_home, _ABNORMAL_HOME, apart=True, values={"news_days": NEWS_DAYS}
)


def register_all() -> None:
    """Called once, when the app is ready."""
    for kind in (DUE, OVERDUE, MEDICINE, REVIEW, ABNORMAL, ABNORMAL_HOME):
        register(kind)
