"""One resident walks through all of it, in browsers, on one database, with worker, beat and mail behind the pages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from journal.keys import new_key
from patients.models import Encounter, Patient
from referrals.models import ServiceRequest
from tests.api_client import record
from tests.browser.story import acts
from tests.browser.story.people import LI_PHONE, Story, booked, path_of
from tests.browser.story.processes import until
from tests.browser.story.stage import Person
from tests.browser.story.test_7_reminder import written_to
from tests.browser.story.test_9_machine import Machine
from tests.mail_peer import MailPeer

PACE = {"YILIAN_PLAN_SECONDS": "1", "YILIAN_DELIVER_SECONDS": "1", "YILIAN_REFRESH_SECONDS": "2"}
CONTROLLED = "?indicator=htn-controlled&organization={}"
Cast = Callable[..., Person]


def test_the_story_from_the_roster_to_the_other_system(
    story: Story,
    person: Cast,
    behind: Callable[..., None],
    post_office: tuple[MailPeer, str],
    live_server: Any,
) -> None:
    peer, address = post_office
    behind("worker", "beat", EMAIL_URL=address, **PACE)
    machine = Machine(live_server.url, "his", story.world.client_secret)

    the_roster_goes_in(person("centre_admin"))
    _changes, cursor = machine.pulls()
    visit, request = the_doctor_finds_sees_and_refers(story, person("doctor", to="/"))
    the_hospital_answers(person("specialist", to=acts.case_path(request.pk)), request)
    the_doctor_confirms(story, person("doctor"), request)
    the_reminder_has_left(person("doctor"), peer)
    the_figures_have_followed(story, person)
    the_other_system_keeps_up(story, machine, cursor, visit)
    the_outsider_was_never_there(story, person("outsider", to="/"), visit, request)


def the_roster_goes_in(admin: Person) -> None:
    """Step 1."""
    before = Patient.objects.count()
    acts.uploads(admin)
    acts.confirms_import(admin)
    assert Patient.objects.count() - before == 1155


def the_doctor_finds_sees_and_refers(story: Story, doctor: Person) -> tuple[Encounter, ServiceRequest]:
    """Steps 2 to 4: by the telephone number to the record, one visit for two diseases, the letter."""
    expect(doctor.page.locator(".yl-wl-r").first).to_be_visible()
    expect(acts.finds(doctor, LI_PHONE[-6:])).to_have_count(1)
    doctor.page.keyboard.press("Enter")
    expect(doctor.page.locator("h1")).to_have_text("李佩兰")

    visit = acts.records_second_uncontrolled(doctor, story.li)
    assert booked(story.li).due_on == timezone.localdate() + timedelta(days=14)
    request = acts.sends_referral(doctor, story.li)
    assert request.target_department == story.cardiology
    return visit, request


def the_hospital_answers(specialist: Person, request: ServiceRequest) -> None:
    """Step 5."""
    acts.accepts(specialist)
    acts.marks_arrival(specialist)
    acts.fills_return(specialist)
    acts.signs_return(specialist)
    request.refresh_from_db()
    assert request.state == "returned"


def the_doctor_confirms(story: Story, doctor: Person, request: ServiceRequest) -> None:
    """Step 6."""
    acts.confirms_receipt(doctor, story.li)
    assert booked(story.li).due_on == timezone.localdate() + timedelta(days=7)
    request.refresh_from_db()
    assert request.state == "completed"


def the_reminder_has_left(doctor: Person, peer: MailPeer) -> None:
    """Step 7: once, although beat asks for planning and delivery every second."""
    until(lambda: bool(peer.letters))
    assert written_to(peer) == ["zhao@example.test"]
    expect(doctor.opens(reverse("workbench:notices")).locator("main")).to_contain_text("赵玉兰")


def the_figures_have_followed(story: Story, person: Cast) -> None:
    """Step 8: the alliance sees numbers, the team lead the residents in and missing from one."""
    board = reverse("performance:dashboard") + CONTROLLED.format(story.centre.pk)
    residents = reverse("performance:patients") + CONTROLLED.format(story.centre.pk)
    administrator = person("alliance_admin", to=reverse("performance:dashboard"))
    expect(administrator.opens(board).get_by_role("link", name="第一片区团队")).to_be_visible()
    acts.refused_everywhere(administrator, residents)
    team_lead = person("team_lead")
    missing = team_lead.opens(f"{residents}&team={story.team.pk}")
    expect(missing.locator("tbody").get_by_role("row").first).to_be_visible()
    counted = team_lead.opens(f"{residents}&team={story.team.pk}&in=1")
    expect(counted.get_by_role("rowheader", name="王国强")).to_be_visible()


def the_other_system_keeps_up(story: Story, machine: Machine, cursor: str, visit: Encounter) -> None:
    """Step 9: it asks again until it has seen the visit; what is still being written beside it settles first."""
    until(lambda: str(visit.pk) in {one["id"] for one in machine.pulls(cursor)[0]})
    key = new_key()
    sent = record(story.li.pk, id=key)
    assert [machine.pushes(sent)[0]["status"] for _ in range(2)] == ["created", "identical"]
    late = record(story.li.pk, id=key, observations={"systolic": 120, "diastolic": 70})
    assert machine.pushes(late)[0]["status"] == "conflict"


def the_outsider_was_never_there(
    story: Story, outsider: Person, visit: Encounter, request: ServiceRequest
) -> None:
    """Every page of the story, asked for by a doctor of another centre."""
    resident, case = path_of("workbench:patient", story.li.pk), acts.case_path(request.pk)
    acts.refused_everywhere(
        outsider, reverse("exchange:imports"), resident, f"{resident}visit/", f"{resident}visit/{visit.pk}/",
        path_of("referrals:new", story.li.pk), case, f"{case}return/", f"{case}confirm/",
        reverse("performance:dashboard") + CONTROLLED.format(story.centre.pk),
        reverse("performance:patients") + CONTROLLED.format(story.centre.pk),
    )  # fmt: skip
