"""The worklist of somebody over a thousand organizations is one indexed query.

The plan as the database gave it stands in tests/data/worklist-plan.txt for the reader; WORKLIST_PLAN=write renews it.
"""

import os
import re
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from alliances.models import Organization, Role
from alliances.scope import scope_of
from tests.world import World
from workbench.worklist import worklist

TODAY = timezone.localdate()
PLAN = Path(__file__).parents[2] / "data" / "worklist-plan.txt"
RESIDENTS, ORGANIZATIONS = 20_000, 1_000

_RESIDENTS = """
INSERT INTO patients_patient (id, name, pinyin, initials, sex, birth_date, ethnicity, community, organization_id,
    programmes, labels, smoking, allergies, last_method, version)
SELECT gen_random_uuid(), '居民' || n, 'ju min', 'jm', 'female', '1960-01-01', '', '', %(ids)s[1 + n %% cardinality(%(ids)s)],
    '{hypertension}', '{}', '', '{}', '', 1
FROM generate_series(1, %(count)s) n
"""
# One person's follow-ups: a year of done ones and the one that is due, within two months before or after the day.
_FOLLOW_UPS = """
INSERT INTO followups_appointment (id, patient_id, organization_id, booked_on, due_on, reason, status, fulfilled_on, version)
SELECT gen_random_uuid(), p.id, p.organization_id, %(on)s::date - 100 * k, %(on)s::date - 90 * k + (hashtext(p.id::text) %% 60),
    'routine', CASE WHEN k = 0 THEN 'booked' ELSE 'fulfilled' END, CASE WHEN k > 0 THEN %(on)s::date - 90 * k END, 1
FROM patients_patient p, generate_series(0, 4) k
"""


@pytest.fixture
def bureau(world: World) -> User:
    """An administrator of a bureau-like parent of a thousand organizations with residents; as many stand elsewhere."""
    top = Organization.objects.create(code="top", name="卫健委", tier="bureau")
    inner = Organization.objects.bulk_create(
        Organization(code=f"mid{n}", name=f"集团{n}", tier="secondary", parent=top) for n in range(20)
    )
    leaves = Organization.objects.bulk_create(
        Organization(code=f"leaf{n}", name=f"站{n}", tier="community", parent=inner[n % 20])
        for n in range(ORGANIZATIONS - 21)
    )
    elsewhere = Organization.objects.bulk_create(
        Organization(code=f"else{n}", name=f"外{n}", tier="community") for n in range(ORGANIZATIONS)
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL pgtrigger.ignore = '{}'")
        for places in (leaves, elsewhere):
            cursor.execute(_RESIDENTS, {"ids": [o.pk for o in places], "count": RESIDENTS // 2})
        cursor.execute(_FOLLOW_UPS, {"on": TODAY})
        cursor.execute("ANALYZE patients_patient, followups_appointment, alliances_organization")
    return world.user("top_admin", Role.ORGANIZATION_ADMIN, top)


def shape(plan: str) -> str:
    """The plan without the thousand numbers and the day."""
    plan = re.sub(r"'\{[\d,]{40,}\}'", "'{…}'", plan)
    return re.sub(r"\d{4}-\d\d-\d\d", "DAY", plan) + "\n"


@pytest.mark.parametrize("kind", ["overdue", "today"])
def test_the_page_of_the_worklist_is_one_indexed_statement(bureau: User, kind: str) -> None:
    user = User.objects.get(pk=bureau.pk)
    assert len(scope_of(user).organization_ids) == ORGANIZATIONS
    with CaptureQueriesContext(connection) as statements:
        found = worklist(user, on=TODAY, team_ids=(), kind=kind, page=1)

    assert len(statements) <= 4, [s["sql"][:80] for s in statements]
    assert found.groups[0].rows
    pages = [s["sql"] for s in statements if "LIMIT 50" in s["sql"]]
    assert len(pages) == 1
    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) "
            + pages[0].replace("%", "%%")
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    if os.environ.get("WORKLIST_PLAN") == "write" and kind == "overdue":
        PLAN.write_text(shape(plan))
    for table in ("patients_patient", "followups_appointment"):
        assert f"Seq Scan on {table}" not in plan, plan
    assert "Index" in plan
    assert re.search(r"Index (Only )?Scan.* (using|on) (appointment_\w+|followups_appointment\w*)", plan), (
        plan
    )


def test_the_counts_above_the_list_read_an_index_too(bureau: User) -> None:
    user = User.objects.get(pk=bureau.pk)
    with CaptureQueriesContext(connection) as statements:
        worklist(user, on=TODAY, team_ids=(), kind="", page=1)
    counts = next(s["sql"] for s in statements if "COUNT" in s["sql"] and "followups_appointment" in s["sql"])
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (COSTS OFF) " + counts.replace("%", "%%"))
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Seq Scan on followups_appointment" not in plan, plan


def test_the_plan_is_kept_for_the_reader() -> None:
    assert "Index" in PLAN.read_text()


def test_a_scope_over_a_thousand_organizations_is_two_statements(
    bureau: User, django_assert_num_queries
) -> None:
    user = User.objects.get(pk=bureau.pk)
    with django_assert_num_queries(2):  # the posts, and one recursive query
        assert len(scope_of(user).organization_ids) == ORGANIZATIONS
