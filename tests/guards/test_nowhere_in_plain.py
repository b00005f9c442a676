"""A resident's number, telephone, address and mail address stand in plain nowhere: a life is lived, then all is searched."""

import base64
import io
import logging
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from exchange import tasks
from exchange.models import ImportBatch
from journal import audit, delivery
from journal.models import AuditEvent
from patients.identifiers import parse_resident_number
from patients.identity import IdentityText, new_identity, plain
from patients.models import Consent, EmergencyAccess, Identity, Patient, PatientHistory
from referrals import handovers
from tests.api_client import Caller, record, system
from tests.db.followups.recording import save
from tests.db.referrals.conftest import letter
from tests.guards.plain import broker, dump, found_in
from tests.mail_peer import MailPeer
from tests.numbers import resident_number
from tests.rosters import resident, roster_of, visit
from tests.world import World

NUMBER, STRANGE = resident_number(77), resident_number(78)
BROKEN = NUMBER[:17] + ("1" if NUMBER[17] != "1" else "2")
PHONE, NEW_PHONE = "19987651234", "19976543210"
ADDRESS, EMAIL = "花溪弄堂七幢八十九号", "nobody.at.all@privacy.example.test"
SECRETS = (NUMBER, BROKEN, PHONE, NEW_PHONE, ADDRESS, EMAIL, STRANGE)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged at any level, statements of the database included."""
    text = io.StringIO()
    handler, root = logging.StreamHandler(text), logging.getLogger()
    handler.addFilter(lambda line: line.name != "mail.log")  # what the mail server of the test itself writes
    statements = logging.getLogger("django.db.backends")
    before = root.level, statements.level, connection.force_debug_cursor
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    statements.setLevel(logging.DEBUG)
    connection.force_debug_cursor = True
    logging.getLogger("django").setLevel(logging.DEBUG)
    yield text
    logging.getLogger("django").setLevel(logging.INFO)
    connection.force_debug_cursor = before[2]
    statements.setLevel(before[1])
    root.setLevel(before[0])
    root.removeHandler(handler)


class Life:
    """What one resident goes through, page by page; every answer is kept under the name of its address."""

    def __init__(self, world: World, mail: MailPeer) -> None:
        self.world, self.mail = world, mail
        self.left: dict[str, str] = {}
        self.patient: Any = None

    def keep(self, name: str, answer: Any) -> Any:
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        workbook = content[:2] == b"PK"
        text = str([s.to_python() for s in _sheets(content)]) if workbook else content.decode()
        headers = " ".join(f"{key}: {value}" for key, value in answer.headers.items())
        self.left[f"{len(self.left)} {name}"] = f"{headers}\n{text}"
        return answer

    def get(self, browser: Client, path: str, **query: Any) -> Any:
        return self.keep(f"GET {path}", browser.get(path, query))

    def post(self, browser: Client, path: str, data: Any, **headers: str) -> Any:
        # The page after a redirect, too; the answer to a form with a typed number is not what was left behind.
        answer = self.keep(f"POST {path}", browser.post(path, data, headers=headers))
        return self.get(browser, answer.url) if answer.status_code in (302, 303) else answer

    def imported(self, phone: str = PHONE, village: str = "红旗村") -> None:
        """The roster comes twice: to make the archive, and with another telephone and village."""
        person = resident(
            name="甲无名", sex="男", number=NUMBER, phone=phone, address=f"重庆市巴南区{ADDRESS}", groups="高血压", village=village,
            birth_date=parse_resident_number(NUMBER, on=date.today()).birth_date.isoformat(),
        )  # fmt: skip
        faulty = person | {"number": BROKEN, "name": "乙"}
        file = io.BytesIO(
            roster_of([person, faulty], [visit(number=NUMBER, name="甲无名"), visit(number=BROKEN)])
        )
        file.name = "名册.xlsx"
        admin = self.world.browser("centre_admin")
        self.post(admin, reverse("exchange:imports"), {"organization": self.world.centre.pk, "file": file})
        batch = ImportBatch.objects.latest("created_at")
        self.post(admin, reverse("exchange:import-confirm", args=[batch.pk]), {})
        self.left[f"jobs after import {phone[-2:]}"] = broker()
        tasks.import_batch(str(batch.pk))
        self.get(admin, reverse("exchange:import-report", args=[batch.pk]))
        self.get(admin, reverse("exchange:import", args=[batch.pk]))
        self.patient = Patient.objects.get(name="甲无名")

    def found(self) -> None:
        doctor = self.world.browser("doctor")
        for text in (NUMBER, NUMBER[:14], PHONE, NUMBER[-4:], "甲无名", BROKEN):
            self.post(doctor, reverse("workbench:search"), {"q": text}, **HTMX)
        for path in (reverse("workbench:search"), reverse("workbench:patients")):
            browser = self.world.browser("doctor")
            assert browser.get(path, {"q": NUMBER})["Location"] == "/patients/"
            assert browser.post(path, {"q": NUMBER}).status_code == 200
        self.get(doctor, reverse("workbench:patients"))

    def opened_and_unmasked(self) -> None:
        doctor = self.world.browser("doctor")
        self.get(doctor, f"/patients/{self.patient.pk}/")
        shown = doctor.post(
            f"/patients/{self.patient.pk}/identity/", {"reason": "预约上门前核对"}
        ).content.decode()
        assert NUMBER in shown
        assert (
            doctor.post(f"/patients/{self.patient.pk}/identity/", {"reason": f"核对{NUMBER}"}).status_code
            == 422
        )

    def agreed_to_letters(self) -> None:
        with transaction.atomic():
            text = plain(Identity.objects.get(pk=self.patient.pk))
            Identity.objects.filter(pk=self.patient.pk).delete()
            told = IdentityText(text.number, text.phone, text.address, text.document_type, EMAIL)
            new_identity(self.patient.pk, self.world.centre.pk, told).save()
            Consent.objects.create(patient=self.patient, kind="reminder", given=True, at=timezone.now())

    def visited_and_reminded(self) -> None:
        save(self.world, self.patient, timezone.localdate().isoformat(), systolic=152, diastolic=94)
        self.get(self.world.browser("doctor"), f"/patients/{self.patient.pk}/visit/")
        delivery.deliver(at=timezone.now() + timedelta(days=200))
        assert len(self.mail.letters) == 1
        body = self.mail.letters[0].get_payload(decode=True).decode()
        self.left["letter"] = f"{self.mail.letters[0]['Subject']}\n{body}"

    def referred(self) -> None:
        now = timezone.now()
        request = handovers.send(self.patient, letter(self.world), by=self.world.doctor, at=now)
        specialist = self.world.browser("specialist")
        for browser in (self.world.browser("doctor"), specialist):
            self.get(browser, reverse("referrals:case", args=[request.pk]))
            self.get(browser, reverse("referrals:slip", args=[request.pk]))
        handovers.accept(request.pk, by=self.world.specialist, at=now)
        self.get(specialist, reverse("referrals:slip", args=[request.pk]))
        self.get(specialist, f"/patients/{self.patient.pk}/")

    def exchanged(self) -> None:
        api = Caller(system(self.world.centre, name="without-identity"))
        pulled = self.keep("pull", api.get("sync/changes", cursor="", limit=1000)).json()
        assert "patient" in {change["kind"] for change in pulled["changes"]}
        self.keep("list", api.get("patients/"))
        self.keep("one", api.get(f"patients/{self.patient.pk}/"))
        sent = record(self.patient.pk)
        assert api.push(sent)[0]["status"] == "created"
        amended = record(
            self.patient.pk, id=sent["id"], base_version=1, observations={"systolic": 128, "diastolic": 78}
        )
        assert api.push(amended)[0]["status"] == "updated"
        self.keep("asked by number", api.get("patients/", number=NUMBER))
        strange = {"kind": "encounter", "id": NUMBER, "base_version": None, "data": {"patient": NUMBER}}
        api.post("sync/push", {"records": [strange]})

    def opened_elsewhere(self) -> None:
        browser, path = self.world.browser("other_specialist"), reverse("patients:emergency-look-up")
        for number in (STRANGE, BROKEN):
            browser.post(path, {"number": number})
        answer = self.keep("registered elsewhere", browser.post(path, {"number": NUMBER}))
        said = {"ticket": answer.context["open_form"].initial["ticket"], "reason": "emergency"}
        assert (
            browser.post(
                reverse("patients:emergency-open"), said | {"text": f"核对证件{NUMBER}后抢救"}
            ).status_code
            == 422
        )
        self.post(browser, reverse("patients:emergency-open"), said | {"text": "昏迷送来急诊，需了解病史"})
        access = EmergencyAccess.objects.get()
        officer = self.world.browser("privacy_officer")
        self.get(officer, reverse("patients:emergency"))
        self.post(officer, reverse("patients:emergency-review", args=[access.pk]), {"finding": "justified"})

    def counted(self) -> None:
        admin = self.world.browser("centre_admin")
        self.get(admin, reverse("performance:export"))
        self.get(self.world.browser("doctor"), "/notices/")


def _sheets(content: bytes) -> list[Any]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [book.get_sheet_by_name(name) for name in book.sheet_names]


def test_a_whole_life_leaves_no_identity_in_plain(
    committed_world: World, mail_peer: MailPeer, log: io.StringIO
) -> None:
    life = Life(committed_world, mail_peer)
    life.imported()
    life.found()
    life.opened_and_unmasked()
    life.agreed_to_letters()
    life.visited_and_reminded()
    life.referred()
    life.exchanged()
    life.opened_elsewhere()
    life.imported(NEW_PHONE, "白鹤村")
    life.counted()

    stored = dump()
    assert PatientHistory.objects.exists()
    assert plain(Identity.objects.get(pk=life.patient.pk)).phone == NEW_PHONE
    assert AuditEvent.objects.filter(action="identity.unmask", patient_id=life.patient.pk).exists()
    assert "甲无名" in stored  # the dump does hold what is not sealed
    assert "INSERT INTO" in log.getvalue()  # the log does hold statements
    assert "import_batch" in life.left["jobs after import 34"]
    places = {"database": stored, "redis": broker(), "log": log.getvalue(), **life.left}
    assert len(places) > 40
    assert found_in(places, SECRETS) == []


@pytest.mark.parametrize(
    "written",
    [NUMBER, f"{NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}", f"x{base64.b64encode(f'ab{NUMBER}c'.encode()).decode()}",
     NUMBER.encode().hex(), "".join(chr(ord(c) + 0xFEE0) for c in NUMBER)],
)  # fmt: skip
def test_a_planted_number_is_found_in_the_dump_however_it_is_written(
    committed_world: World, written: str
) -> None:
    assert found_in({"database": dump()}, [NUMBER]) == []
    audit.record("x.planted", by=None, detail={"note": written})
    assert found_in({"database": dump()}, [NUMBER])


def test_a_planted_number_is_found_in_a_job_and_in_the_log(db: None, log: io.StringIO) -> None:
    from config.celery import app

    app.send_task("planted.task", args=[NUMBER], queue="planted")
    assert found_in({"redis": broker()}, [NUMBER])
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s", [PHONE])
    assert found_in({"log": log.getvalue()}, [PHONE])
