import json
from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps

from alliances.models import CareTeam
from exchange.imports import batches
from exchange.models import ImportBatch
from followups import reminders
from followups.models import Appointment, Assessment, CarePlan
from journal.models import AuditEvent, Communication
from patients import enrolment as enrolment_module
from patients.identity import number_indexes, plain
from patients.models import (
    Condition,
    Contract,
    Encounter,
    Enrolment,
    Identity,
    MedicationStatement,
    Observation,
    Patient,
    Responsibility,
    Task,
)
from tests.db.exchange.conftest import NOW, ON
from tests.rosters import ANSWER_KEY, LI, SAMPLE, resident, visit

KEPT = (
    Patient, Identity, Responsibility, Condition, Enrolment, CarePlan, Contract, Observation, Encounter, Assessment,
    Appointment, MedicationStatement,
)  # fmt: skip


@pytest.fixture
def key():
    return json.loads(ANSWER_KEY.read_text())["sheets"]


def rows_of(report, part):
    return [(fault.row, fault.code.value) for fault in getattr(report, part)]


def counted():
    return {model.__name__: model.objects.count() for model in KEPT}


def test_the_sample_goes_in_as_its_answer_key_says(load, key):
    archive, visits = load(content=SAMPLE.read_bytes())

    assert rows_of(archive, "rejected") == [
        (line["row"], line["fault"]) for line in key["居民档案"]["rejected"]
    ]
    assert rows_of(archive, "warned") == [
        (line["row"], line["warning"]) for line in key["居民档案"]["warned"]
    ]
    assert rows_of(visits, "rejected") == [
        (line["row"], line["fault"]) for line in key["随访记录"]["rejected"]
    ]
    assert rows_of(visits, "warned") == []
    assert (archive.accepted, archive.unchanged) == (1155, 0)
    assert (visits.accepted, visits.unchanged) == (1836, 0)
    assert Patient.objects.count() == 1155
    assert Encounter.objects.filter(source="import").count() == 1836


def test_a_second_import_of_the_sample_rejects_the_same_rows_and_writes_nothing(load):
    first = load(content=SAMPLE.read_bytes())
    before = counted()
    second = load(content=SAMPLE.read_bytes())

    assert [rows_of(report, "faults") for report in second] == [rows_of(report, "faults") for report in first]
    assert [(report.accepted, report.unchanged) for report in second] == [(0, 1155), (0, 1836)]
    assert counted() == before


def test_a_dry_run_reports_what_an_import_would_and_writes_nothing(nanquan, load):
    before = counted()
    dry = batches.check(SAMPLE.read_bytes(), nanquan.centre, on=ON, at=NOW)

    assert counted() == before
    real = load(content=SAMPLE.read_bytes())
    assert [(r.accepted, r.unchanged, r.faults) for r in dry] == [
        (r.accepted, r.unchanged, r.faults) for r in real
    ]


def test_statements_do_not_grow_with_the_rows(nanquan, load, django_assert_max_num_queries):
    with django_assert_max_num_queries(120):
        load(content=SAMPLE.read_bytes())


def test_an_archive_row_becomes_a_resident_with_everything_the_row_says(load, nanquan):
    load([resident(contracted_on="2026-02-23", package="个性化", secondary="巴南区人民医院",
                   tertiary="重庆市第一人民医院", weight=62.44, address="重庆市巴南区南泉街道1号")])  # fmt: skip

    patient = Patient.objects.get()
    assert (patient.name, patient.sex, patient.initials) == ("李佩兰", "female", "lpl")
    assert (patient.organization, patient.care_team) == (nanquan.centre, nanquan.team)
    assert (patient.programmes, patient.labels) == (["hypertension"], ["老年人"])
    identity = plain(Identity.objects.get())
    assert (identity.number, identity.phone) == (LI, "13800001234")
    assert Identity.objects.get().number_index_odd.tobytes() == number_indexes(LI)["number_index_odd"]
    assert Responsibility.objects.get().period.lower == date(2020, 1, 5)
    assert Enrolment.objects.get().period.lower == date(2019, 3, 2)
    assert Condition.objects.get().diagnosed_on == date(2019, 3, 2)
    assert Observation.objects.get().value == Decimal("62.4")


