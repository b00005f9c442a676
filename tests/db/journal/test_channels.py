"""Each person by their own channel, the next one where the first does not reach; receipts; pace; quiet hours."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from followups.reminders import planning
from journal import delivery, outbox, pace, parked
from journal.channels.gateway import signature
from journal.models import Channel, Communication, CommunicationStatus
from journal.quiet import quiet_until
from patients import contact
from patients.identity import IdentityText, new_identity
from patients.models import Consent, ContactPreference, Identity, Patient
from patients.programmes import Programme
from tests.at_once import at_once
from tests.db.journal.test_delivery import due
from tests.mail_peer import MailPeer
from tests.world import World

SECRET = "s" * 32
NOW = timezone.now() + timedelta(days=1)


class Gateway:
    """A gateway that keeps what it is given and answers what it is told."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.answer, self.headers = 202, {}
        self.silent = False
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                gateway.got.append(
                    {**json.loads(body), "key": self.headers["Idempotency-Key"],
                     "signed": signature(SECRET, self.headers["X-Yilian-Time"], body) == self.headers["X-Yilian-Signature"]}
                )  # fmt: skip
                if gateway.silent:
                    self.connection.close()
                    return
                said = json.dumps({"id": f"g{len(gateway.got)}"}).encode()
                self.send_response(gateway.answer)
                for name, value in gateway.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/messages"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def gateway(settings: Any) -> Iterator[Gateway]:
    made = Gateway()
    facts = {"url": made.url, "secret": SECRET, "honours_key": False}
    settings.MESSAGE_GATEWAYS = {"sms": facts, "wechat": {"url": "", "secret": "", "honours_key": False}}
    yield made
    made.server.shutdown()
    made.server.server_close()


def reachable(world: World, *, phone: str = "13800000000", email: str = "li@example.test") -> Patient:
    """A resident who agreed, with a follow-up tomorrow whose reminder has been planned."""
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    Identity.objects.filter(pk=patient.pk).delete()
    new_identity(patient.pk, patient.organization_id, IdentityText(phone=phone, email=email)).save()
    Consent.objects.create(patient=patient, kind="reminder", given=True, at=timezone.now())
    Communication.objects.all().delete()
    due(patient, timezone.localdate() + timedelta(days=1))
    planning.plan_reminders(on=timezone.localdate())
    return patient


def to_resident() -> Communication:
    return Communication.objects.get(recipient_kind="patient")


def test_a_text_message_carries_the_key_the_signature_and_no_disease(world: World, gateway: Gateway) -> None:
    reachable(world)
    delivery.deliver(at=NOW)
    (got,) = gateway.got
    message = to_resident()
    assert (got["to"], got["key"], got["signed"]) == ("13800000000", str(message.pk), True)
    assert "南泉街道社区卫生服务中心" in got["text"]
    assert "高血压" not in got["text"]
    assert (message.status, message.reference) == (CommunicationStatus.COMPLETED, "g1")


def test_who_has_no_telephone_gets_a_letter(world: World, gateway: Gateway, mail_peer: MailPeer) -> None:
    reachable(world, phone="")
    delivery.deliver(at=NOW)
    assert gateway.got == []
    assert len(mail_peer.letters) == 1
    assert to_resident().channel == Channel.EMAIL


def test_a_number_that_is_refused_for_good_gets_a_letter(
    world: World, gateway: Gateway, mail_peer: MailPeer
) -> None:
    reachable(world)
    gateway.answer = 422
    delivery.deliver(at=NOW)
    delivery.deliver(at=NOW + timedelta(hours=1))
    assert len(gateway.got) == 1
    assert len(mail_peer.letters) == 1


def test_the_residents_own_order_stands_before_ours(
    world: World, gateway: Gateway, mail_peer: MailPeer
) -> None:
    patient = reachable(world)
    contact.prefer(ContactPreference(patient=patient, channels=["email", "sms"]), by=world.nurse)
    delivery.deliver(at=NOW)
    assert gateway.got == []
    assert len(mail_peer.letters) == 1


def test_a_channel_that_is_gone_passes_its_messages_on(world: World, gateway: Gateway, settings: Any) -> None:
    reachable(world)
    Communication.objects.filter(recipient_kind="patient").update(channel="wechat", fallbacks=["sms"])
    delivery.deliver(at=NOW)
    assert len(gateway.got) == 1


def test_a_broken_line_parks_the_message_once(world: World, gateway: Gateway) -> None:
    reachable(world)
    gateway.silent = True
    for hours in range(3):
        delivery.deliver(at=NOW + timedelta(hours=hours))
    assert len(gateway.got) == 1
    assert to_resident().status == CommunicationStatus.UNCERTAIN


