"""One's own account: password, sessions and their limits."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.test import Client
from django.utils import timezone
from qsessions.models import Session

from accounts import sessions
from accounts.models import PastPassword, User
from journal.models import AuditEvent
from tests.api_client import Caller
from tests.world import PASSWORD, World

PAGE, PLACES, END = "/accounts/password/", "/accounts/sessions/", "/accounts/sessions/end/"
NEW = "Ganz-neues-Wort-7"


def change(client: Client, new: str, *, old: str = PASSWORD, again: str = ""):
    return client.post(PAGE, {"old_password": old, "new_password1": new, "new_password2": again or new})


def user_agent(client: Client, text: str) -> Client:
    client.defaults["HTTP_USER_AGENT"] = text
    return client


def test_a_new_password_is_taken_written_down_and_ends_other_sessions_and_tokens(world: World) -> None:
    here, elsewhere, caller = world.browser("doctor"), world.browser("doctor"), Caller(world.doctor)
    assert change(here, NEW).status_code == 302
    assert User.objects.get(pk=world.doctor.pk).check_password(NEW)
    assert here.get("/").status_code == 200
    assert elsewhere.get("/")["Location"].startswith("/accounts/sign-in/")
    assert caller.get("patients/").status_code == 401
    line = AuditEvent.objects.get(action="user.password_change")
    assert NEW not in str(line.detail)


@pytest.mark.parametrize(
    "weak", ["Kurz-7aA", "alles-kleine-buchstaben", "NURGROSSE1234", "Doctor12345", "Password123"]
)
def test_a_password_against_the_rules_is_refused_with_the_reason(world: World, weak: str) -> None:
    answer = change(world.browser("doctor"), weak)
    assert answer.status_code == 422
    assert "yl-msg" in answer.content.decode()
    assert User.objects.get(pk=world.doctor.pk).check_password(PASSWORD)


def test_the_last_five_may_not_come_back_and_the_sixth_may(world: World) -> None:
    client = world.browser("doctor")
    used = [PASSWORD, *(f"{NEW}-{n}" for n in range(5))]
    for old, new in pairwise(used):
        assert change(client, new, old=old).status_code == 302
    for word in used[1:]:
        assert change(client, word, old=used[-1]).status_code == 422, word
    assert change(client, PASSWORD, old=used[-1]).status_code == 302
    assert PastPassword.objects.filter(user=world.doctor).count() == 5


def test_the_rules_are_settings(world: World, settings) -> None:
    settings.PASSWORD_KEPT, settings.PASSWORD_CLASSES = 0, 1
    client = world.browser("doctor")
    assert change(client, "nurkleinebuchstaben").status_code == 302
    assert change(client, "nurkleinebuchstaben", old="nurkleinebuchstaben").status_code == 302


def test_the_present_password_is_asked_for_and_its_refusals_lock(world: World) -> None:
    client = world.browser("doctor")
    for _try in range(5):
        assert change(client, NEW, old="wrong").status_code == 422
    assert "失败次数过多" in change(client, NEW).content.decode()
    assert User.objects.get(pk=world.doctor.pk).check_password(PASSWORD)


def test_two_different_new_ones_are_refused(world: World) -> None:
    assert change(world.browser("doctor"), NEW, again="Etwas-anderes-9").status_code == 422


def goes_by(client: Client, **time: int) -> None:
    """When so much time has passed for the session."""
    session = client.session
    for stamp in ("since", "seen"):
        session[stamp] -= timedelta(**time).total_seconds()
    session.save()


def test_half_an_hour_without_anything_done_ends_the_session(world: World) -> None:
    client = world.browser("doctor")
    goes_by(client, minutes=29)
    assert client.get("/").status_code == 200
    goes_by(client, minutes=31)
    assert client.get("/")["Location"].startswith("/accounts/sign-in/")
    line = AuditEvent.objects.get(action="user.session_timeout")
    assert (line.detail, line.agent_id) == ({"why": "idle"}, str(world.doctor.pk))


def test_work_keeps_the_session_but_not_for_ever(world: World) -> None:
    client = world.browser("doctor")
    for _hour in range(23):
        goes_by(client, minutes=29)
        assert client.get("/").status_code == 200
    goes_by(client, minutes=54)
    session = client.session
    session["seen"] = timezone.now().timestamp()
    session.save()
    assert client.get("/").status_code == 302
    assert AuditEvent.objects.get(action="user.session_timeout").detail == {"why": "lifetime"}


def test_what_the_page_asks_for_by_itself_keeps_nothing_alive(world: World) -> None:
    client = world.browser("doctor")
    headers = {"HX-Request": "true", "X-Yilian-User": str(world.doctor.pk), sessions.UNATTENDED: "1"}
    for _minute in range(2):
        goes_by(client, minutes=15)
        answer = client.get("/notices/", headers=headers)
    assert answer.status_code == 401


def test_the_limits_are_settings(world: World, settings) -> None:
    settings.SESSION_IDLE = timedelta(minutes=5)
    client = world.browser("doctor")
    goes_by(client, minutes=6)
    assert client.get("/").status_code == 302


def test_a_session_that_does_not_say_when_it_began_counts_from_its_first_request(world: World) -> None:
    client = world.browser("doctor", verified=False)
    assert "since" not in client.session
    assert client.get("/").status_code == 200
    assert client.session["since"] == pytest.approx(timezone.now().timestamp(), abs=60)


def test_my_sessions_shows_where_and_marks_this_one(world: World) -> None:
    edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0"
    user_agent(world.browser("doctor"), edge).get("/")
    page = world.browser("doctor").get(PLACES).content.decode()
    assert "Edge 126" in page
    assert "Windows 10" in page
    assert page.count("本机") == 1
    assert page.count('name="place"') == 1
    assert not any(key in page for key in Session.objects.values_list("session_key", flat=True))


def test_one_place_is_signed_out_and_the_others_go_on(world: World) -> None:
    here, there, third = (world.browser("doctor") for _place in range(3))
    key = there.session.session_key
    handle = next(p.handle for p in sessions.places(world.doctor, this=key, at=timezone.now()) if p.is_this)
    assert here.post(END, {"place": handle})["Location"] == PLACES
    assert there.get("/").status_code == 302
    assert third.get("/").status_code == 200
    assert AuditEvent.objects.get(action="user.session_end").detail == {"sessions": 1}


def test_all_others_are_signed_out_at_once(world: World) -> None:
    here, there, third = (world.browser("doctor") for _place in range(3))
    here.post(END)
    assert [one.get("/").status_code for one in (here, there, third)] == [200, 302, 302]


def test_nobody_can_end_somebody_elses_session(world: World) -> None:
    nurse, doctor = world.browser("nurse"), world.browser("doctor")
    key = doctor.session.session_key
    handle = next(p.handle for p in sessions.places(world.doctor, this=key, at=timezone.now()) if p.is_this)
    nurse.post(END, {"place": handle})
    nurse.post(END)
    assert doctor.get("/").status_code == 200


def test_ended_sessions_are_not_shown(world: World) -> None:
    world.browser("doctor")
    Session.objects.update(updated_at=timezone.now() - timedelta(minutes=31))
    assert world.browser("doctor").get(PLACES).content.decode().count('name="place"') == 0


def test_the_account_page_links_the_three(world: World) -> None:
    page = world.browser("doctor").get("/accounts/").content.decode()
    for path in (PAGE, "/accounts/second-factor/", PLACES):
        assert f'href="{path}"' in page
    assert 'href="/accounts/"' in world.browser("doctor").get("/").content.decode()
