"""G9, G10 and D1 of planning: reminders of everybody, against one INSERT … SELECT with the last-visit look-up."""

from datetime import date

from django.db import connection
from django.utils import timezone

from benchmarks import city
from benchmarks.frame import Row, rotated, spread, timed
from followups.reminders import planning

# The same rows into a table with the same columns and indexes, by hand: one to the resident, one to the team.
_LIMIT = """
INSERT INTO bench_communication (id, key, kind, channel, recipient_kind, recipient_id, patient_id, organization_id,
    content, not_before, status, attempts, last_error, reference, version)
SELECT gen_random_uuid(), 'reminder:' || p.id || ':' || last.on + 90, 'reminder', w.channel, w.kind, w.id, p.id,
    p.organization_id, jsonb_build_object('due_on', last.on + 90), now(), 'preparation', 0, '', '', 1
FROM patients_patient p
CROSS JOIN LATERAL (
    SELECT e.on FROM patients_encounter e WHERE e.patient_id = p.id ORDER BY e.on DESC LIMIT 1
) last
CROSS JOIN LATERAL (VALUES ('email', 'patient', p.id::text), ('in_app', 'team', p.care_team_id::text)) AS w (channel, kind, id)
WHERE last.on + 90 <= current_date + 3
"""


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def limit() -> float:
    """Seconds of the limit, into an empty table."""
    _run(
        "DROP TABLE IF EXISTS bench_communication",
        "CREATE TABLE bench_communication (LIKE journal_communication INCLUDING ALL)",
        "CHECKPOINT",
    )
    return timed(lambda: _run(_LIMIT))


def ours(on: date, expected: int) -> list[float]:
    """Seconds of the first planning into an empty outbox, and of the second, which writes nothing."""
    _run("TRUNCATE journal_communication", "CHECKPOINT")
    written: list[planning.Planned] = []
    first = timed(lambda: written.append(planning.plan_reminders(on=on)))
    _run("ANALYZE journal_communication")
    again = timed(lambda: written.append(planning.plan_reminders(on=on)))
    assert written == [(expected, 0), (0, 0)], (expected, written)
    return [first, again]


def rows(residents: int) -> list[Row]:
    """The table's lines for so many residents, and for half and a quarter of them."""
    on, medians, apart, found = timezone.localdate(), {}, {}, []
    for count in (residents // 4, residents // 2, residents):
        city.fill(count)
        limits, seconds, others = rotated(limit, lambda count=count: ours(on, count * 2))  # type: ignore[misc]
        first, again = [s[0] for s in seconds], [s[1] for s in seconds]
        medians[count], apart[count] = sorted(first)[1], spread(first)
        if count == residents:
            wide = max(spread(limits), spread(first))
            found += [
                Row("G9", f"plan reminders for {count:,} residents", sorted(limits)[1], medians[count], 2.0, wide, others),
                Row("G10", "plan again, nothing new", medians[count], sorted(again)[1], 0.8,
                    max(spread(first), spread(again)), others, "0 rows"),
            ]  # fmt: skip
    for less, more in ((residents // 4, residents // 2), (residents // 2, residents)):
        found.append(Row("D1", f"planning, {less:,} → {more:,}", medians[less], medians[more], 2.3,
                         max(apart[less], apart[more]), others))  # fmt: skip
    return found
