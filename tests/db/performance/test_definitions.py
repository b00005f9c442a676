"""What each indicator counts, by the worked examples (facts F69-F75) and the national wording."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from psycopg2.extras import DateRange

from followups.models import Appointment
from patients import enrolment, responsibilities
from patients.models import Encounter, Enrolment, Observation, Patient, Responsibility
from patients.models.condition import EndReason
from patients.models.encounter import Method
from patients.programmes import Programme
from performance import rollup
from performance.models import IndicatorValue, Population
from tests.world import World, at

ON = date(2026, 11, 22)
HTN, DM = Programme.HYPERTENSION, Programme.DIABETES


def visit(patient: Patient, on: date, method: str = "clinic", **readings: Any) -> Encounter:
    return Encounter.objects.create(
        patient=patient, organization=patient.organization, care_team=patient.care_team, practitioner_name="周",
        on=on, method=method, programmes=patient.programmes, recorded_at=at(f"{on}T10:00"), **readings,
    )  # fmt: skip


def pressure(patient: Patient, on: date, systolic: int, diastolic: int, method: str = "clinic") -> Encounter:
    return visit(patient, on, method, systolic=systolic, diastolic=diastolic)


def cell(
    code: str, world: World, month: date = date(2026, 11, 1), team: Any = None
) -> tuple[int, int] | None:
    """(numerator, denominator) of a team's cell."""
    rollup.full(on=ON)
    found = IndicatorValue.objects.filter(
        indicator=code,
        month=month,
        team=(team or world.team).pk,
        organization=(team or world.team).organization,
    ).values_list("numerator", "denominator")
    return found.first()


def spread(count: int, year: int = 2026) -> Iterator[date]:
    return (date(year, 1, 5) + timedelta(days=50 * nth) for nth in range(count))


@pytest.mark.parametrize(
    ("methods", "reached"),
    [
        (["clinic", "home", "clinic", "home"], 1),
        (["clinic", "home", "clinic", "phone"], 0),
        (["clinic", "home", "clinic", "video", "phone", "phone"], 0),
        (["clinic", "home", "clinic"], 0),
        (["clinic"] * 6, 1),
    ],
)
def test_four_face_to_face_visits_make_standard_management_and_a_telephone_call_is_none(
    world: World, methods: list[str], reached: int
) -> None:
    patient = world.patient("甲", HTN)
    for on, method in zip(spread(len(methods)), methods, strict=True):
        visit(patient, on, method)
    assert cell("htn-standard-managed", world) == (reached, 1)
    assert cell("htn-followups", world) == (len(methods), 1)


def test_visits_of_another_year_do_not_count(world: World) -> None:
    patient = world.patient("甲", HTN)
    for on in [date(2025, 12, 31), *spread(3)]:
        visit(patient, on)
    assert cell("htn-standard-managed", world) == (0, 1)
    assert cell("htn-followups", world) == (3, 1)
    assert cell("htn-followups", world, date(2025, 12, 1)) == (1, 1)


def test_a_month_is_the_year_up_to_its_end(world: World) -> None:
    patient = world.patient("甲", HTN)
    for on in (date(2026, 1, 5), date(2026, 3, 5), date(2026, 5, 5), date(2026, 8, 31)):
        visit(patient, on)
    assert cell("htn-standard-managed", world, date(2026, 7, 1)) == (0, 1)
    assert cell("htn-standard-managed", world, date(2026, 8, 1)) == (1, 1)
    assert cell("htn-followups", world, date(2026, 4, 1)) == (2, 1)


def test_one_visit_of_a_person_with_both_diseases_counts_for_each(world: World) -> None:
    patient = world.patient("甲", HTN, DM)
    visit(patient, date(2026, 2, 1), systolic=130, diastolic=80, fasting_glucose=6.9)
    for code in ("htn-followups", "dm-followups", "htn-controlled", "dm-controlled"):
        assert cell(code, world) == (1, 1)


