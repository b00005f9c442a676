"""Two real connections at the same moment: one wins, the other is told. And what the database refuses by itself."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from patients import enrolment
from patients.models import AccessGrant, Patient
from referrals import handovers
from referrals.handovers import DeclineReason, Overtaken, Refused
from referrals.models import ReferralReply, ReferralStatus, ServiceRequest, State
from referrals.states import Side
from tests.at_once import at_once
from tests.db.referrals.conftest import FRIDAY, later, letter, make_patient
from tests.world import World

WAIT = 20.0


def test_two_desks_accept_at_the_same_moment_and_one_is_told(committed_world: World) -> None:
    world = committed_world
    request = handovers.send(make_patient(world), letter(world), by=world.doctor, at=FRIDAY)
    results = at_once(
        lambda: handovers.accept(request.pk, by=world.specialist, at=later(1)),
        lambda: handovers.accept(request.pk, by=world.second_specialist, at=later(1)),
    )
    won = [r for r in results if isinstance(r, ReferralStatus)]
    told = [r for r in results if isinstance(r, Overtaken)]
    assert (len(won), len(told)) == (1, 1), results
    assert won[0].by is not None
    assert won[0].by.name in str(told[0])
    assert ReferralStatus.objects.filter(request=request, event="accept").count() == 1
    assert AccessGrant.objects.count() == 1


def test_one_accepts_while_the_other_declines(committed_world: World) -> None:
    world = committed_world
    request = handovers.send(make_patient(world), letter(world), by=world.doctor, at=FRIDAY)
    results = at_once(
        lambda: handovers.accept(request.pk, by=world.specialist, at=later(1)),
        lambda: handovers.decline(
            request.pk, DeclineReason.NOT_NEEDED, "社区可管", by=world.second_specialist, at=later(1)
        ),
    )
    assert [isinstance(r, Overtaken) for r in results].count(True) == 1, results
    request.refresh_from_db()
    assert (request.state == State.ACCEPTED) == AccessGrant.objects.exists()


def test_two_doctors_refer_the_same_resident_and_one_is_told(committed_world: World) -> None:
    world = committed_world
    patient = make_patient(world)
    results = at_once(
        lambda: handovers.send(patient, letter(world), by=world.doctor, at=FRIDAY),
        lambda: handovers.send(patient, letter(world), by=world.colleague, at=FRIDAY),
    )
    assert sum(isinstance(r, Refused) for r in results) == 1, results
    assert ServiceRequest.objects.count() == 1


def test_the_clicks_wait_for_the_lock_and_not_for_luck(committed_world: World) -> None:
    """While one transaction holds the row, another cannot even look whether it may act."""
    world = committed_world
    request = handovers.send(make_patient(world), letter(world), by=world.doctor, at=FRIDAY)
    done = threading.Event()
    result: list[Any] = []

    def second() -> None:
        try:
            handovers.accept(request.pk, by=world.second_specialist, at=later(1))
        except Overtaken as overtaken:
            result.append(overtaken)
        finally:
            done.set()
            connections.close_all()

    with transaction.atomic():
        handovers.accept(request.pk, by=world.specialist, at=later(1))
        thread = threading.Thread(target=second)
        thread.start()
        assert not done.wait(0.5)
    assert done.wait(WAIT)
    thread.join(WAIT)
    assert len(result) == 1


# ---- what the database refuses whoever asks


def refused_by_database(statement: str, *values: Any) -> str:
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    return str(error.value)


def test_a_state_that_the_table_does_not_connect_is_refused(sent: ServiceRequest) -> None:
    message = refused_by_database(
        "UPDATE referrals_servicerequest SET state = 'completed', due_at = NULL WHERE id = %s", sent.pk
    )
    assert "submitted to completed" in message


def test_an_unknown_state_is_refused(sent: ServiceRequest) -> None:
    refused_by_database("UPDATE referrals_servicerequest SET state = 'lost' WHERE id = %s", sent.pk)


def test_an_ended_request_keeps_no_clock(sent: ServiceRequest) -> None:
    message = refused_by_database(
        "UPDATE referrals_servicerequest SET state = 'cancelled' WHERE id = %s", sent.pk
    )
    assert "servicerequest_ended_has_no_clock" in message


def test_a_sender_cannot_accept_even_in_sql(world: World, sent: ServiceRequest) -> None:
    step = ReferralStatus(
        request=sent, event="accept", from_state="submitted", to_state="accepted", side=Side.SENDER,
        by=world.doctor, at=FRIDAY,
    )  # fmt: skip
    with pytest.raises(DatabaseError, match="referralstatus_side_may"), transaction.atomic():
        step.save()


def test_a_receiver_cannot_complete_even_in_sql(world: World, sent: ServiceRequest) -> None:
    step = ReferralStatus(
        request=sent, event="confirm", from_state="returned", to_state="completed", side=Side.RECEIVER,
        by=world.specialist, at=FRIDAY,
    )  # fmt: skip
    with pytest.raises(DatabaseError, match="referralstatus_side_may"), transaction.atomic():
        step.save()


def test_steps_snapshots_and_replies_are_never_changed(staged: Callable[[str], ServiceRequest]) -> None:
    request = staged("returned")
    for table, column in (
        ("referralstatus", "request_id"),
        ("casesnapshot", "request_id"),
        ("referralreply", "request_id"),
    ):
        for verb in ("DELETE FROM", "UPDATE"):
            change = f" SET {column} = {column}" if verb == "UPDATE" else ""
            message = refused_by_database(
                f"{verb} referrals_{table}{change} WHERE {column} = %s",
                request.pk,
            )
            assert "append-only" in message
    assert ReferralReply.objects.filter(pk=request.pk).exists()


def test_two_open_requests_for_one_disease_are_refused(sent: ServiceRequest) -> None:
    second = ServiceRequest.objects.get(pk=sent.pk)
    second.pk, second._state.adding = None, True
    second.id = ServiceRequest._meta.get_field("id").get_default()
    with pytest.raises(DatabaseError, match="servicerequest_one_open"), transaction.atomic():
        second.save(force_insert=True)


def test_a_submitted_request_without_consent_is_refused(sent: ServiceRequest) -> None:
    message = refused_by_database(
        "UPDATE referrals_servicerequest SET consent_id = NULL WHERE id = %s", sent.pk
    )
    assert "servicerequest_submitted_with_consent" in message


def test_the_grant_has_ended_by_itself(world: World, sent: ServiceRequest) -> None:
    handovers.accept(sent.pk, by=world.specialist, at=later(1))
    grant = AccessGrant.objects.get()
    handovers.arrive(sent.pk, by=world.specialist, at=later(2))
    handovers.close(sent.pk, handovers.CloseReason.OTHER, "已好转", by=world.specialist, at=later(3))
    grant.refresh_from_db()
    last = timezone.localdate(later(3)) + timedelta(days=30)
    assert grant.period.upper == last + timedelta(days=1)
    assert not Patient.objects.visible_to(world.specialist, on=grant.period.upper).exists()


def test_a_death_and_a_step_at_the_same_moment_do_not_block_each_other(committed_world: World) -> None:
    """The step writes a grant of the resident, the death closes the resident's request: both take the person first."""
    world = committed_world
    for _round in range(4):
        patient = make_patient(world)
        request = handovers.send(patient, letter(world), by=world.doctor, at=FRIDAY)
        stepped, died = at_once(
            lambda key=request.pk: handovers.accept(key, by=world.specialist, at=later(1)),
            lambda whom=patient: enrolment.died(whom, on=FRIDAY.date(), by=world.doctor),
        )
        assert isinstance(died, Patient), died
        assert isinstance(stepped, ReferralStatus | Refused), stepped
