"""The frame: what stands in the navigation follows from the posts."""

from datetime import timedelta

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from config.navigation import MOST_UNREAD, navigation_of
from config.places import GROUPS
from journal.models import Channel, Communication, CommunicationStatus, Recipient
from tests.second_factors import device_of
from tests.world import World


def request_of(world: World, part: str) -> HttpRequest:
    """A request of somebody who has nothing to do first."""
    request = RequestFactory().get("/")
    request.user, request.session = world.users[part], {}
    request.user.otp_device = device_of(world.users[part])
    return request


def pages(world: World, part: str) -> set[str]:
    request = request_of(world, part)
    return {str(link.href) for group in navigation_of(request).groups for link in group.entries}


@pytest.mark.parametrize(
    ("part", "page", "stands"),
    [
        ("doctor", "workbench:today", True),
        ("specialist", "workbench:today", False),
        ("specialist", "referrals:desk", True),
        ("doctor", "referrals:desk", False),
        ("alliance_admin", "performance:dashboard", True),
        ("privacy_officer", "performance:dashboard", False),
        ("centre_admin", "exchange:imports", True),
        ("alliance_admin", "workbench:patients", False),
        ("doctor", "exchange:imports", False),
    ],
)
def test_an_entry_stands_only_for_a_post_that_may_open_it(
    world: World, part: str, page: str, stands: bool
) -> None:
    assert (reverse(page) in pages(world, part)) is stands


def test_the_frame_names_post_and_user(world: World) -> None:
    body = world.browser("operator").get("/components/").content.decode()
    assert "重庆市第一人民医院" in body
    assert 'aria-label="退出登录"' in body


def test_every_entry_has_its_page_and_stands_once() -> None:
    names = [entry.page for _, entries in GROUPS for entry in entries]
    assert len({reverse(name) for name in names}) == len(names)


def notice(key: str, recipient_id: int, **more: object) -> None:
    fields = {"kind": "referral", "channel": Channel.IN_APP, "recipient_kind": Recipient.USER, "not_before": timezone.now(),
              "status": CommunicationStatus.COMPLETED}  # fmt: skip
    Communication.objects.create(key=key, recipient_id=str(recipient_id), **{**fields, **more})


def test_the_bell_counts_delivered_unread_notices_of_person_and_team(world: World) -> None:
    notice("mine", world.doctor.pk)
    notice("my-team", world.team.pk, recipient_kind=Recipient.TEAM)
    notice("read", world.doctor.pk, read_at=timezone.now())
    notice(
        "waiting",
        world.doctor.pk,
        status=CommunicationStatus.PREPARATION,
        not_before=timezone.now() + timedelta(days=1),
    )
    notice("another's", world.nurse.pk)
    assert navigation_of(request_of(world, "doctor")).unread == 2
    assert MOST_UNREAD == 99
