"""Versions of the settings: which one judges a visit, who may change what, and what the database refuses by itself."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from followups import versions
from followups.entry.visit import VisitInput
from followups.models import Appointment, Assessment, ProtocolVersion, VersionStatus
from followups.protocols.definition import DEFAULTS
from followups.versions import VersionRefused
from followups.visits import amending
from journal.models import AuditEvent
from patients.programmes import Programme
from tests.at_once import at_once
from tests.db.followups.recording import save
from tests.db.followups.versions_at_hand import begun, drafted
from tests.world import World

TODAY = timezone.localdate


def day(ago: int) -> str:
    return (TODAY() - timedelta(days=ago)).isoformat()


def judged(world: World, ago: int, **readings: Any) -> Assessment:
    """One visit of a resident of 62 so many days ago, judged."""
    born = date(TODAY().year - 62, 1, 1)
    patient = world.patient("王建国", Programme.HYPERTENSION, born=born)
    done = save(world, patient, day(ago), recorded_at=timezone.now(), **readings)
    return Assessment.objects.get(encounter=done.encounter)


def test_a_visit_is_judged_by_the_version_of_its_own_day(world: World) -> None:
    number = begun(world.doctor, days_ago=30, age_relaxed=60).pk
    before, after = (judged(world, ago, systolic=145, diastolic=80) for ago in (31, 30))
    assert (before.klass, after.klass) == ("uncontrolled", "controlled")
    assert before.protocol_version.endswith("/0")
    assert after.protocol_version.endswith(f"/{number}")


def test_the_next_version_ends_the_one_before(world: World) -> None:
    first = begun(world.doctor, days_ago=60, routine_months=2)
    second = begun(world.doctor, days_ago=20, routine_months=1)
    assert versions.in_force(on=TODAY() - timedelta(days=21)).number == first.pk
    assert versions.in_force(on=TODAY()).number == second.pk
    assert [v.number for v in versions.timetable().versions] == [first.pk, second.pk]
    judged(world, 5, systolic=130, diastolic=80)
    last = Appointment.objects.latest("created_at")
    assert (last.due_on - (TODAY() - timedelta(days=5))).days in range(28, 32)


def test_drafts_and_withdrawn_versions_judge_nothing(world: World) -> None:
    drafted(world.alliance_admin, age_relaxed=60)
    coming = drafted(world.alliance_admin, on=TODAY() + timedelta(days=1), age_relaxed=60)
    versions.publish(coming, by=world.alliance_admin, on=TODAY(), at=timezone.now())
    versions.withdraw(coming, reason="会议改期", by=world.alliance_admin, on=TODAY(), at=timezone.now())
    assert judged(world, 0, systolic=145, diastolic=80).klass == "uncontrolled"


def test_a_longer_look_back_finds_older_visits(world: World) -> None:
    patient = world.patient(
        "王建国", Programme.HYPERTENSION, born=date(1970, 1, 1), enrolled_on=date(2020, 1, 1)
    )
    save(world, patient, day(500), systolic=150, diastolic=80)
    begun(world.doctor, days_ago=10, again_within_months=20)
    done = save(world, patient, day(1), systolic=150, diastolic=80)
    assert done.decision is not None
    assert done.decision.programmes["hypertension"].action == "refer"


def test_reading_the_version_costs_no_statement(world: World) -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            save(world, world.patient("甲", Programme.HYPERTENSION), day(1), systolic=130, diastolic=80)
        return len(caught)

    without = statements()
    begun(world.doctor, days_ago=10, age_relaxed=60)
    begun(world.doctor, days_ago=5, age_relaxed=70)
    assert statements() == without


def test_a_correction_is_judged_by_the_version_of_the_visits_day(world: World) -> None:
    patient = world.patient("王建国", Programme.HYPERTENSION, born=date(TODAY().year - 62, 1, 1))
    visit = save(world, patient, day(40), systolic=130, diastolic=80).encounter
    assert visit is not None
    begun(world.doctor, days_ago=30, age_relaxed=60)
    amending.amend(
        visit, VisitInput(observations={"systolic": 145, "diastolic": 80}), on=visit.on, method="clinic",
        by=world.doctor, recorded_at=timezone.now(), version=visit.version,
    )  # fmt: skip
    assert Assessment.objects.get(encounter=visit).klass == "uncontrolled"


def test_the_pure_command_stays_at_the_defaults(world: World, monkeypatch: Any, capsys: Any) -> None:
    begun(world.doctor, days_ago=30, age_relaxed=60)
    visit = {"on": day(1), "observations": {"systolic": 145, "diastolic": 80}}
    case = {
        "patient": {"birth_date": f"{TODAY().year - 62}-01-01", "conditions": ["hypertension"]},
        "visit": visit,
    }
    monkeypatch.setattr("sys.stdin", [json.dumps(case)])
    call_command("assess")
    assert json.loads(capsys.readouterr().out)["programmes"]["hypertension"]["class"] == "uncontrolled"


def test_publishing_is_written_down_and_takes_effect_today(world: World) -> None:
    row = drafted(world.alliance_admin, age_relaxed=60)
    versions.publish(row, by=world.alliance_admin, on=TODAY(), at=timezone.now())
    assert versions.in_force(on=TODAY()).settings.age_relaxed == 60
    assert versions.in_force(on=TODAY() - timedelta(days=1)).settings == DEFAULTS
    actions = AuditEvent.objects.filter(subject_kind="protocolversion").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == ["protocol.draft", "protocol.publish"]


@pytest.mark.parametrize("values", [{}, {"age_relaxed": 65}])
def test_a_draft_that_changes_nothing_is_not_published(world: World, values: dict[str, Any]) -> None:
    with pytest.raises(VersionRefused):
        versions.publish(
            drafted(world.alliance_admin, **values), by=world.alliance_admin, on=TODAY(), at=timezone.now()
        )


def test_a_draft_whose_day_has_passed_is_not_published(world: World) -> None:
    row = drafted(world.alliance_admin, on=TODAY() - timedelta(days=1), age_relaxed=60)
    with pytest.raises(VersionRefused):
        versions.publish(row, by=world.alliance_admin, on=TODAY(), at=timezone.now())


def test_what_is_published_is_no_draft_any_more(world: World) -> None:
    admin, now = world.alliance_admin, timezone.now()
    row = drafted(admin, on=TODAY() + timedelta(days=3), age_relaxed=60)
    versions.publish(row, by=admin, on=TODAY(), at=now)
    with pytest.raises(VersionRefused):
        versions.change(
            row, {"age_relaxed": 61}, valid_from=row.valid_from, reason="再改一改", by=admin, at=now
        )
    with pytest.raises(VersionRefused):
        versions.discard(row, by=admin)
    gone = drafted(admin, age_relaxed=60)
    versions.discard(gone, by=admin)
    with pytest.raises(VersionRefused):
        versions.publish(gone, by=admin, on=TODAY(), at=now)


def test_what_has_begun_is_not_withdrawn(world: World) -> None:
    row = begun(world.doctor, days_ago=0, age_relaxed=60)
    with pytest.raises(VersionRefused):
        versions.withdraw(row, reason="不想要了啊", by=world.alliance_admin, on=TODAY(), at=timezone.now())


# ---- what the database refuses by itself


@pytest.mark.parametrize(
    "change",
    [
        {"settings": {"age_relaxed": 50}},
        {"status": "withdrawn"},
        {"reason": "改写历史原因"},
        {"valid_from": date(2030, 1, 1)},
    ],
)
def test_a_version_that_has_begun_is_never_changed(world: World, change: dict[str, Any]) -> None:
    row = begun(world.doctor, days_ago=1, age_relaxed=60)
    with pytest.raises(IntegrityError, match="has begun"), transaction.atomic():
        ProtocolVersion.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(IntegrityError, match="has begun"), transaction.atomic():
        row.delete()


def test_a_published_version_is_only_withdrawn(world: World) -> None:
    row = drafted(world.alliance_admin, on=TODAY() + timedelta(days=3), age_relaxed=60)
    versions.publish(row, by=world.alliance_admin, on=TODAY(), at=timezone.now())
    with pytest.raises(IntegrityError, match="only withdrawn"), transaction.atomic():
        ProtocolVersion.objects.filter(pk=row.pk).update(settings={"age_relaxed": 50})
    with pytest.raises(IntegrityError, match="only a draft"), transaction.atomic():
        row.delete()


def test_no_version_begins_in_the_past(world: World) -> None:
    row = drafted(world.alliance_admin, on=TODAY() - timedelta(days=1), age_relaxed=60)
    with pytest.raises(IntegrityError, match="today or later"), transaction.atomic():
        ProtocolVersion.objects.filter(pk=row.pk).update(
            status=VersionStatus.PUBLISHED, published_by=world.alliance_admin, published_at=timezone.now()
        )


def test_two_people_publish_for_the_same_day_and_one_is_told(committed_world: World) -> None:
    admin, now = committed_world.alliance_admin, timezone.now()
    rows = [drafted(admin, on=TODAY() + timedelta(days=2), age_relaxed=age) for age in (60, 70)]
    results = at_once(*(lambda row=row: versions.publish(row, by=admin, on=TODAY(), at=now) for row in rows))
    told = [r for r in results if isinstance(r, VersionRefused)]
    assert len(told) == 1, results
    assert ProtocolVersion.objects.published().count() == 1


def test_a_draft_is_published_or_changed_never_both(committed_world: World) -> None:
    admin, now = committed_world.alliance_admin, timezone.now()
    row = drafted(admin, on=TODAY() + timedelta(days=2), age_relaxed=60)
    results = at_once(
        lambda: versions.publish(row, by=admin, on=TODAY(), at=now),
        lambda: versions.change(
            row, {"age_relaxed": 70}, valid_from=row.valid_from, reason="专家组改为七十岁", by=admin, at=now
        ),
    )
    published = ProtocolVersion.objects.get()
    assert published.status == VersionStatus.PUBLISHED
    refused = any(isinstance(result, VersionRefused) for result in results)
    assert published.settings["age_relaxed"] == (60 if refused else 70)
