"""The stage: the alliance on a real server, people at browsers, and a guard that refuses every unaudited commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.browser.entry import sign_in
from tests.browser.story import processes
from tests.browser.story.people import Story, tell
from tests.browser.story.stage import Person
from tests.guards.audit import audited_commits
from tests.mail_peer import MailPeer
from tests.world import World


@pytest.fixture
def story(committed_world: World) -> Iterator[Story]:
    """The world before the first page; from here on a commit that leaves no audit line fails."""
    told = tell(committed_world)
    with audited_commits():
        yield told


@pytest.fixture
def person(story: Story, live_server: Any, new_context: Any) -> Iterator[Callable[..., Person]]:
    """`person("doctor")`: signed in through the page, in a browser of their own; afterwards nothing was complained of."""
    people: dict[str, Person] = {}

    def arrive(part: str, *, to: str = "/notices/") -> Person:
        if part not in people:
            someone = people[part] = Person(new_context(), live_server.url)
            sign_in(someone.page, live_server, story.users[part], to=to)
            someone.page.wait_for_load_state()
        return people[part]

    yield arrive
    for someone in people.values():
        someone.is_content()


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[Callable[..., None]]:
    """`behind("worker", "beat", YILIAN_PLAN_SECONDS="1")`: starts the processes that work behind the pages."""
    with ExitStack() as started:

        def start(*parts: str, **extra: str) -> None:
            if "worker" in parts:
                started.enter_context(processes.worker(tmp_path / "worker.log", **extra))
            if "beat" in parts:
                started.enter_context(processes.beat(tmp_path, **extra))

        yield start


@pytest.fixture
def post_office(mail_peer: MailPeer, settings: Any) -> tuple[MailPeer, str]:
    """A real mail server, and the EMAIL_URL that leads to it."""
    return mail_peer, f"smtp://127.0.0.1:{settings.EMAIL_PORT}"