def test_a_broken_line_of_a_gateway_that_honours_the_key_is_tried_again(
    world: World, gateway: Gateway, settings: Any
) -> None:
    settings.MESSAGE_GATEWAYS["sms"]["honours_key"] = True
    reachable(world)
    gateway.silent = True
    delivery.deliver(at=NOW)
    gateway.silent = False
    delivery.deliver(at=NOW + timedelta(hours=1))
    assert len({got["key"] for got in gateway.got}) == 1
    assert len(gateway.got) == 2
    assert to_resident().status == CommunicationStatus.COMPLETED


def test_a_busy_gateway_is_left_alone_as_long_as_it_asks(world: World, gateway: Gateway) -> None:
    reachable(world)
    gateway.answer, gateway.headers = 429, {"Retry-After": "1200"}
    delivery.deliver(at=NOW)
    gateway.answer, gateway.headers = 202, {}
    delivery.deliver(at=NOW + timedelta(minutes=19))
    assert len(gateway.got) == 1
    delivery.deliver(at=NOW + timedelta(minutes=21))
    assert to_resident().status == CommunicationStatus.COMPLETED


def test_a_gateway_that_asks_to_wait_is_given_no_more_of_the_batch(world: World, gateway: Gateway) -> None:
    for name in ("甲", "乙", "丙"):
        patient = world.patient(name, Programme.HYPERTENSION)
        Identity.objects.filter(pk=patient.pk).delete()
        new_identity(patient.pk, patient.organization_id, IdentityText(phone="13800000000")).save()
        Consent.objects.create(patient=patient, kind="reminder", given=True, at=timezone.now())
        due(patient, timezone.localdate() + timedelta(days=1))
    Communication.objects.all().delete()
    planning.plan_reminders(on=timezone.localdate())
    gateway.answer, gateway.headers = 429, {"Retry-After": "5"}
    assert delivery.deliver(at=NOW)["put back"] == 2
    assert len(gateway.got) == 1
    to_residents = Communication.objects.filter(recipient_kind="patient")
    assert sorted(message.attempts for message in to_residents) == [0, 0, 1]
    gateway.answer, gateway.headers = 202, {}
    delivery.deliver(at=NOW + timedelta(seconds=6))
    assert to_residents.filter(status=CommunicationStatus.COMPLETED).count() == 2
    delivery.deliver(at=NOW + timedelta(minutes=5))
    assert to_residents.filter(status=CommunicationStatus.COMPLETED).count() == 3


def test_no_more_leave_in_a_minute_than_the_channel_allows(db: None) -> None:
    assert pace.take("sms", at=NOW, wanted=200, a_minute=250) == 200
    assert pace.take("sms", at=NOW + timedelta(seconds=30), wanted=200, a_minute=250) == 50
    assert pace.take("sms", at=NOW + timedelta(seconds=59), wanted=1, a_minute=250) == 0
    assert pace.take("sms", at=NOW + timedelta(seconds=60), wanted=200, a_minute=250) == 200


def test_nobody_is_disturbed_at_night_but_for_what_cannot_wait(
    world: World, gateway: Gateway, settings: Any
) -> None:
    settings.QUIET_HOURS = (time(0, 0), time(23, 59))
    reachable(world)
    delivery.deliver(at=NOW)
    assert gateway.got == []
    waiting = to_resident()
    assert (waiting.status, waiting.attempts) == (CommunicationStatus.PREPARATION, 0)
    assert waiting.not_before > NOW
    Communication.objects.filter(pk=waiting.pk).update(
        kind="abnormal_home", content={"about": {"abnormal_home": {}}}, not_before=NOW
    )
    delivery.deliver(at=NOW)
    assert len(gateway.got) == 1


@pytest.mark.parametrize(
    ("moment", "end"),
    [("20:59", None), ("21:00", "2026-12-02 08:00"), ("07:59", "2026-12-01 08:00"), ("08:00", None)],
)
def test_quiet_hours_reach_over_midnight(moment: str, end: str | None) -> None:
    at = datetime.combine(datetime(2026, 12, 1), time.fromisoformat(moment), ZoneInfo("Asia/Shanghai"))
    found = quiet_until(at, (time(21, 0), time(8, 0)))
    assert (found.strftime("%Y-%m-%d %H:%M") if found else None) == end


def test_a_no_stops_what_waits_and_what_is_planned_later(world: World, gateway: Gateway) -> None:
    patient = reachable(world)
    contact.answer(patient, given=False, by=world.nurse, at=timezone.now())
    assert to_resident().status == CommunicationStatus.STOPPED
    planning.plan_reminders(on=timezone.localdate())
    delivery.deliver(at=NOW)
    assert gateway.got == []
    assert Communication.objects.get(recipient_kind="team").status == CommunicationStatus.COMPLETED


def sent(world: World) -> Communication:
    reachable(world)
    delivery.deliver(at=NOW)
    return to_resident()


def test_a_receipt_says_that_it_arrived_and_a_second_one_changes_nothing(
    world: World, gateway: Gateway
) -> None:
    message = sent(world)
    assert parked.receipt(message.pk, "sms", fate=parked.DELIVERED, at=NOW)
    assert parked.receipt(message.pk, "sms", fate=parked.FAILED, at=NOW)
    message.refresh_from_db()
    assert (message.status, message.delivered_at) == (CommunicationStatus.COMPLETED, NOW)