def test_f71_the_last_visit_of_the_year_decides_not_the_best_and_not_the_mean(world: World) -> None:
    patient = world.patient("甲", HTN, born=date(1968, 3, 2))
    pressure(patient, date(2026, 2, 1), 136, 80)
    pressure(patient, date(2026, 5, 1), 150, 92)
    pressure(patient, date(2026, 8, 1), 138, 86)
    assert cell("htn-controlled", world, date(2026, 4, 1)) == (1, 1)
    assert cell("htn-controlled", world, date(2026, 7, 1)) == (0, 1)
    assert cell("htn-controlled", world) == (1, 1)


@pytest.mark.parametrize(
    ("born", "systolic", "diastolic", "controlled"),
    [
        (date(1970, 1, 1), 139, 89, 1),
        (date(1970, 1, 1), 140, 80, 0),
        (date(1970, 1, 1), 130, 90, 0),
        (date(1961, 8, 1), 149, 89, 1),  # 65 on the day of the visit
        (date(1961, 8, 2), 149, 89, 0),  # 64 on the day of the visit
        (date(1950, 1, 1), 150, 89, 0),
    ],
)
def test_the_assessment_line_is_the_protocols_by_age_on_the_day_of_the_visit(
    world: World, born: date, systolic: int, diastolic: int, controlled: int
) -> None:
    pressure(world.patient("甲", HTN, born=born), date(2026, 8, 1), systolic, diastolic)
    assert cell("htn-controlled", world) == (controlled, 1)


@pytest.mark.parametrize(("glucose", "controlled"), [(6.9, 1), (7.0, 0)])
def test_fasting_glucose_below_seven_is_controlled(world: World, glucose: float, controlled: int) -> None:
    visit(world.patient("甲", DM), date(2026, 8, 1), fasting_glucose=glucose)
    assert cell("dm-controlled", world) == (controlled, 1)


def test_a_glucose_that_is_not_fasting_decides_nothing(world: World) -> None:
    patient = world.patient("甲", DM)
    visit(patient, date(2026, 8, 1), fasting_glucose=6.0)
    visit(patient, date(2026, 9, 1), random_glucose=12)
    assert cell("dm-controlled", world) == (1, 1)


def test_a_visit_without_the_reading_leaves_the_one_before_it_the_last(world: World) -> None:
    patient = world.patient("甲", HTN)
    pressure(patient, date(2026, 8, 1), 130, 80)
    visit(patient, date(2026, 9, 1), "phone")
    visit(patient, date(2026, 9, 2), systolic=130)
    assert cell("htn-controlled", world) == (1, 1)
    visit(patient, date(2026, 9, 3), diastolic=95)
    assert cell("htn-controlled", world) == (0, 1), "one failing value decides"


def test_readings_from_home_never_count(world: World) -> None:
    patient = world.patient("甲", HTN)
    pressure(patient, date(2026, 8, 1), 160, 95)
    for code, value in (("systolic", 120), ("diastolic", 70)):
        Observation.objects.create(
            patient=patient, organization=patient.organization, code=code, value=value, source="home",
            at=at("2026-10-01T08:00"),
        )  # fmt: skip
    assert cell("htn-controlled", world) == (0, 1)


def test_f70_the_lost_stay_in_the_base(world: World) -> None:
    for number in range(10):
        patient = world.patient(f"人{number}", HTN)
        if number < 7:
            pressure(patient, date(2026, 8, 1), 130, 80)
        elif number < 9:
            pressure(patient, date(2026, 8, 1), 170, 80)
        else:
            enrolment.end(
                Enrolment.objects.get(patient=patient), on=date(2026, 6, 1), reason=EndReason.LOST, by=None
            )
    assert cell("htn-controlled", world) == (7, 10)


def test_management_that_ended_before_the_year_is_not_in_the_base(world: World) -> None:
    patient = world.patient("甲", HTN)
    enrolment.end(
        Enrolment.objects.get(patient=patient), on=date(2025, 12, 31), reason=EndReason.MOVED, by=None
    )
    assert cell("htn-controlled", world) is None
    assert cell("htn-controlled", world, date(2025, 12, 1)) == (0, 1)


