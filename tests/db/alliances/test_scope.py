"""What each role opens follows the who-sees-whom table."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from psycopg2.extras import DateRange

from alliances.models import PractitionerRole, Role
from alliances.permissions import TABLE, Permission
from alliances.scope import scope_of
from patients.models import AccessGrant, Patient
from patients.programmes import Programme
from tests.world import World


def seen(world: World, part: str) -> set[str]:
    user = type(world.users[part]).objects.get(pk=world.users[part].pk)  # a new request: nothing cached
    return set(Patient.objects.visible_to(user).values_list("name", flat=True))


@pytest.fixture
def residents(world: World) -> World:
    world.patient("甲")
    world.patient("乙", team=world.second_team)
    world.patient("丙", organization=world.other_centre)
    return world


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ("doctor", {"甲", "乙"}),
        ("nurse", {"甲", "乙"}),
        ("team_lead", {"甲"}),
        ("centre_admin", {"甲", "乙"}),
        ("outsider", {"丙"}),
        ("specialist", set()),
        ("alliance_admin", set()),
        ("privacy_officer", set()),
        ("operator", set()),
    ],
)
def test_each_role_sees_its_residents_and_no_others(residents: World, part: str, names: set[str]) -> None:
    assert seen(residents, part) == names


def test_a_grant_opens_the_record_to_the_department_for_its_period_only(residents: World) -> None:
    patient = Patient.objects.get(name="甲")
    today = timezone.localdate()
    grant = AccessGrant.objects.create(
        patient=patient, organization=residents.secondary, department=residents.cardiology,
        basis="referral", period=DateRange(today, today + timedelta(days=1)),
    )  # fmt: skip

    assert seen(residents, "specialist") == {"甲"}
    assert seen(residents, "other_specialist") == set()

    grant.period = DateRange(today - timedelta(days=9), today)
    grant.save()
    assert seen(residents, "specialist") == set()


def test_a_post_that_ended_takes_its_access_with_it(residents: World) -> None:
    post = PractitionerRole.objects.get(user=residents.doctor)
    post.period = DateRange(date(2020, 1, 1), timezone.localdate())
    post.save()

    assert seen(residents, "doctor") == set()
    assert not scope_of(type(residents.doctor).objects.get(pk=residents.doctor.pk)).permissions


def test_an_administrator_sees_the_organizations_below(residents: World) -> None:
    residents.other_centre.parent = residents.centre
    residents.other_centre.save()

    assert seen(residents, "centre_admin") == {"甲", "乙", "丙"}


def test_an_api_client_sees_the_rows_of_its_organization(residents: World) -> None:
    assert set(Patient.objects.visible_to(residents.api_client).values_list("name", flat=True)) == {
        "甲",
        "乙",
    }


def test_a_disabled_user_sees_nothing(residents: World) -> None:
    residents.doctor.is_active = False
    residents.doctor.save()
    assert seen(residents, "doctor") == set()


def test_every_role_stands_in_the_table() -> None:
    assert set(TABLE) == set(Role)


def test_numbers_only_roles_never_open_a_patient() -> None:
    for role in (
        Role.ALLIANCE_ADMIN,
        Role.BUREAU_VIEWER,
        Role.CDC_ANALYST,
        Role.OPERATOR,
        Role.PRIVACY_OFFICER,
    ):
        assert not TABLE[role].may & {Permission.PATIENT_OPEN, Permission.PERFORMANCE_PATIENTS}


def test_scope_of_a_doctor_takes_one_statement(residents: World, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        scope_of(type(residents.doctor)(pk=residents.doctor.pk, is_active=True))


def test_programmes_of_the_patient_follow_the_enrolments(world: World) -> None:
    assert world.patient("甲", Programme.DIABETES, Programme.HYPERTENSION).programmes == [
        "diabetes",
        "hypertension",
    ]


def test_what_one_post_allows_does_not_reach_the_residents_of_another(residents: World) -> None:
    """A nurse of the centre who is a specialist of the hospital too."""
    PractitionerRole.objects.create(
        user=residents.nurse, role=Role.SPECIALIST, organization=residents.secondary,
        department=residents.cardiology, period=DateRange(date(2020, 1, 1), None),
    )  # fmt: skip
    today = timezone.localdate()
    AccessGrant.objects.create(
        patient=Patient.objects.get(name="丙"), organization=residents.secondary,
        department=residents.cardiology, basis="referral", period=DateRange(today, None),
    )  # fmt: skip
    user = type(residents.nurse).objects.get(pk=residents.nurse.pk)

    def names(permission: Permission | None) -> set[str]:
        return set(Patient.objects.visible_to(user, doing=permission).values_list("name", flat=True))

    assert names(None) == {"甲", "乙", "丙"}
    assert names(Permission.VISIT_RECORD) == names(Permission.IDENTITY_UNMASK) == {"甲", "乙"}
    assert names(Permission.REFERRAL_RETURN) == {"丙"}
    assert names(Permission.REFERRAL_SEND) == set()
    assert scope_of(residents.api_client).doing(Permission.VISIT_RECORD, on=today).organization_ids
