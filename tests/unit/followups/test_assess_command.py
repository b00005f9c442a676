"""`manage.py assess`: JSON Lines in, JSON Lines out, without a database."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
GOOD = {
    "patient": {"birth_date": "1966-01-01", "conditions": ["hypertension"]},
    "visit": {"on": "2026-06-15", "observations": {"systolic": 130, "diastolic": 80}},
}
UNREACHABLE = {"DATABASE_URL": "postgres://nobody@127.0.0.1:9/nothing", "REDIS_URL": "redis://127.0.0.1:9/0"}


def run(given: bytes, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    """Exit status, answers and messages of a process that can reach neither PostgreSQL nor Redis."""
    done = subprocess.run(
        [sys.executable, "manage.py", "assess", *arguments],
        cwd=ROOT,
        input=given,
        capture_output=True,
        env={**os.environ, **UNREACHABLE},
        check=False,
        timeout=120,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


def test_every_line_is_answered_in_order_and_faults_end_in_status_1() -> None:
    dm = {**GOOD, "patient": {"conditions": ["diabetes"]}}
    late = {**GOOD, "history": [{"on": "2026-06-15"}]}
    lines = [json.dumps(GOOD), "nonsense", json.dumps(late), json.dumps(dm), '{"patient": ' + "[" * 5000]
    given = "\n".join([*lines, ""]).encode() + b"\xff\xfe broken\n\n" + json.dumps(GOOD).encode()
    status, answers, messages = run(given)
    assert status == 1
    assert [answer.get("action", "error") for answer in answers] == [
        "routine", "error", "error", "recheck", "error", "error", "routine",
    ]  # fmt: skip
    assert [answer["field"] for answer in answers if "error" in answer] == [None, "history[0].on", None, None]
    assert "4 of 7 cases could not be judged" in messages


def test_good_input_ends_in_status_0_and_says_nothing_else() -> None:
    assert run(json.dumps(GOOD).encode()) == (0, [ANSWER], "")


def test_no_input_is_no_answer() -> None:
    assert run(b"") == (0, [], "")


def test_numbers_that_are_none_are_refused_by_name() -> None:
    broken = (
        json.dumps(GOOD).replace("130", "NaN").encode()
        + b"\n"
        + json.dumps(GOOD).replace("130", "1e999").encode()
    )
    huge = json.dumps(GOOD).replace("130", "1" + "0" * 400).encode()
    status, answers, _messages = run(broken + b"\n" + huge)
    assert status == 1
    assert [answer["field"] for answer in answers] == ["visit.observations.systolic"] * 3


ANSWER = {
    "programmes": {
        "hypertension": {
            "class": "controlled",
            "action": "routine",
            "rule": "htn-2017.controlled",
            "source": "BPHS17 Hypertension: content of service, (3) graded intervention",
            "reasons": ["130/80 is within the assessment line <140/90."],
        }
    },
    "red_flags": [],
    "action": "routine",
    "next_due_on": "2026-09-15",
    "referral": {"advised": False, "direction": None, "urgency": None, "reasons": []},
}