def test_a_contract_names_three_organizations_and_runs_twelve_months(load, nanquan):
    load(
        [
            resident(
                contracted_on="2026-02-23",
                package="个性化",
                secondary="巴南区人民医院",
                tertiary="重庆市第一人民医院",
            )
        ]
    )

    contract = Contract.objects.get()
    assert (contract.organization, contract.secondary, contract.tertiary) == (
        nanquan.centre,
        nanquan.secondary,
        nanquan.tertiary,
    )
    assert contract.package.kind == "personalised"
    assert (contract.period.lower, contract.period.upper) == (date(2026, 2, 23), date(2027, 2, 23))


def test_a_contract_that_overlaps_another_is_left_out_with_a_warning(load):
    load([resident(contracted_on="2026-02-23")])
    [archive, _visits] = load([resident(contracted_on="2026-05-01")])

    assert rows_of(archive, "warned") == [(3, "contract_overlaps")]
    assert Contract.objects.count() == 1


def test_elderly_is_a_label_and_no_enrolment(load):
    load([resident(groups="老年人", hypertension_on="")])

    assert not Enrolment.objects.exists()
    assert Patient.objects.get().labels == ["老年人"]


def test_a_visit_is_assessed_with_the_persons_earlier_visits(load):
    load(
        [resident()],
        [visit(visited_on="2023-04-18", systolic=160), visit(visited_on="2023-01-21", systolic=158)],
    )

    first, second = Assessment.objects.order_by("on")
    assert (first.klass, first.action) == ("uncontrolled", "adjust")
    assert (second.klass, second.action) == ("uncontrolled", "refer")
    assert second.reasons[0]["text"]


def test_an_adverse_reaction_counts_for_every_programme_of_the_person(load):
    load([resident(diabetes_on="2020-01-01")], [visit(adverse_reaction="有", fasting_glucose=6.1)])

    assert Encounter.objects.get().adverse_reaction == ["diabetes", "hypertension"]
    assert {row.klass for row in Assessment.objects.all()} == {"adverse_reaction"}


def test_symptoms_of_the_form_are_never_danger_signs(load):
    load([resident()], [visit(symptoms="恶心呕吐、头痛头晕")])

    encounter = Encounter.objects.get()
    assert encounter.danger_signs == []
    assert sorted(encounter.symptoms) == ["headache_dizziness", "nausea_vomiting"]
    assert Assessment.objects.get().action == "routine"


def test_only_the_latest_visit_leaves_one_open_appointment_and_nothing_else_comes_of_history(load):
    load(
        [resident()],
        [visit(visited_on="2023-10-18", systolic=185), visit(visited_on="2023-04-18", systolic=185)],
    )

    appointment = Appointment.objects.get()
    assert (appointment.status, appointment.due_on, appointment.reason) == (
        "booked",
        date(2023, 11, 1),
        "emergency",
    )
    assert not Task.objects.exists()
    assert not Communication.objects.exists()


def test_the_patient_carries_the_facts_of_the_latest_visit(load):
    load(
        [resident()],
        [visit(visited_on="2023-10-18", systolic=150), visit(visited_on="2023-04-18", systolic=130)],
    )

    patient = Patient.objects.get()
    assert (patient.last_visit_on, patient.last_systolic, patient.last_method) == (
        date(2023, 10, 18),
        150,
        "clinic",
    )