def test_a_resident_who_begins_again_in_the_year_counts_once(world: World) -> None:
    patient = world.patient("甲", HTN)
    enrolment.end(Enrolment.objects.get(patient=patient), on=date(2026, 3, 1), reason=EndReason.LOST, by=None)
    enrolment.enrol(patient, HTN, on=date(2026, 6, 1), by=None)
    assert cell("htn-standard-managed", world) == (0, 1)


def test_a_resident_who_moved_stays_with_the_team_of_the_day(world: World) -> None:
    patient = world.patient("甲", HTN)
    for on in spread(4):
        visit(patient, on)
    responsibilities.assign(
        patient, organization=world.other_centre, care_team=world.other_team, on=date(2026, 9, 15), by=None
    )
    assert cell("htn-standard-managed", world, date(2026, 8, 1)) == (1, 1)
    assert cell("htn-standard-managed", world, date(2026, 9, 1)) is None
    assert cell("htn-standard-managed", world, date(2026, 9, 1), world.other_team) == (1, 1)
    assert cell("htn-standard-managed", world, date(2026, 8, 1), world.other_team) is None


def test_f72_contracts_of_the_dead_and_the_expired_do_not_count(world: World) -> None:
    Population.objects.create(organization=world.centre, care_team=world.team, year=2026, residents=100)
    for number in range(36):
        patient = world.patient(f"人{number}", contract=False)
        contract = world.contract(patient, begins=date(2026, 1, 1))
        if number < 4:
            enrolment.died(patient, on=date(2026, 5, 1), by=None)
        elif number < 10:
            contract.period = DateRange(date(2025, 1, 1), date(2026, 1, 1))
            contract.save()
    assert cell("contracted", world) == (26, 100)
    assert cell("contracted", world, date(2026, 4, 1)) == (30, 100), "they lived in April"


def test_f75_without_a_register_there_is_no_rate(world: World) -> None:
    from journal.templatetags.yl import percent

    world.contract(world.patient("甲", contract=False), begins=date(2026, 1, 1))
    assert cell("contracted", world) == (1, 0)
    assert percent(1, 0) is None


def test_f69_the_rate_is_rounded_half_up() -> None:
    from journal.templatetags.yl import percent

    assert str(percent(3302, 5410)) == "61.04"
    assert str(percent(1, 800)) == "0.13"


def test_an_appointment_kept_within_a_week_is_on_time_and_a_cancelled_one_is_not_due(world: World) -> None:
    patient = world.patient("甲", HTN)
    Appointment.objects.all().delete()
    cases = [
        (date(2026, 3, 1), "fulfilled", date(2026, 3, 8)),
        (date(2026, 4, 1), "fulfilled", date(2026, 4, 9)),
        (date(2026, 5, 1), "cancelled", None),
        (date(2026, 6, 1), "noshow", None),
        (date(2026, 11, 22), "booked", None),
    ]
    for due, status, done in cases:
        Appointment.objects.create(
            patient=patient, organization=patient.organization, care_team=patient.care_team, due_on=due,
            status=status, fulfilled_on=done, booked_on=date(2026, 1, 1),
        )  # fmt: skip
    assert cell("followups-on-time", world) == (1, 4)
    assert cell("followups-on-time", world, date(2026, 3, 1)) == (1, 1)


def test_an_appointment_of_tomorrow_is_not_due_yet(world: World) -> None:
    patient = world.patient("甲", HTN)
    Appointment.objects.all().delete()
    Appointment.objects.create(
        patient=patient,
        organization=patient.organization,
        due_on=ON + timedelta(days=1),
        booked_on=date(2026, 1, 1),
    )
    assert cell("followups-on-time", world) is None


def test_residents_without_a_team_stand_in_the_organizations_own_cell(world: World) -> None:
    patient = world.patient("甲", HTN)
    Responsibility.objects.filter(patient=patient).update(care_team=None)
    assert cell("htn-standard-managed", world) is None
    assert (
        IndicatorValue.objects.get(
            indicator="htn-standard-managed", month=date(2026, 11, 1), organization=world.centre
        ).team
        == 0
    )


def test_the_methods_that_count_are_the_face_to_face_ones() -> None:
    from patients.models.encounter import FACE_TO_FACE

    assert set(FACE_TO_FACE) == {Method.CLINIC, Method.HOME}
