"""A draft over last year's visits: the sums, the visits behind them, stopping, going on, and a real worker."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from followups import tasks, versions
from followups.models import WhatIf, WhatIfCell, WhatIfChange, WhatIfStatus
from followups.versions import VersionRefused, what_ifs
from patients.programmes import Programme
from tests.at_once import at_once
from tests.browser.story import processes
from tests.db.followups.recording import save
from tests.db.followups.versions_at_hand import begun, drafted
from tests.world import World

TODAY = timezone.localdate


def people(world: World, count: int = 3) -> None:
    """Residents of 62 with two visits at 145/80: not controlled, unless the line is relaxed from 60 on."""
    for _index in range(count):
        patient = world.patient("王建国", Programme.HYPERTENSION, born=date(TODAY().year - 62, 1, 1))
        for ago in (40, 20):
            on = (TODAY() - timedelta(days=ago)).isoformat()
            save(world, patient, on, systolic=145, diastolic=80, recorded_at=timezone.now())


def ask(world: World, **values: Any) -> WhatIf:
    draft = drafted(world.alliance_admin, **values)
    return what_ifs.ask(draft, by=world.alliance_admin, on=TODAY(), at=timezone.now())


def run(asked: WhatIf) -> WhatIf:
    while what_ifs.step(asked.pk, at=timezone.now()):
        pass
    asked.refresh_from_db()
    return asked


def sums(asked: WhatIf) -> dict[tuple[str, str, str, str], int]:
    rows = WhatIfCell.objects.filter(run=asked)
    return {(r.klass, r.action, r.new_klass, r.new_action): r.visits for r in rows}


def test_the_sums_say_what_would_change_and_the_visits_stand_behind_them(world: World) -> None:
    people(world)
    done = run(ask(world, age_relaxed=60))
    assert (done.status, done.people_done, done.people_total, done.visits_done) == ("done", 3, 3, 6)
    assert sums(done) == {
        ("uncontrolled", "adjust", "controlled", "routine"): 3,
        ("uncontrolled", "refer", "controlled", "routine"): 3,
    }
    assert WhatIfChange.objects.filter(run=done).count() == 6
    (matrix,) = what_ifs.matrices(done, [world.centre.pk], kind="klass")
    assert (matrix.visits, matrix.changed, matrix.moved) == (6, 6, 6)
    assert matrix.counts == {"uncontrolled": {"controlled": 6}}
    assert what_ifs.matrices(done, [world.other_centre.pk], kind="klass") == []


def test_what_stays_is_counted_without_a_list_and_a_moved_date_is_told(world: World) -> None:
    people(world, 1)
    done = run(ask(world, recheck_days=7))
    (matrix,) = what_ifs.matrices(done, [world.centre.pk], kind="action")
    assert (matrix.visits, matrix.changed, matrix.moved) == (2, 0, 2)
    assert not WhatIfChange.objects.exists()


def test_the_other_side_is_the_version_of_the_visits_day(world: World) -> None:
    people(world, 1)
    begun(world.doctor, days_ago=30, age_relaxed=60)
    done = run(ask(world, age_relaxed=60))
    assert sums(done) == {
        ("uncontrolled", "adjust", "controlled", "routine"): 1,
        ("controlled", "routine", "controlled", "routine"): 1,
    }


def test_older_visits_are_looked_back_at_and_not_counted(world: World) -> None:
    patient = world.patient(
        "王建国", Programme.HYPERTENSION, born=date(1970, 1, 1), enrolled_on=date(2020, 1, 1)
    )
    for ago in (400, 100):
        on = (TODAY() - timedelta(days=ago)).isoformat()
        save(world, patient, on, systolic=150, diastolic=80, recorded_at=timezone.now())
    done = run(ask(world, routine_months=2))
    assert sums(done) == {("uncontrolled", "refer", "uncontrolled", "refer"): 1}


def test_readings_beyond_the_typed_columns_are_judged_too(world: World) -> None:
    patient = world.patient("王建国", Programme.DYSLIPIDAEMIA)
    save(world, patient, (TODAY() - timedelta(days=9)).isoformat(), ldl=2.3, recorded_at=timezone.now())
    done = run(ask(world, ldl_target=2.0))
    assert list(sums(done)) == [("controlled", "routine", "uncontrolled", "adjust")]


def test_a_run_goes_in_chunks_of_a_fixed_number_of_statements(
    world: World, monkeypatch: Any, django_assert_max_num_queries: Any
) -> None:
    people(world, 5)
    monkeypatch.setattr(what_ifs, "CHUNK", 2)
    asked = ask(world, age_relaxed=60)
    with django_assert_max_num_queries(10):
        assert what_ifs.step(asked.pk, at=timezone.now())
    asked.refresh_from_db()
    assert (asked.status, asked.people_done) == ("running", 2)
    assert run(asked).people_done == 5
    assert sum(sums(asked).values()) == 10


def test_a_stopped_run_does_nothing_more_and_keeps_what_it_found(world: World, monkeypatch: Any) -> None:
    people(world, 3)
    monkeypatch.setattr(what_ifs, "CHUNK", 2)
    asked = ask(world, age_relaxed=60)
    what_ifs.step(asked.pk, at=timezone.now())
    what_ifs.stop(asked, by=world.alliance_admin, at=timezone.now())
    assert not what_ifs.step(asked.pk, at=timezone.now())
    asked.refresh_from_db()
    assert (asked.status, asked.people_done) == ("cancelled", 2)
    with pytest.raises(VersionRefused):
        what_ifs.stop(asked, by=world.alliance_admin, at=timezone.now())


def test_the_result_is_stale_once_the_draft_says_something_else(world: World) -> None:
    people(world, 1)
    done = run(ask(world, age_relaxed=60))
    assert not what_ifs.is_stale(done)
    about: dict[str, Any] = {"valid_from": TODAY(), "by": world.alliance_admin, "at": timezone.now()}
    versions.change(done.version, {"age_relaxed": 60}, reason="只改理由，不改数值", **about)
    assert not what_ifs.is_stale(WhatIf.objects.select_related("version").get())
    versions.change(done.version, {"age_relaxed": 70}, reason="改为七十岁起", **about)
    assert what_ifs.is_stale(WhatIf.objects.select_related("version").get())


def test_asking_again_replaces_the_result_but_not_a_run_at_work(world: World) -> None:
    people(world, 1)
    first = ask(world, age_relaxed=60)
    with pytest.raises(VersionRefused):
        what_ifs.ask(first.version, by=world.alliance_admin, on=TODAY(), at=timezone.now())
    run(first)
    again = what_ifs.ask(first.version, by=world.alliance_admin, on=TODAY(), at=timezone.now())
    assert WhatIf.objects.get() == again
    assert not WhatIfCell.objects.exists()


def test_a_run_that_does_not_move_is_interrupted_and_goes_on_where_it_stopped(world: World) -> None:
    asked = ask(world, age_relaxed=60)
    later = asked.moved_at + timedelta(minutes=3)
    assert not what_ifs.is_interrupted(asked, at=asked.moved_at + timedelta(minutes=1))
    assert what_ifs.is_interrupted(asked, at=later)
    assert not what_ifs.is_interrupted(run(asked), at=later)


def test_an_error_marks_the_run_as_failed(world: World, monkeypatch: Any) -> None:
    asked = ask(world, age_relaxed=60)
    monkeypatch.setattr(what_ifs, "step", lambda *_args, **_kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        tasks.run_what_if(asked.pk)
    asked.refresh_from_db()
    assert asked.status == WhatIfStatus.FAILED


def test_two_workers_at_one_run_count_nothing_twice(committed_world: World, monkeypatch: Any) -> None:
    people(committed_world, 5)
    monkeypatch.setattr(what_ifs, "CHUNK", 1)
    asked = ask(committed_world, age_relaxed=60)
    at_once(lambda: run(WhatIf.objects.get()), lambda: run(WhatIf.objects.get()))
    asked.refresh_from_db()
    assert (asked.status, asked.people_done) == ("done", 5)
    assert sum(sums(asked).values()) == 10


def test_a_real_worker_runs_it(committed_world: World, tmp_path: Path) -> None:
    people(committed_world, 2)
    with processes.worker(tmp_path / "worker.log"):
        asked = ask(committed_world, age_relaxed=60)
        tasks.send_what_if(asked)
        ended = WhatIf.objects.exclude(status__in=what_ifs.AT_WORK)
        processes.until(ended.exists, tmp_path / "worker.log", seconds=120)
    asked.refresh_from_db()
    assert (asked.status, asked.people_done) == ("done", 2)
    assert sum(sums(asked).values()) == 4