def test_whoever_is_managed_and_was_never_visited_gets_a_first_follow_up_and_nobody_else(load):
    managed, healthy = (
        resident(),
        resident(number="440524188001010014", birth_date="", sex="", groups="", hypertension_on=""),
    )
    load([managed, healthy])
    load([managed, healthy])

    appointment = Appointment.objects.get()
    assert appointment.patient.name == "李佩兰"
    assert [plan.patient.name for plan in CarePlan.objects.all()] == ["李佩兰"]
    assert (appointment.reason, appointment.booked_on, appointment.due_on) == ("first", ON, date(2026, 12, 6))
    assert not Communication.objects.exists()


def test_a_change_of_team_takes_the_open_follow_up_along(load, nanquan):
    load([resident()], [visit()])
    later = date(2026, 11, 30)
    load([resident(team="第二片区团队")], on=later)

    assert Appointment.objects.get().care_team == nanquan.second_team
    ended, running = Responsibility.objects.order_by("period")
    assert (ended.period.upper, running.period.lower) == (later, later)


def test_the_reminder_of_a_follow_up_that_a_newer_visit_fulfils_does_not_leave(load):
    load([resident()], [visit(visited_on="2026-08-25")])
    reminders.post(Appointment.objects.all())
    load([], [visit(visited_on="2026-11-20")])

    assert {message.status for message in Communication.objects.all()} == {"stopped"}


def test_a_newer_visit_in_a_later_file_fulfils_the_open_appointment_and_books_the_next(load):
    load([resident()], [visit(visited_on="2023-04-18")])
    load([resident()], [visit(visited_on="2023-04-18"), visit(visited_on="2023-07-18")])

    fulfilled, booked = Appointment.objects.order_by("due_on")
    assert (fulfilled.status, fulfilled.fulfilled_on) == ("fulfilled", date(2023, 7, 18))
    assert (booked.status, booked.due_on) == ("booked", date(2023, 10, 18))


def test_an_older_visit_in_a_later_file_leaves_the_open_appointment_alone(load):
    load([resident()], [visit(visited_on="2023-07-18")])
    load([], [visit(visited_on="2023-04-18")])

    assert Encounter.objects.count() == 2
    assert Appointment.objects.get().due_on == date(2023, 10, 18)
    assert Patient.objects.get().last_visit_on == date(2023, 7, 18)


def test_a_visit_before_the_diagnosis_is_kept_and_not_assessed(load):
    load([resident()], [visit(visited_on="2018-01-01")])

    assert Encounter.objects.get().programmes == []
    assert not Assessment.objects.exists()


def test_the_same_row_twice_is_one_visit(load):
    [_archive, visits] = load([resident()], [visit(), visit()])

    assert (visits.accepted, visits.unchanged) == (1, 1)
    assert Encounter.objects.count() == 1


def test_two_visits_of_one_day_with_other_values_are_two(load):
    rows = [visit(), visit(systolic=150)]
    load([resident()], rows)
    [_archive, visits] = load([resident()], rows)

    assert Encounter.objects.count() == 2
    assert (visits.accepted, visits.unchanged, visits.faults) == (0, 2, [])


def test_a_visit_corrected_on_screen_is_not_imported_a_second_time(load):
    load([resident()], [visit()])
    Encounter.objects.update(systolic=136)
    [_archive, visits] = load([resident()], [visit()])

    assert rows_of(visits, "warned") == [(2, "visit_differs")]
    assert (Encounter.objects.count(), Encounter.objects.get().systolic) == (1, 136)


def test_the_author_of_an_imported_visit_is_the_import_with_the_doctors_name(load):
    load([resident()], [visit(), visit(visited_on="2023-02-01", doctor="")])

    first, second = Encounter.objects.order_by("on")
    assert (first.source, first.practitioner, first.practitioner_name) == ("import", None, "张医生")
    assert second.practitioner_name


def test_medicines_of_the_latest_visit_become_what_the_resident_takes(load):
    load([resident()], [visit(medicines="二甲双胍片 0.5g tid"), visit(visited_on="2023-04-18")])

    taken = MedicationStatement.objects.order_by("name").values_list("name", "dosage", "started_on")
    assert list(taken) == [
        ("二甲双胍片", "0.5g tid", date(2023, 1, 21)),
        ("氨氯地平片", "5mg qd", date(2023, 4, 18)),
    ]
    assert "二甲双胍片 0.5g tid" in Encounter.objects.get(on="2023-01-21").note


