"""Messages leave once, over a real mail server, to those who agreed; what is uncertain is parked."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from followups import reminders
from followups.models import Appointment
from followups.reminders import planning
from journal import delivery, outbox
from journal.models import Channel, Communication, CommunicationStatus
from patients.identity import IdentityText, new_identity
from patients.models import Consent, Identity, Patient
from patients.programmes import Programme
from tests.mail_peer import MailPeer
from tests.world import World

TODAY = date(2026, 11, 22)


def due(patient: Patient, day: date) -> Appointment:
    """An open follow-up, booked without its reminder, as an import does."""
    Appointment.objects.filter(patient=patient).delete()
    return Appointment.objects.create(
        patient=patient, organization=patient.organization, care_team=patient.care_team,
        due_on=day, booked_on=day - timedelta(days=90),
    )  # fmt: skip


def with_mail(patient: Patient, *, agreed: bool | None = True) -> Patient:
    Identity.objects.filter(pk=patient.pk).delete()
    new_identity(patient.pk, patient.organization_id, IdentityText(email="li@example.test")).save()
    if agreed is not None:
        Consent.objects.create(patient=patient, kind="reminder", given=agreed, at=timezone.now())
    return patient


@pytest.fixture
def planned(world: World) -> Patient:
    """A resident with a follow-up tomorrow whose reminder has been planned."""
    patient = with_mail(world.patient("李佩兰", Programme.HYPERTENSION))
    Communication.objects.all().delete()
    due(patient, timezone.localdate() + timedelta(days=1))
    planning.plan_reminders(on=timezone.localdate())
    return patient


def of(channel: Channel) -> Communication:
    return Communication.objects.get(channel=channel)


def test_planning_writes_one_message_per_channel_and_nothing_the_second_time(world: World) -> None:
    patient = world.patient("甲", Programme.HYPERTENSION)
    Communication.objects.all().delete()
    due(patient, TODAY + timedelta(days=2))

    assert planning.plan_reminders(on=TODAY) == (2, 0)
    assert planning.plan_reminders(on=TODAY) == (0, 0)
    assert of(Channel.IN_APP).recipient_id == str(world.team.pk)


def test_the_planner_writes_what_the_save_writes(world: World) -> None:
    patient = world.patient("甲", Programme.HYPERTENSION)
    Communication.objects.all().delete()
    appointment = due(patient, TODAY + timedelta(days=2))
    planning.plan_reminders(on=TODAY)
    same = (
        "key",
        "kind",
        "recipient_kind",
        "recipient_id",
        "patient_id",
        "organization_id",
        "content",
        "not_before",
    )
    for saved in reminders.messages(appointment, ""):
        by_plan = of(Channel(saved.channel))
        assert {f: getattr(by_plan, f) for f in same} == {f: getattr(saved, f) for f in same}


def test_a_follow_up_long_past_or_far_ahead_is_not_planned(world: World) -> None:
    for days in (-100, 30):
        due(world.patient(f"居民{days}", Programme.HYPERTENSION), TODAY + timedelta(days=days))
    Communication.objects.all().delete()
    assert planning.plan_reminders(on=TODAY).written == 0


def test_a_reminder_whose_day_was_moved_is_taken_back(world: World) -> None:
    patient = world.patient("甲", Programme.HYPERTENSION)
    Communication.objects.all().delete()
    due(patient, TODAY + timedelta(days=3))
    planning.plan_reminders(on=TODAY)
    Appointment.objects.update(due_on=TODAY + timedelta(days=1))

    assert planning.plan_reminders(on=TODAY) == (2, 2)
    waiting = Communication.objects.filter(status=CommunicationStatus.PREPARATION)
    assert {m.content["about"]["due"]["due_on"] for m in waiting} == {"2026-11-23"}


def test_a_reminder_reaches_the_app_and_the_mailbox_once(planned: Patient, mail_peer: MailPeer) -> None:
    later = timezone.now() + timedelta(days=1)
    delivery.deliver(at=later)
    delivery.deliver(at=later)

    assert {m.status for m in Communication.objects.all()} == {CommunicationStatus.COMPLETED}
    assert len(mail_peer.letters) == 1
    letter = mail_peer.letters[0]
    assert letter["To"] == "li@example.test"
    assert letter["X-Yilian-Key"] == of(Channel.EMAIL).key
    body = letter.get_payload(decode=True).decode()
    assert "南泉街道社区卫生服务中心" in body
    assert "高血压" not in body


@pytest.mark.parametrize("agreed", [False, None])
def test_nobody_who_did_not_agree_gets_mail(world: World, mail_peer: MailPeer, agreed: bool | None) -> None:
    patient = with_mail(world.patient("甲", Programme.HYPERTENSION), agreed=agreed)
    Communication.objects.all().delete()
    due(patient, timezone.localdate() + timedelta(days=1))
    planning.plan_reminders(on=timezone.localdate())
    delivery.deliver(at=timezone.now() + timedelta(days=1))
    assert mail_peer.letters == []
    assert set(Communication.objects.filter(channel=Channel.EMAIL).values_list("status", "last_error")) == {
        ("stopped", "no consent")
    }


def test_the_latest_answer_about_reminders_counts(planned: Patient, mail_peer: MailPeer) -> None:
    Consent.objects.create(patient=planned, kind="reminder", given=False, at=timezone.now())
    delivery.deliver(at=timezone.now() + timedelta(days=1))
    assert mail_peer.letters == []


def test_a_busy_server_is_tried_again_later(planned: Patient, mail_peer: MailPeer) -> None:
    mail_peer.recipient_answer = "450 mailbox busy"
    now = timezone.now() + timedelta(days=1)
    delivery.deliver(at=now)
    message = of(Channel.EMAIL)
    assert (message.status, message.last_error) == ("preparation", "SMTPResponseException 450")
    assert message.not_before > now

    mail_peer.recipient_answer = "250 OK"
    delivery.deliver(at=now + timedelta(hours=1))
    assert of(Channel.EMAIL).status == CommunicationStatus.COMPLETED


def test_a_refusal_for_good_is_not_tried_again(planned: Patient, mail_peer: MailPeer) -> None:
    mail_peer.answer = "550 no such user li@example.test"
    delivery.deliver(at=timezone.now() + timedelta(days=1))
    message = of(Channel.EMAIL)
    assert message.status == CommunicationStatus.FAILED
    assert "example.test" not in message.last_error


def test_a_line_that_breaks_after_the_letter_leaves_it_uncertain(
    planned: Patient, mail_peer: MailPeer
) -> None:
    mail_peer.answer = "silence"
    now = timezone.now() + timedelta(days=1)
    delivery.deliver(at=now)
    assert of(Channel.EMAIL).status == CommunicationStatus.UNCERTAIN
    mail_peer.answer = "250 OK"
    delivery.deliver(at=now + timedelta(days=1))
    assert len(mail_peer.letters) == 1


def test_without_a_mail_server_the_app_is_served_and_mail_waits(planned: Patient, settings) -> None:
    settings.EMAIL_HOST = ""
    delivery.deliver(at=timezone.now() + timedelta(days=1))
    assert of(Channel.IN_APP).status == CommunicationStatus.COMPLETED
    assert of(Channel.EMAIL).status == CommunicationStatus.PREPARATION


def test_an_unreachable_mail_server_is_tried_again(planned: Patient, settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    delivery.deliver(at=timezone.now() + timedelta(days=1))
    assert of(Channel.EMAIL).status == CommunicationStatus.PREPARATION
    assert (of(Channel.EMAIL).attempts, bool(of(Channel.EMAIL).last_error)) == (0, True)


def several(world: World, count: int) -> list[Communication]:
    """Reminders by mail to that many residents."""
    for n in range(count):
        due(
            with_mail(world.patient(f"居民{n}", Programme.HYPERTENSION)),
            timezone.localdate() + timedelta(days=1),
        )
    Communication.objects.all().delete()
    planning.plan_reminders(on=timezone.localdate())
    return list(Communication.objects.filter(channel=Channel.EMAIL).order_by("not_before", "id"))


def test_a_server_that_is_away_is_asked_once_a_run_and_costs_no_letter_its_chances(
    world: World, settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    several(world, 3)
    now = timezone.now() + timedelta(days=1)
    assert delivery.deliver(at=now)["put back"] == 2
    assert sorted(m.attempts for m in Communication.objects.filter(channel=Channel.EMAIL)) == [0, 0, 0]
    for hours in range(2, 40, 2):
        delivery.deliver(at=now + timedelta(hours=hours))
    waiting = Communication.objects.waiting().filter(channel=Channel.EMAIL)
    assert waiting.count() == 3
    assert max(m.attempts for m in waiting) == 0, (
        "a first 'later' of the server that came back is not the last"
    )


def test_a_letter_that_cannot_be_written_holds_up_none_of_the_others(
    world: World, mail_peer: MailPeer
) -> None:
    first, *_others = several(world, 3)
    Communication.objects.filter(pk=first.pk).update(kind="nobody-renders-this")
    delivery.deliver(at=timezone.now() + timedelta(days=1))
    first.refresh_from_db()
    assert (first.status, first.last_error) == ("failed", "not written: KeyError")
    assert len(mail_peer.letters) == 2


def test_what_a_slow_server_leaves_over_goes_back_untried(
    planned: Patient, mail_peer: MailPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "batch_lasts", lambda: timedelta(0))
    delivery.deliver(at=timezone.now() + timedelta(days=1))
    message = of(Channel.EMAIL)
    assert (message.status, message.attempts, message.lease_until) == ("preparation", 0, None)
    assert mail_peer.letters == []


def test_a_message_lost_between_sending_and_recording_is_parked(planned: Patient) -> None:
    now = timezone.now() + timedelta(days=1)
    (taken,) = outbox.claim(at=now, limit=10, channels=[Channel.EMAIL])
    assert outbox.leave(taken.pk, fallbacks=[], at=now)
    assert outbox.settle_lost(at=now, resend=()) == 0
    assert outbox.settle_lost(at=now + outbox.lease() * 2, resend=()) == 1
    assert of(Channel.EMAIL).status == CommunicationStatus.UNCERTAIN


def test_a_message_whose_worker_died_before_it_left_waits_again(planned: Patient) -> None:
    now = timezone.now() + timedelta(days=1)
    outbox.claim(at=now, limit=10, channels=[Channel.EMAIL])
    assert outbox.settle_lost(at=now + outbox.lease() * 2, resend=()) == 0
    assert (of(Channel.EMAIL).status, of(Channel.EMAIL).attempts) == (CommunicationStatus.PREPARATION, 0)


def test_a_worker_that_took_longer_than_its_lease_does_not_send(planned: Patient) -> None:
    now = timezone.now() + timedelta(days=1)
    (taken,) = outbox.claim(at=now, limit=10, channels=[Channel.EMAIL])
    assert not outbox.leave(taken.pk, fallbacks=[], at=now + outbox.lease() * 2)


def test_two_workers_never_take_the_same_message(committed_world: World) -> None:
    now = timezone.now()
    outbox.post(
        Communication(key=f"k{n}", kind="x", channel=Channel.IN_APP, recipient_kind="user", recipient_id="1",
                      not_before=now)
        for n in range(200)
    )  # fmt: skip
    taken: list[list[str]] = []
    ready = threading.Barrier(4)

    def worker() -> None:
        try:
            ready.wait()
            mine: list[str] = []
            while claimed := outbox.claim(at=now, limit=7, channels=[Channel.IN_APP]):
                mine += [m.key for m in claimed]
            taken.append(mine)
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    everything = [key for mine in taken for key in mine]
    assert len(everything) == 200
    assert len(set(everything)) == 200


def test_the_same_key_is_posted_once(db: None) -> None:
    message = {
        "kind": "x",
        "channel": Channel.IN_APP,
        "recipient_kind": "user",
        "recipient_id": "1",
        "not_before": timezone.now(),
    }
    outbox.post([Communication(key="k", **message)])
    outbox.post([Communication(key="k", **message)])
    assert Communication.objects.count() == 1
