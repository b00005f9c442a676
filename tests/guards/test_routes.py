"""Every route stands in the who-sees-whom table, every role meets what the table says, an outsider meets 404."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from alliances.guards import requires
from alliances.models import ClientPost, PractitionerRole, Role
from alliances.permissions import TABLE, Permission
from exchange.models import ImportBatch
from patients import emergency
from patients.models import EmergencyReason, Encounter
from patients.programmes import Programme
from patients.scope import PatientOwnedQuerySet
from referrals.models import ServiceRequest
from tests.guards.routes import OPEN, Route, routes, unjudged
from tests.world import World


def test_every_route_stands_in_the_table() -> None:
    assert len(routes()) > 60
    assert unjudged(routes()) == []


def test_a_planted_route_is_found() -> None:
    def planted(request: Any) -> HttpResponse:
        return HttpResponse("x")

    assert unjudged([Route("planted", "planted/", planted)]) == ["planted"]
    assert unjudged([Route("planted", "planted/", requires(Permission.WORKLIST)(planted))]) == []


def test_no_open_route_is_forgotten_in_the_list() -> None:
    assert set(OPEN) <= {route.name for route in routes()}


PAGES = [r for r in routes() if not r.pattern.startswith("api/") and r.permissions is not None]
NEEDS_A_PLACE = {"performance:patients"}  # residents behind a number: of one team or centre, never of all
LISTS = [r for r in PAGES if "<" not in r.pattern]


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_what_the_table_says_and_nothing_else(world: World, role: Role) -> None:
    post: dict[str, Any] = {"alliance": world.alliance} if role == Role.ALLIANCE_ADMIN else {}
    if role in (Role.SPECIALIST, Role.REFERRAL_DESK):
        place, post["department"] = world.secondary, world.cardiology
    else:
        place, post["care_team"] = world.centre, world.team
    world.user("somebody", role, place, **post)
    browser = world.browser("somebody")
    for route in LISTS:
        query = (
            {"organization": world.centre.pk, "team": world.team.pk} if route.name in NEEDS_A_PLACE else {}
        )
        answer = browser.get(f"/{route.pattern}", query)
        allowed = not route.permissions or any(p in TABLE[role].may for p in route.permissions)
        assert (answer.status_code != 404) == allowed, (role, route.name, answer.status_code)


@pytest.fixture
def objects(world: World) -> dict[str, str]:
    """One of everything that belongs to the centre's resident."""
    patient = world.patient("李佩兰", Programme.HYPERTENSION, number="11010519491231002X")
    visit = Encounter.objects.create(
        patient=patient, organization=world.centre, care_team=world.team, practitioner=world.doctor,
        on=timezone.localdate() - timedelta(days=20), method="clinic", systolic=150, diastolic=92,
        recorded_at=timezone.now(), programmes=["hypertension"],
    )  # fmt: skip
    referral = ServiceRequest.objects.create(
        patient=patient, programme="hypertension", source_organization=world.centre, source_team=world.team,
        requester=world.doctor, target_organization=world.secondary, target_department=world.cardiology,
        reason="x", programmes=["hypertension"],
    )  # fmt: skip
    access = emergency.open_record(
        patient, by=world.second_specialist, organization=world.secondary, reason=EmergencyReason.EMERGENCY,
        text="居民昏迷送来急诊，需了解病史", at=timezone.now(),
    )  # fmt: skip
    batch = ImportBatch.objects.create(
        organization=world.centre, uploaded_by=world.centre_admin, file_name="x.xlsx", file_digest="0" * 64
    )
    return {
        "patient": str(patient.pk),
        "visit": str(visit.pk),
        "referral": str(referral.pk),
        "batch": str(batch.pk),
        "access": str(access.pk),
    }