def test_a_receipt_that_it_failed_sends_it_by_the_next_channel(
    world: World, gateway: Gateway, mail_peer: MailPeer
) -> None:
    message = sent(world)
    parked.receipt(message.pk, "sms", fate=parked.FAILED, at=NOW, why="absent subscriber")
    delivery.deliver(at=NOW + timedelta(minutes=1))
    assert len(mail_peer.letters) == 1
    message.refresh_from_db()
    assert parked.receipt(message.pk, "sms", fate=parked.FAILED, at=NOW)  # late: it has moved on
    message.refresh_from_db()
    assert message.status == CommunicationStatus.COMPLETED


def test_a_receipt_settles_what_nobody_could_tell(world: World, gateway: Gateway) -> None:
    gateway.silent = True
    message = sent(world)
    parked.receipt(message.pk, "sms", fate=parked.DELIVERED, at=NOW)
    message.refresh_from_db()
    assert message.status == CommunicationStatus.COMPLETED


@pytest.mark.parametrize(
    ("decision", "status"),
    [
        (parked.Decision.ARRIVED, "completed"),
        (parked.Decision.AGAIN, "preparation"),
        (parked.Decision.GIVEN_UP, "failed"),
    ],
)
def test_a_person_settles_an_uncertain_message_once(
    world: World, gateway: Gateway, decision: parked.Decision, status: str
) -> None:
    gateway.silent = True
    message = sent(world)
    parked.decide(message.pk, decision, by=world.team_lead, at=NOW)
    with pytest.raises(parked.NotUncertain):
        parked.decide(message.pk, decision, by=world.team_lead, at=NOW)
    message.refresh_from_db()
    assert message.status == status


def test_what_was_to_be_sent_again_is_not_when_a_receipt_says_that_it_arrived(
    world: World, gateway: Gateway
) -> None:
    gateway.silent = True
    message = sent(world)
    parked.decide(message.pk, parked.Decision.AGAIN, by=world.team_lead, at=NOW)
    assert parked.receipt(message.pk, "sms", fate=parked.DELIVERED, at=NOW)
    gateway.silent = False
    delivery.deliver(at=NOW + timedelta(minutes=1))
    assert len(gateway.got) == 1
    message.refresh_from_db()
    assert (message.status, message.delivered_at) == (CommunicationStatus.COMPLETED, NOW)


def test_a_person_who_knows_that_it_arrived_is_not_overruled_by_a_late_failure(
    world: World, gateway: Gateway, mail_peer: MailPeer
) -> None:
    gateway.silent = True
    message = sent(world)
    parked.decide(message.pk, parked.Decision.ARRIVED, by=world.team_lead, at=NOW)
    parked.receipt(message.pk, "sms", fate=parked.FAILED, at=NOW)
    delivery.deliver(at=NOW + timedelta(minutes=1))
    message.refresh_from_db()
    assert (message.status, mail_peer.letters) == (CommunicationStatus.COMPLETED, [])


@pytest.mark.parametrize("fate", [parked.DELIVERED, parked.FAILED])
def test_after_it_was_given_up_only_an_arrival_is_news(world: World, gateway: Gateway, fate: str) -> None:
    gateway.silent = True
    message = sent(world)
    parked.decide(message.pk, parked.Decision.GIVEN_UP, by=world.team_lead, at=NOW)
    parked.receipt(message.pk, "sms", fate=fate, at=NOW)
    message.refresh_from_db()
    assert message.status == ("completed" if fate == parked.DELIVERED else "failed")


@pytest.mark.parametrize("decision", parked.Decision)
@pytest.mark.django_db(transaction=True)
def test_a_receipt_and_a_person_at_the_same_moment_agree_that_it_arrived(
    committed_world: World, gateway: Gateway, decision: parked.Decision
) -> None:
    gateway.silent = True
    message = sent(committed_world)
    told, decided = at_once(
        lambda: parked.receipt(message.pk, "sms", fate=parked.DELIVERED, at=NOW),
        lambda: parked.decide(message.pk, decision, by=committed_world.team_lead, at=NOW),
    )
    assert told is True
    assert isinstance(decided, (Communication, parked.NotUncertain)), decided
    gateway.silent = False
    delivery.deliver(at=NOW + timedelta(minutes=1))
    assert len(gateway.got) == 1
    message.refresh_from_db()
    assert (message.status, message.delivered_at) == (CommunicationStatus.COMPLETED, NOW)


def test_a_dead_resident_is_sent_nothing(world: World, gateway: Gateway) -> None:
    from patients import enrolment

    patient = reachable(world)
    enrolment.died(patient, on=timezone.localdate(), by=world.doctor)
    assert not outbox.claim(at=NOW, limit=10, channels=[Channel.SMS])
    planning.plan_reminders(on=timezone.localdate())
    assert not Communication.objects.waiting().exists()
