"""kill -9 of worker, beat, Redis and PostgreSQL while messages leave: once each, or once at most and told to a person.

`HARD_MESSAGES` and `HARD_KILLS` make it as long as wanted; `python -m tests.hard.stage 10000 40` prints figures.
"""

import os

import pytest

from tests.hard import stage

COUNT = int(os.environ.get("HARD_MESSAGES", "300"))
KILLS = int(os.environ.get("HARD_KILLS", "4"))


def test_what_is_sent_while_everything_is_killed_arrives_once_or_is_told_to_a_person() -> None:
    """One play for all that is asked of it: the parts take half a minute to start."""
    told = stage.play(COUNT, KILLS, seed=20261125)
    assert set(told.killed) == {"worker", "beat", "redis", "postgres"}
    assert len(told.states) == COUNT
    assert faults(told) == []


def faults(told: stage.Told) -> list[str]:
    """What must not be, in words; nothing where every promise was kept."""
    found = []
    sent = _of(told, "sms", place=1)
    if sorted(told.honours) != sorted(sent) or _of(told, "sms", place=1, status="uncertain"):
        found.append("where the key is honoured, some did not arrive exactly once")
    for channel, place, got in (("wechat", 1, told.forgets), ("email", 2, told.smtp)):
        known = _of(told, channel, place=place, status="completed")
        uncertain = _of(told, channel, place=place, status="uncertain")
        if len(got) != len(set(got)):
            found.append(f"{channel}: some arrived twice")
        if not known <= set(got):
            found.append(f"{channel}: some are called sent and did not arrive")
        if known | uncertain != _of(told, channel, place=place):
            found.append(f"{channel}: some are neither sent nor told to a person")
    parked = {row[1] for row in told.states if row[3] == "uncertain"}
    if set(told.on_page) != parked:
        found.append("the page and the outbox do not agree on what is uncertain")
    if len(parked) > 2 * sum(told.killed.values()):
        found.append("a crash left more uncertain than was on its way")
    return found


def _of(told: stage.Told, channel: str, *, place: int, status: str | None = None) -> set[str]:
    return {row[place] for row in told.states if row[0] == channel and status in (None, row[3])}


GOOD = stage.Told(
    seconds=1, killed={"worker": 1}, honours=["a"], forgets=["b"], smtp=["key-c"], on_page=["d"],
    states=[
        ["sms", "a", "key-a", "completed"], ["wechat", "b", "key-b", "completed"],
        ["email", "c", "key-c", "completed"], ["wechat", "d", "key-d", "uncertain"],
    ],
)  # fmt: skip


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ({"honours": ["a", "a"]}, "exactly once"),
        ({"honours": []}, "exactly once"),
        ({"forgets": ["b", "b"]}, "twice"),
        ({"smtp": []}, "did not arrive"),
        ({"on_page": []}, "do not agree"),
        ({"states": [*GOOD.states, ["email", "e", "key-e", "preparation"]]}, "neither sent nor told"),
    ],
)
def test_every_broken_promise_would_be_found(planted: dict[str, list[str]], said: str) -> None:
    assert faults(GOOD) == []
    assert any(said in fault for fault in faults(stage.Told(**{**GOOD.__dict__, **planted})))
