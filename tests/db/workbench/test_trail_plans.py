"""A million audit lines over twelve months: the search answers from an index, a page is one statement."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from journal import months
from journal.models import AuditEvent
from tests.world import World
from workbench.trail import lines
from workbench.trail.access import history
from workbench.trail.lines import Asked, events, page
from workbench.trail.reach import Reach

ROWS = 1_000_000
PATIENT = UUID(int=1)

# One line every half minute or so: 4,000 residents, 200 people, 40 organizations, of which the world's are four.
FILL = """
INSERT INTO journal_auditevent (at, action, agent_type, agent_id, agent_name, subject_kind, subject_id, patient_id,
                                organization_id, address, detail)
SELECT %s::timestamptz - (n || ' seconds')::interval * 29,
       (ARRAY['patient.open', 'visit.record', 'identity.unmask', 'appointment.book'])[1 + n %% 4],
       'user', (1000 + n * 7 %% 200)::text, 'x', 'patient', '', ('00000000-0000-0000-0000-' ||
       lpad(to_hex(n %% 4000), 12, '0'))::uuid, %s + n %% 40, NULL, '{}'
FROM generate_series(1, %s) n
"""


@pytest.fixture
def filled(world: World) -> Reach:
    """Set-wise, inside the test's transaction. The indexes of the migrations are taken off and built again as they were:
    quicker than keeping seven of them up a million times."""
    today = timezone.localdate()
    first = months.before(today, 12)
    lowest = min(place.pk for place in (world.centre, world.other_centre, world.secondary, world.tertiary))
    with connection.cursor() as cursor:
        cursor.execute("SELECT journal_ensure_partitions(%s, 14)", [first])
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'journal_auditevent' "
            "AND indexdef NOT LIKE '%UNIQUE%'"
        )
        indexes = cursor.fetchall()
        assert len(indexes) >= 6
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        for name, _text in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute(FILL, [timezone.now(), lowest, ROWS])
        for _name, text in indexes:
            cursor.execute(text.replace(" ON ONLY ", " ON "))
        cursor.execute("ANALYZE journal_auditevent")
    return Reach((world.centre.pk, world.other_centre.pk, world.secondary.pk, world.tertiary.pk))


def plan_of(rows: QuerySet[Any]) -> list[dict[str, Any]]:
    """All nodes of the plan."""
    text = rows.order_by("-at", "-id")[:51].explain(format="json")
    found, waiting = [], [json.loads(text)[0]["Plan"]]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting += node.get("Plans", [])
    return found


def scanned_whole(rows: QuerySet[Any]) -> list[str]:
    """Months with lines that the plan reads from end to end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname LIKE 'journal_auditevent_%' AND reltuples > 0"
        )
        with_lines = {name for (name,) in cursor.fetchall()}
    assert len(with_lines) >= 12
    return [
        node["Relation Name"]
        for node in plan_of(rows)
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in with_lines
    ]


def test_the_searches_over_a_million_lines_use_an_index(filled: Reach, world: World) -> None:
    today = timezone.localdate()
    year = {"since": months.before(today, 12), "until": today}
    day = today - timedelta(days=100)
    asked = {
        "a resident": Asked(**year, patient_ids=[PATIENT]),
        "a person": Asked(**year, users=["1007"]),
        "a day": Asked(since=day, until=day),
        "several residents": Asked(**year, patient_ids=[UUID(int=n) for n in range(1, 20)]),
        "an organization on a day": Asked(since=day, until=day, organization_id=world.centre.pk),
        "an action of a week": Asked(since=day - timedelta(days=6), until=day, actions=["identity.unmask"]),
        "nothing but the latest": Asked(since=today - timedelta(days=29), until=today),
    }
    for name, what in asked.items():
        assert scanned_whole(events(filled, what)) == [], name
    for name in ("a resident", "a person", "a day"):
        with CaptureQueriesContext(connection) as statements:
            found = page(events(filled, asked[name]))
        assert found.lines, name
        assert len(statements) <= 3, "the lines, the residents' names, the organizations' names"
        older = page(events(filled, asked[name]), after=found.older)
        newer = page(
            events(filled, asked[name]),
            before=str(lines.Key(older.lines[0].event.at, older.lines[0].event.pk)),
        )
        assert [line.event.pk for line in newer.lines] == [line.event.pk for line in found.lines], name
    whole = AuditEvent.objects.filter(detail={"never": 1})
    assert scanned_whole(whole) != [], "a search without an index is recognised as one"
    with CaptureQueriesContext(connection) as statements:
        shown = history(UUID(int=4), since=months.before(today, 12), until=today)
    assert shown.days
    assert len(statements) <= 3