def path_of(route: Route, objects: dict[str, str]) -> str:
    """The route's path to the centre's objects; a place nobody has told the guard about fails the test."""
    kinds = {
        "patient_id": "patient",
        "visit_id": "visit",
        "batch_id": "batch",
        "access_id": "access",
        "pk": "referral",
    }

    def place(found: re.Match[str]) -> str:
        if found["name"] == "event":
            return "accept"
        return objects[kinds[found["name"]]]

    return "/" + re.sub(r"<\w+:(?P<name>\w+)>", place, route.pattern)


@pytest.mark.parametrize("part", ["outsider", "alliance_admin", "operator", "other_specialist"])
def test_an_outsider_meets_404_on_every_page_of_the_resident(
    world: World, objects: dict[str, str], part: str
) -> None:
    browser = world.browser(part)
    judged = 0
    for route in PAGES:
        if "<" not in route.pattern:
            continue
        path = path_of(route, objects)
        assert {browser.get(path).status_code, browser.post(path).status_code} <= {404, 405}, (part, path)
        assert 404 in {browser.get(path).status_code, browser.post(path).status_code}, (part, path)
        judged += 1
    assert judged >= 10


def test_who_opened_the_record_in_an_emergency_reads_it_and_writes_nowhere(
    world: World, objects: dict[str, str]
) -> None:
    browser = world.browser("second_specialist")
    PractitionerRole.objects.filter(user=world.second_specialist).update(
        organization=world.secondary, department=world.endocrinology
    )
    read, judged = set(), 0
    for route in PAGES:
        if "<" not in route.pattern:
            continue
        path = path_of(route, objects)
        if browser.get(path).status_code not in {404, 405}:
            read.add(route.name)
        assert route.name == "patients:emergency-end" or browser.post(path).status_code in {404, 405}, path
        judged += 1
    assert judged >= 10
    # A new page that only reads a record is written down here; the referral is a draft, which nobody else reads.
    assert read == {"workbench:patient"}


def test_a_planted_leak_is_found_by_the_walk(
    world: World, objects: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a scope that lets everything through, the outsider no longer meets 404: the walk above can fail."""
    monkeypatch.setattr(PatientOwnedQuerySet, "visible_to", lambda rows, actor, **_: rows)
    assert world.browser("outsider").get(f"/patients/{objects['patient']}/").status_code == 200


def test_a_visitor_meets_the_sign_in_page_everywhere(world: World, objects: dict[str, str]) -> None:
    for route in PAGES:
        answers = [call(path_of(route, objects)) for call in (Client().get, Client().post)]
        locations = [a.headers.get("Location", "") for a in answers if a.status_code != 405]
        assert locations, route.name
        assert all(location.startswith("/accounts/sign-in/") for location in locations), route.name


def test_an_api_client_of_another_organization_meets_404(world: World, objects: dict[str, str]) -> None:
    world.api_client.refresh_from_db()
    post = ClientPost.objects.get(client=world.api_client)
    post.organization = world.other_centre
    post.save()
    token = Client().post(
        "/api/v1/auth/token/", json.dumps({"client_id": "his", "client_secret": world.client_secret}),
        content_type="application/json",
    ).json()["access_token"]  # fmt: skip
    headers = {"Authorization": f"Bearer {token}"}
    for resource, key in (("patients", "patient"), ("encounters", "visit"), ("referrals", "referral")):
        assert Client().get(f"/api/v1/{resource}/{objects[key]}/", headers=headers).status_code == 404
        assert Client().get(f"/api/v1/{resource}/", headers=headers).json()["results"] == []


def test_the_owner_of_the_objects_does_meet_the_pages(world: World, objects: dict[str, str]) -> None:
    """The denied cases above share this set-up: they are not denied for a wrong reason."""
    browser = world.browser("doctor")
    for path in (f"/patients/{objects['patient']}/", f"/referrals/{objects['referral']}/"):
        assert browser.get(path).status_code == 200, path
    assert world.browser("centre_admin").get(f"/imports/{objects['batch']}/").status_code == 200
