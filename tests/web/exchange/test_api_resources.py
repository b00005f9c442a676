"""Every resource of the contract lists and opens, within its scope and its budget."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ClientScope
from alliances.models import Organization
from exchange.api.registry import FEED, VIEWS, plural
from followups import visits
from followups.entry.visit import VisitInput
from followups.plans import care_plans
from journal.models import AuditEvent, Communication
from patients.models import Encounter, MedicationStatement, Observation, Patient
from patients.programmes import Programme
from performance.models import IndicatorValue
from tests.api_client import Caller, system
from tests.world import World

RESOURCES = [
    "organizations", "alliances", "care-teams", "practitioners", "patients", "contracts", "conditions", "enrolments",
    "observations", "medication-statements", "care-plans", "appointments", "encounters", "assessments", "tasks",
    "referrals", "communications", "indicators", "indicator-values",
]  # fmt: skip
ABOUT_PATIENTS = [
    "patients", "contracts", "conditions", "enrolments", "observations", "medication-statements", "care-plans",
    "appointments", "encounters", "assessments", "tasks", "referrals", "communications",
]  # fmt: skip
NUMBER = "500113195803020027"


def visit(patient: Patient, world: World, days_ago: int, **readings: float) -> Encounter:
    on = timezone.localdate() - timedelta(days=days_ago)
    found = visits.record(
        patient, VisitInput(observations=readings or {"systolic": 162, "diastolic": 95, "fasting_glucose": 6.4, "ldl": 2.9}),
        on=on, method="clinic", by=world.doctor, source="form", recorded_at=timezone.now(),
    )  # fmt: skip
    assert found.encounter is not None
    return found.encounter


@pytest.fixture
def full(world: World) -> World:
    """A resident with something in every resource."""
    patient = world.patient("李佩兰", Programme.HYPERTENSION, Programme.DIABETES, number=NUMBER)
    for days_ago in (40, 20):
        visit(patient, world, days_ago)
    MedicationStatement.objects.create(
        patient=patient, organization=world.centre, name="氨氯地平片", dosage="5mg qd"
    )
    care_plans.sign(
        patient, diagnosis="高血压2级", treatment="氨氯地平", advice="低盐", goals=[care_plans.Target("systolic", None, Decimal(140))],
        review_on=timezone.localdate() + timedelta(days=90), by=world.specialist, for_organization=world.secondary,
        basis_id=None, at=timezone.now(),
    )  # fmt: skip
    a_referral(world, patient)
    IndicatorValue.objects.create(
        indicator="htn-controlled", month=date(2026, 1, 1), organization=world.centre, team=world.team.pk,
        numerator=1, denominator=2,
    )  # fmt: skip
    return world


def a_referral(world: World, patient: Patient) -> Any:
    from referrals.models import ServiceRequest

    return ServiceRequest.objects.create(
        patient=patient, programme="hypertension", programmes=["hypertension"], source_organization=world.centre,
        source_team=world.team, requester=world.doctor, target_organization=world.secondary,
        target_department=world.cardiology, reason="两次血压不达标",
    )  # fmt: skip


def test_the_resources_are_those_of_the_contract() -> None:
    assert sorted(plural(view.kind) for view in VIEWS) == sorted(RESOURCES)


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_system_lists_and_opens_every_resource(full: World, resource: str) -> None:
    caller = Caller(full.api_client)

    answer = caller.get(f"{resource}/")
    assert answer.status_code == 200, answer.content
    rows = answer.json()["results"]
    assert rows

    key = rows[0].get("id", rows[0].get("code"))
    one = caller.get(f"{resource}/{key}/")
    assert one.status_code == 200, one.content
    assert rows[0].items() <= one.json().items()
    assert caller.get(f"{resource}/{key}").status_code == 200


@pytest.mark.parametrize("resource", ABOUT_PATIENTS)
def test_an_outsider_finds_nothing_and_opens_nothing(full: World, resource: str) -> None:
    key = Caller(full.api_client).get(f"{resource}/").json()["results"][0]["id"]
    for outsider in (full.outsider, system(full.other_centre)):
        caller = Caller(outsider)
        assert caller.get(f"{resource}/").json()["results"] == []
        answer = caller.get(f"{resource}/{key}/")
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json() == caller.get(f"{resource}/00000000-0000-7000-8000-000000000000/").json()


def test_figures_and_teams_of_other_organizations_do_not_show(full: World) -> None:
    caller = Caller(system(full.other_centre))
    assert caller.get("indicator-values/").json()["results"] == []
    assert [team["organization"] for team in caller.get("care-teams/").json()["results"]] == [
        full.other_centre.pk
    ]
    assert [one["name"] for one in caller.get("practitioners/").json()["results"]] == ["outsider"]


def test_an_organization_outside_every_alliance_sees_itself_alone(full: World) -> None:
    lonely = Organization.objects.create(code="lonely", name="独立医院", tier="secondary")
    caller = Caller(system(lonely))
    assert [one["code"] for one in caller.get("organizations/").json()["results"]] == ["lonely"]
    assert caller.get("alliances/").json()["results"] == []


def test_a_system_without_the_scope_to_read_gets_404(full: World) -> None:
    caller = Caller(system(full.centre, ClientScope.WRITE))
    for resource in RESOURCES:
        assert caller.get(f"{resource}/").status_code == 404


def test_a_nurse_reads_residents_but_a_pharmacist_without_the_permission_no_referral_desk(
    full: World,
) -> None:
    assert Caller(full.nurse).get("patients/").json()["results"] != []
    assert Caller(full.specialist).get("patients/").json()["results"] == []
    assert Caller(full.specialist).get("indicator-values/").status_code == 404


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_list_takes_the_same_few_statements_at_any_page_size(full: World, resource: str) -> None:
    for number in range(12):
        other = full.patient(f"居民{number}", Programme.HYPERTENSION)
        visit(other, full, 5)
        MedicationStatement.objects.create(patient=other, organization=full.centre, name="氨氯地平片")
    caller = Caller(full.api_client)
    counts = set()
    for size in (1, 10, 200):
        with CaptureQueriesContext(
            connection,
        ) as statements:
            assert caller.get(f"{resource}/", page_size=size).status_code == 200
        counts.add(len(statements))
    assert len(counts) == 1
    assert counts.pop() <= 2 + 3


def test_opening_a_resident_keeps_to_its_budget_and_shows_what_matters(full: World) -> None:
    patient = Patient.objects.get(name="李佩兰")
    caller = Caller(full.api_client)
    with CaptureQueriesContext(connection) as statements:
        answer = caller.get(f"patients/{patient.pk}/")

    assert len(statements) <= 2 + 7
    assert len(answer.content) <= 6000
    body = answer.json()
    assert [c["code"] for c in body["conditions"]] == ["diabetes", "hypertension"]
    assert body["care_plan"]["goals"] == [{"measure": "systolic", "low": None, "high": 140.0}]
    assert body["contract"]["tertiary"] == full.tertiary.pk
    assert [v["on"] for v in body["encounters"]] == sorted(
        (v["on"] for v in body["encounters"]), reverse=True
    )
    assert body["next_appointment"]["status"] == "booked"
    line = AuditEvent.objects.get(action="patient.open")
    assert (line.agent_type, line.agent_id, line.patient_id) == (
        "client",
        str(full.api_client.pk),
        patient.pk,
    )


def test_rows_of_a_list_are_small(full: World) -> None:
    caller = Caller(full.api_client)
    for resource in RESOURCES:
        for row in caller.get(f"{resource}/").json()["results"]:
            size = len(str(row).encode())
            assert size <= (900 if resource == "assessments" else 620), (resource, size, row)


def test_identity_is_masked_without_the_scope_and_full_and_audited_with_it(full: World) -> None:
    patient = Patient.objects.get(name="李佩兰")
    masked = Caller(full.api_client).get("patients/").json()["results"][0]["identity"]
    assert masked["number"] == "5" + "*" * 16 + "7"
    assert NUMBER not in str(masked)
    assert not AuditEvent.objects.filter(action="identity.read").exists()

    trusted = system(full.centre, ClientScope.READ, ClientScope.IDENTITY)
    caller = Caller(trusted)
    assert caller.get("patients/").json()["results"][0]["identity"]["number"] == NUMBER
    assert caller.get(f"patients/{patient.pk}/").json()["identity"]["phone"] == "13812345678"
    lines = AuditEvent.objects.filter(action="identity.read", agent_type="client", agent_id=str(trusted.pk))
    assert {line.patient_id for line in lines} == {patient.pk}
    assert lines.count() == 2


def test_residents_are_found_by_what_is_at_hand(full: World) -> None:
    full.patient("王建国", number="500113195001010018", phone="13900001111")
    caller = Caller(full.api_client)

    def found(**query: str) -> list[str]:
        return [one["name"] for one in caller.get("patients/", **query).json()["results"]]

    assert found(search="佩兰") == ["李佩兰"]
    assert found(search="wjg") == ["王建国"]
    assert found(search="0027") == ["李佩兰"]
    assert found(search="1111") == ["王建国"]
    assert found(programme="diabetes") == ["李佩兰"]
    assert found(birth_date_after="1958-01-01", birth_date_before="1958-03-02") == ["李佩兰", "王建国"]
    assert found(last_visit_on_before="2000-01-01") == []


def test_the_full_number_is_asked_for_with_the_scope_only(full: World) -> None:
    refused = Caller(full.api_client).get("patients/", number=NUMBER)
    assert refused.status_code == 400
    assert refused.json() == Caller(full.api_client).get("patients/", number="1").json()

    trusted = Caller(system(full.centre, ClientScope.READ, ClientScope.IDENTITY))
    assert [one["name"] for one in trusted.get("patients/", number=NUMBER).json()["results"]] == ["李佩兰"]
    outside = Caller(system(full.other_centre, ClientScope.READ, ClientScope.IDENTITY, name="their"))
    assert outside.get("patients/", number=NUMBER).json()["results"] == []


def test_an_encounter_shows_its_readings_as_observations(full: World) -> None:
    row = Caller(full.api_client).get("encounters/").json()["results"][0]
    assert row["observations"] == {"systolic": 162, "diastolic": 95, "fasting_glucose": 6.4, "ldl": 2.9}
    assert row["programmes"] == ["diabetes", "hypertension"] or set(row["programmes"]) == {
        "diabetes",
        "hypertension",
    }
    assert row["symptoms"] == []


def test_observations_join_the_form_and_the_rest(full: World) -> None:
    patient = Patient.objects.get(name="李佩兰")
    Observation.objects.create(
        patient=patient,
        organization=full.centre,
        code="systolic",
        value=131,
        at=timezone.now(),
        source="home",
    )
    caller = Caller(full.api_client)

    rows = caller.get("observations/", patient=str(patient.pk)).json()["results"]
    assert len(rows) == 2 * 4 + 1
    assert {row["code"] for row in rows} == {"systolic", "diastolic", "fasting_glucose", "ldl"}
    assert {row["unit"] for row in rows if row["code"] == "systolic"} == {"mmHg"}
    assert [r["value"] for r in caller.get("observations/", source="home").json()["results"]] == [131.0]
    assert len(caller.get("observations/", code="systolic").json()["results"]) == 3
    for row in rows:
        assert caller.get(f"observations/{row['id']}/").json() == row
    typed = next(row["id"] for row in rows if "." in row["id"])
    assert caller.get(f"observations/{typed.split('.')[0]}.waist/").status_code == 404


@pytest.mark.parametrize(
    ("resource", "size"), [("encounters", 2), ("patients", 3), ("observations", 4), ("observations", 1)]
)
def test_pages_walk_through_all_rows_once_though_rows_appear_meanwhile(
    full: World, resource: str, size: int
) -> None:
    for number in range(6):
        visit(full.patient("同名", Programme.HYPERTENSION), full, 5, systolic=130 + number, diastolic=80)
    caller = Caller(full.api_client)
    expected = {row["id"] for row in caller.get(f"{resource}/", page_size=200).json()["results"]}

    seen: list[str] = []
    page = caller.get(f"{resource}/", page_size=size).json()
    while True:
        seen += [row["id"] for row in page["results"]]
        assert len(page["results"]) <= size
        if page["next"] is None:
            break
        visit(full.patient("后来", Programme.HYPERTENSION), full, 1, systolic=120, diastolic=80)
        page = caller.client.get(page["next"], headers={"Authorization": f"Bearer {caller.token}"}).json()
        assert len(seen) < 200
    assert len(seen) == len(set(seen))
    assert expected <= set(seen)


@pytest.mark.parametrize(("query", "field"), [
    ({"patients": "x"}, "patients"),
    ({"patient": "not-a-uuid"}, "patient"),
    ({"on_after": "tomorrow"}, "on"),
    ({"method": "telepathy"}, "method"),
    ({"page_size": "0"}, "page_size"),
    ({"page_size": "many"}, "page_size"),
    ({"cursor": "%%%"}, "cursor"),
    ({"cursor": "WyJ4IiwieSJd"}, "cursor"),
    ({"cursor": "e30"}, "cursor"),
    ({"cursor": "WzUsIDVd"}, "cursor"),
    ({"cursor": "WyIyMDI2LTAxLTAxIiwgIlx1MDAwMCJd"}, "cursor"),
])  # fmt: skip
def test_a_bad_parameter_is_named_and_answers_nothing(full: World, query: dict[str, str], field: str) -> None:
    answer = Caller(full.api_client).get("encounters/", **query)
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "detail", "errors"} == set(body)
    assert body["status"] == 400
    assert [error["field"] for error in body["errors"]] == [field]


def test_writing_methods_do_not_exist(full: World) -> None:
    caller = Caller(full.api_client)
    answer = caller.post("patients/", {"name": "x"})
    assert answer.status_code == 405
    assert answer["Content-Type"] == "application/problem+json"


def test_the_feed_carries_the_kinds_that_tables_write(world: World) -> None:
    world.patient("甲", Programme.HYPERTENSION)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT substring(prosrc from 'SELECT .*?, ''([a-z-]+)''') FROM pg_proc WHERE prosrc LIKE '%journal_change%'"
        )
        written = {kind for (kind,) in cursor.fetchall() if kind}
    told_to_the_rollup_alone = {"follow-up-loss"}  # performance.dirty; no resource of the interface
    assert written == set(FEED) | told_to_the_rollup_alone


def test_messages_to_a_colleague_do_not_show(full: World) -> None:
    patient = Patient.objects.get(name="李佩兰")
    Communication.objects.create(
        key="x", kind="notice", channel="in_app", recipient_kind="user", recipient_id=str(full.nurse.pk),
        patient_id=patient.pk, organization_id=full.centre.pk, not_before=timezone.now(),
    )  # fmt: skip

    def keys(caller: Caller) -> set[str]:
        rows = caller.get("communications/", page_size=200).json()["results"]
        return {row["recipient_id"] for row in rows if row["recipient_kind"] == "user"}

    assert keys(Caller(full.nurse)) == {str(full.nurse.pk)}
    assert keys(Caller(full.doctor)) == set()
    assert keys(Caller(full.api_client)) == set()


def test_reading_is_written_down_a_line_a_request(full: World) -> None:
    """What was asked and how many rows left, never a sought number; a single record is a line of its resident."""
    patient = Patient.objects.first()
    assert patient is not None
    caller = Caller(full.api_client)
    rows = caller.get("encounters/", patient=str(patient.pk)).json()["results"]
    line = AuditEvent.objects.get(action="records.list")
    assert (line.agent_type, line.patient_id, line.organization_id) == ("client", patient.pk, full.centre.pk)
    assert line.detail == {"resource": "encounter", "filter": {"patient": str(patient.pk)}, "rows": len(rows)}
    caller.get("patients/", search="1234", programme="hypertension")
    line = AuditEvent.objects.filter(action="records.list").latest("id")
    assert line.detail["filter"] == {"search": "…", "programme": "hypertension"}
    caller.get("organizations/")
    assert AuditEvent.objects.filter(action="records.list").count() == 2, "places are no residents"
    caller.get(f"encounters/{rows[0]['id']}/")
    line = AuditEvent.objects.get(action="records.open")
    assert (line.patient_id, line.detail["resource"]) == (patient.pk, "encounter")