def test_a_filled_cell_amends_the_archive_and_an_empty_one_leaves_it(load, nanquan):
    load([resident(smoking="吸烟")])
    [archive, _visits] = load([resident(name="李佩岚", phone="13900001234", smoking="", team="第二片区团队")])

    patient = Patient.objects.get()
    assert (archive.accepted, archive.unchanged) == (1, 0)
    assert (patient.name, patient.pinyin, patient.smoking) == ("李佩岚", "li pei lan", "current")
    assert plain(Identity.objects.get()).phone == "13900001234"
    assert patient.care_team == nanquan.second_team
    earlier = apps.get_model("patients", "PatientHistory").objects.filter(name="李佩兰").earliest("pgh_id")
    assert earlier.pgh_context.metadata["action"] == "roster.import"
    assert earlier.pgh_context.metadata["batch"] == str(ImportBatch.objects.latest("created_at").pk)
    assert [r.care_team for r in Responsibility.objects.order_by("period")] == [
        nanquan.team,
        nanquan.second_team,
    ]


def test_a_further_diagnosis_is_added_and_enrolled(load):
    load([resident()])
    load([resident(diabetes_on="2024-05-06")])

    assert Patient.objects.get().programmes == ["diabetes", "hypertension"]
    assert sorted(Enrolment.objects.values_list("programme", flat=True)) == ["diabetes", "hypertension"]


def test_management_that_was_ended_does_not_come_back(load):
    load([resident()])
    enrolment = Enrolment.objects.get()
    Enrolment.objects.filter(pk=enrolment.pk).update(
        period=type(enrolment.period)(enrolment.period.lower, ON)
    )
    Patient.objects.update(programmes=[])
    [archive, _visits] = load([resident()])

    assert (archive.accepted, archive.unchanged) == (0, 1)
    assert Enrolment.objects.count() == 1


def test_a_resident_of_another_centre_is_refused_without_saying_more(load, nanquan):
    load([resident()], organization=nanquan.other_centre)
    archive, visits = load([resident()], [visit()])

    assert rows_of(archive, "rejected") == [(3, "registered_elsewhere")]
    assert rows_of(visits, "rejected") == [(2, "patient_row_rejected")]
    assert nanquan.other_centre.name not in archive.rejected[0].message
    assert Patient.objects.count() == 1


def test_a_visit_after_the_persons_death_is_refused_and_an_earlier_one_books_nothing(load):
    load([resident()])
    enrolment_module.died(Patient.objects.get(), on=date(2023, 2, 1), by=None)
    [_archive, visits] = load([], [visit(visited_on="2023-01-21"), visit(visited_on="2023-02-02")])

    assert rows_of(visits, "rejected") == [(3, "visit_after_death")]
    assert (visits.accepted, Encounter.objects.count()) == (1, 1)
    assert not Appointment.objects.filter(status="booked").exists()


def test_a_team_that_was_closed_is_unknown(load, nanquan):
    CareTeam.objects.filter(pk=nanquan.team.pk).update(closed_on=ON)
    archive, _visits = load([resident()])

    assert rows_of(archive, "rejected") == [(3, "unknown_team")]


def test_every_batch_of_rows_leaves_an_audit_line(load):
    load([resident()], [visit()])

    lines = AuditEvent.objects.filter(action="roster.import").order_by("pk")
    assert [line.detail for line in lines] == [
        {"sheet": "居民档案", "rows": 1},
        {"sheet": "随访记录", "rows": 1},
    ]


def test_no_table_but_the_sealed_one_holds_an_identity_number(load, nanquan):
    load([resident()], [visit()])
    from django.db import connection

    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{LI}%"])
            assert cursor.fetchone()[0] == 0, table
