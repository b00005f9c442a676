"""Step 9: another system with its own credentials pulls what changed, pushes a visit twice, and meets a conflict."""

from typing import Any

import pytest

from accounts.models import ClientScope
from journal.keys import new_key
from patients.models import Encounter
from tests.api_client import Answer, http, record, system
from tests.browser.story.people import Story, days_ago
from tests.db.followups.recording import save

API = "/api/v1"


class Machine:
    """Another system over real HTTP."""

    def __init__(self, url: str, client_id: str, secret: str) -> None:
        self.base = f"{url}{API}"
        answer = http("POST", f"{self.base}/auth/token/", {"client_id": client_id, "client_secret": secret})
        assert answer.status == 200, answer.body
        self.token: str = answer.body["access_token"]

    def get(self, path: str) -> Answer:
        """Read below /api/v1/."""
        return http("GET", f"{self.base}/{path}", token=self.token)

    def pulls(self, cursor: str = "") -> tuple[list[dict[str, Any]], str]:
        """Everything that changed since the cursor, and the next cursor."""
        changes, more = [], True
        while more:
            body = self.get(f"sync/changes?cursor={cursor}").body
            changes += body["changes"]
            cursor, more = body["cursor"], body["has_more"]
        return changes, cursor

    def pushes(self, *records: dict[str, Any]) -> list[dict[str, Any]]:
        """The outcome of each record."""
        answer = http("POST", f"{self.base}/sync/push", {"records": list(records)}, token=self.token)
        assert answer.status == 200, answer.body
        results: list[dict[str, Any]] = answer.body["results"]
        return results


@pytest.fixture
def machine(story: Story, live_server: Any) -> Machine:
    """The regional platform of the centre, with its credentials exchanged for a token."""
    return Machine(live_server.url, "his", story.world.client_secret)


def test_it_pulls_what_changed_since_its_cursor(story: Story, machine: Machine) -> None:
    everything, cursor = machine.pulls()
    assert ("patient", str(story.li.pk)) in {(one["kind"], one["id"]) for one in everything}
    assert str(story.stranger.pk) not in {one["id"] for one in everything}

    saved = save(
        story.world, story.li, days_ago(0).isoformat(), systolic=151, diastolic=86, fasting_glucose=6.1
    )
    assert saved.encounter is not None
    since, cursor = machine.pulls(cursor)
    visit = next(one for one in since if one["id"] == str(saved.encounter.pk))
    assert (visit["kind"], visit["op"], visit["data"]["observations"]["systolic"]) == (
        "encounter",
        "upsert",
        151,
    )
    assert {one["kind"] for one in since} >= {"encounter", "assessment", "appointment", "task"}
    assert machine.pulls(cursor)[0] == []


def test_it_pushes_a_visit_twice_and_an_old_version_is_a_conflict(story: Story, machine: Machine) -> None:
    visit = new_key()
    sent = record(story.li.pk, id=visit)
    assert [one["status"] for one in machine.pushes(sent)] == ["created"]
    assert [one["status"] for one in machine.pushes(sent)] == ["identical"]
    corrected = record(story.li.pk, id=visit, base_version=1, observations={"systolic": 148, "diastolic": 84})
    assert [one["status"] for one in machine.pushes(corrected)] == ["updated"]

    late = record(story.li.pk, id=visit, base_version=1, observations={"systolic": 120, "diastolic": 70})
    (conflict,) = machine.pushes(late)
    assert (conflict["status"], conflict["version"]) == ("conflict", 2)
    assert conflict["server"]["observations"]["systolic"] == 148
    assert Encounter.objects.get(pk=visit).systolic == 148


def test_the_system_of_another_centre_finds_nothing(story: Story, live_server: Any) -> None:
    other = system(story.other_centre, ClientScope.READ, ClientScope.WRITE)
    secret = other.set_secret()
    other.save()
    outsider = Machine(live_server.url, other.client_id, secret)
    visit = Encounter.objects.filter(patient=story.li).first()
    assert visit is not None
    assert outsider.get(f"patients/{story.li.pk}").status == 404
    assert outsider.get(f"encounters/{visit.pk}").status == 404
    assert str(story.li.pk) not in {one["id"] for one in outsider.pulls()[0]}
    (result,) = outsider.pushes(record(story.li.pk))
    assert result["status"] == "rejected"
    corrected = record(story.li.pk, id=visit.pk, base_version=visit.version)
    assert outsider.pushes(corrected)[0]["server"] is None
    assert Encounter.objects.get(pk=visit.pk).systolic == visit.systolic


def test_without_credentials_nothing_is_told(story: Story, live_server: Any) -> None:
    address = f"{live_server.url}{API}"
    refused = http("POST", f"{address}/auth/token/", {"client_id": "his", "client_secret": "guessed"})
    assert refused.status in {400, 401}
    assert http("GET", f"{address}/patients/{story.li.pk}").status == 401
