"""A merge of many residents is set-wise, audited, and gets along with whoever saves something at that moment."""

import threading
import time
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from psycopg2.extras import DateRange

from alliances import reorganization
from alliances.models import Organization
from followups.calendar import appointments
from followups.models import Appointment, AppointmentReason
from patients.identity import IdentityText, new_identity
from patients.models import Contract, Identity, Patient, Responsibility
from patients.programmes import Programme
from tests.guards.audit import audited_commits
from tests.world import SINCE, World

TODAY = timezone.localdate()


def merge(world: World, organization: Organization | None = None) -> Organization:
    """The other centre, or another organization, becomes a part of the centre."""
    return reorganization.merge(
        organization or world.other_centre, into=world.centre, on=TODAY, by=world.operator
    )


def test_a_merge_is_audited(committed_world: World) -> None:
    committed_world.patient("甲", organization=committed_world.other_centre)
    with audited_commits():
        merge(committed_world)
    assert Patient.objects.get().organization == committed_world.centre


def many(world: World, count: int) -> None:
    """Residents of the other centre with identity, contract and due follow-up, in bulk."""
    people = Patient.objects.bulk_create(
        Patient(
            name=f"居民{n}", pinyin="ju min", initials="jm", sex="female", birth_date=date(1960, 1, 1),
            organization=world.other_centre, care_team=world.other_team, programmes=["hypertension"],
        )
        for n in range(count)
    )  # fmt: skip
    Responsibility.objects.bulk_create(
        Responsibility(patient=p, organization=world.other_centre, care_team=world.other_team, period=DateRange(SINCE, None))
        for p in people
    )  # fmt: skip
    Identity.objects.bulk_create(
        new_identity(p.pk, world.other_centre.pk, IdentityText(f"50011319600101{n:04d}", f"139{n:08d}"))
        for n, p in enumerate(people)
    )
    Appointment.objects.bulk_create(
        Appointment(patient=p, organization=world.other_centre, care_team=world.other_team, booked_on=TODAY, due_on=TODAY)
        for p in people
    )  # fmt: skip
    Contract.objects.bulk_create(
        Contract(patient=p, package=world.package, organization=world.other_centre, care_team=world.other_team,
                 signed_on=SINCE, period=DateRange(SINCE, None))
        for p in people
    )  # fmt: skip


@pytest.mark.parametrize("count", [50, 2000])
def test_a_merge_takes_the_same_statements_for_any_number_of_residents(world: World, count: int) -> None:
    many(world, count)
    begun = time.monotonic()
    with CaptureQueriesContext(connection) as statements:
        merge(world)
    seconds = time.monotonic() - begun
    batches = -(-count // 1000)
    assert len(statements) <= 110 + 2 * batches
    assert Patient.objects.filter(organization=world.centre).count() == count
    assert seconds < 20


def test_a_visit_saved_at_the_same_moment_and_the_merge_do_not_block_each_other(
    committed_world: World,
) -> None:
    world = committed_world
    for round_ in range(3):
        place = Organization.objects.create(code=f"p{round_}", name=f"站{round_}", tier="community")
        team = place.care_teams.create(code="t", name="队")
        one = world.patient("甲", Programme.HYPERTENSION, organization=place, team=team)
        results: list[Any] = []

        def book(whom: Patient = one, results: list[Any] = results) -> None:
            try:
                due = TODAY + timedelta(days=1)
                results.append(
                    appointments.book(whom, due_on=due, reason=AppointmentReason.RECHECK, by=None, on=TODAY)
                )
            except Exception as error:  # noqa: BLE001 - the error is the result that the test judges
                results.append(error)
            finally:
                connections.close_all()

        thread = threading.Thread(target=book)
        thread.start()
        merge(world, organization=place)
        thread.join(20)
        assert isinstance(results[0], Appointment), results
        due = Appointment.objects.booked().get(patient=one)
        assert due.organization == world.centre
