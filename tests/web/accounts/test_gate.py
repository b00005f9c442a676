"""What stands between a signed-in person and the pages: code, new password, second factor to set up."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import second_factor
from accounts.models import User
from alliances.models import PractitionerRole
from journal.models import AuditEvent
from tests.second_factors import code_of, device_of
from tests.world import PASSWORD, World

SIGN_IN, STEP, FACTOR = "/accounts/sign-in/", "/accounts/second-step/", "/accounts/second-factor/"
NEW = "Ganz-neues-Wort-7"


def with_password(username: str, **more: str) -> Client:
    """Signed in by the password, as far as that goes."""
    client = Client()
    assert client.post(SIGN_IN, {"username": username, "password": PASSWORD, **more}).status_code == 302
    return client


def part_of(user: User) -> dict[str, str]:
    return {"HX-Request": "true", "X-Yilian-User": str(user.pk)}


def test_whoever_needs_none_and_has_none_goes_straight_in(world: World) -> None:
    assert with_password("doctor").get("/").status_code == 200


@pytest.mark.parametrize("page", ["/", "/patients/", "/notices/", "/accounts/", "/accounts/password/",
                                  "/accounts/sessions/", "/accounts/second-factor/", "/admin/"])  # fmt: skip
def test_with_a_device_the_password_alone_opens_nothing(world: World, page: str) -> None:
    device_of(world.doctor)
    answer = with_password("doctor").get(page)
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{STEP}?next=")


def test_the_code_leads_to_the_page_that_was_wanted_and_is_written_down(world: World) -> None:
    device = device_of(world.doctor)
    client = with_password("doctor")
    answer = client.post(STEP, {"code": code_of(device), "next": "/patients/?q=a"})
    assert answer["Location"] == "/patients/?q=a"
    assert client.get("/").status_code == 200
    line = AuditEvent.objects.get(action="second_factor.verify")
    assert line.agent_id == str(world.doctor.pk)


def test_the_step_never_leads_to_another_host(world: World) -> None:
    device = device_of(world.doctor)
    answer = with_password("doctor").post(
        STEP, {"code": code_of(device), "next": "https://example.test/steal"}
    )
    assert answer["Location"] == "/"


def test_spaces_in_the_code_do_not_matter(world: World) -> None:
    code = code_of(device_of(world.doctor))
    assert with_password("doctor").post(STEP, {"code": f" {code[:3]} {code[3:]} "}).status_code == 302


def test_a_wrong_code_opens_nothing_and_is_written_down_without_it(world: World) -> None:
    device_of(world.doctor)
    client = with_password("doctor")
    answer = client.post(STEP, {"code": "000000"})
    assert answer.status_code == 422
    assert "验证码不正确。" in answer.content.decode()
    assert client.get("/").status_code == 302
    line = AuditEvent.objects.get(action="second_factor.refuse")
    assert "000000" not in str(line.detail)


def test_after_a_refusal_the_right_code_has_to_wait(world: World) -> None:
    device = device_of(world.doctor)
    code = code_of(device)
    client = with_password("doctor")
    client.post(STEP, {"code": "000000"})
    answer = client.post(STEP, {"code": code})
    assert answer.status_code == 422
    assert "秒后再试" in answer.content.decode()


def test_a_code_works_once(world: World) -> None:
    code = code_of(device_of(world.doctor))
    assert with_password("doctor").post(STEP, {"code": code}).status_code == 302
    assert with_password("doctor").post(STEP, {"code": code}).status_code == 422


def test_somebody_elses_code_opens_nothing(world: World) -> None:
    device_of(world.doctor)
    assert with_password("doctor").post(STEP, {"code": code_of(device_of(world.nurse))}).status_code == 422


def test_a_visitor_has_no_second_step(world: World, client: Client) -> None:
    assert client.get(STEP)["Location"].startswith(SIGN_IN)
    assert client.post(STEP, {"code": code_of(device_of(world.doctor))})["Location"].startswith(SIGN_IN)


def test_a_recovery_code_signs_in_once_and_leaves_nine(world: World) -> None:
    device_of(world.doctor)
    codes = second_factor.new_codes(world.doctor)
    client = with_password("doctor")
    assert client.post(f"{STEP}?with=recovery", {"code": codes[3].upper()}).status_code == 302
    assert client.get("/").status_code == 200
    assert second_factor.codes_left(world.doctor) == 9
    assert AuditEvent.objects.get(action="second_factor.recover").detail == {"left": 9}
    assert with_password("doctor").post(f"{STEP}?with=recovery", {"code": codes[3]}).status_code == 422


def test_recovery_codes_survive_a_new_secret_key_that_names_the_old_one(world: World, settings) -> None:
    device_of(world.doctor)
    codes = second_factor.new_codes(world.doctor)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-key" * 6
    assert with_password("doctor").post(f"{STEP}?with=recovery", {"code": codes[0]}).status_code == 302


def test_new_recovery_codes_replace_the_earlier_ones(world: World) -> None:
    device_of(world.doctor)
    old = second_factor.new_codes(world.doctor)
    second_factor.new_codes(world.doctor)
    assert second_factor.codes_left(world.doctor) == 10
    assert with_password("doctor").post(f"{STEP}?with=recovery", {"code": old[0]}).status_code == 422


@pytest.mark.parametrize(
    "part", ["team_lead", "centre_admin", "alliance_admin", "privacy_officer", "operator"]
)
def test_an_elevated_post_without_a_device_is_led_to_set_one_up_and_opens_nothing_else(
    world: World, part: str
) -> None:
    client = with_password(world.users[part].username)
    for page in ("/", "/accounts/", "/accounts/sessions/", "/notices/", "/accounts/password/"):
        assert client.get(page)["Location"].startswith(FACTOR), page
    assert client.get(FACTOR).status_code == 200
    assert client.post("/accounts/sign-out/").status_code == 302


def test_the_back_office_needs_one_whatever_the_post(world: World) -> None:
    User.objects.filter(pk=world.doctor.pk).update(is_staff=True, is_superuser=True)
    assert with_password("doctor").get("/admin/")["Location"].startswith(FACTOR)
    world.doctor.refresh_from_db()
    assert world.browser("doctor").get("/admin/").status_code == 200


def test_a_post_that_is_given_asks_for_it_on_the_next_request(world: World) -> None:
    client = with_password("doctor")
    assert client.get("/").status_code == 200
    PractitionerRole.objects.filter(user=world.doctor).update(role="privacy_officer")
    assert client.get("/")["Location"].startswith(FACTOR)


def test_the_first_code_sets_it_up_and_shows_ten_recovery_codes_once(world: World) -> None:
    client = with_password("operator")
    page = client.get(FACTOR).content.decode()
    waiting = second_factor.begin(world.operator, at=timezone.now())
    assert second_factor.typed_secret(waiting)[:4] in page
    assert 'class="yl-qr"' in page
    assert "style=" not in page
    answer = client.post(FACTOR, {"code": code_of(waiting)})
    assert answer.content.decode().count('<li class="yl-code">') == 10
    assert client.get("/", follow=True).status_code == 200
    assert (
        AuditEvent.objects.filter(action="second_factor.enrol", agent_id=str(world.operator.pk)).count() == 1
    )
    assert '<li class="yl-code">' not in client.get(FACTOR).content.decode()


def test_a_wrong_first_code_sets_nothing_up(world: World) -> None:
    client = with_password("operator")
    client.get(FACTOR)
    assert client.post(FACTOR, {"code": "000000"}).status_code == 422
    assert not second_factor.is_enrolled(world.operator)


def test_a_secret_that_was_shown_long_ago_is_not_used(world: World) -> None:
    now = timezone.now()
    first = second_factor.begin(world.doctor, at=now)
    assert second_factor.begin(world.doctor, at=now).key == first.key
    assert second_factor.begin(world.doctor, at=now + timedelta(minutes=31)).key != first.key


def test_another_phone_takes_the_place_of_the_first(world: World) -> None:
    old = device_of(world.doctor)
    client, elsewhere = world.browser("doctor"), world.browser("doctor")
    client.get(f"{FACTOR}?replace=1")
    waiting = second_factor.begin(world.doctor, at=timezone.now())
    assert client.post(FACTOR, {"code": code_of(waiting)}).status_code == 200
    assert second_factor.device_of(world.doctor).key == waiting.key != old.key
    assert client.get("/").status_code == 200
    assert elsewhere.get("/")["Location"].startswith(STEP)


def test_recovery_codes_are_made_by_a_verified_person_only(world: World) -> None:
    assert with_password("doctor").post("/accounts/second-factor/codes/").status_code == 302
    assert second_factor.codes_left(world.doctor) == 0
    assert world.browser("doctor").post("/accounts/second-factor/codes/").status_code == 200
    assert second_factor.codes_left(world.doctor) == 10


@pytest.mark.parametrize("why", ["initial", "expired"])
def test_a_password_to_be_changed_comes_before_everything_else(world: World, why: str) -> None:
    if why == "initial":
        User.objects.filter(pk=world.doctor.pk).update(password_initial=True)
    else:
        User.objects.filter(pk=world.doctor.pk).update(
            password_changed_at=timezone.now() - timedelta(days=90)
        )
    client = with_password("doctor")
    for page in ("/", "/accounts/", "/patients/", "/accounts/second-factor/"):
        assert client.get(page)["Location"].startswith("/accounts/password/"), page
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW, "next": "/patients/"}
    assert client.post("/accounts/password/", form)["Location"] == "/patients/"
    assert client.get("/").status_code == 200
    assert Client().post(SIGN_IN, {"username": "doctor", "password": NEW}).status_code == 302


def test_a_password_does_not_grow_too_old_in_the_middle_of_work(world: World) -> None:
    client = with_password("doctor")
    User.objects.filter(pk=world.doctor.pk).update(
        password_changed_at=timezone.now() - timedelta(days=90) + timedelta(seconds=1)
    )
    assert client.get("/").status_code == 200


def test_zero_days_mean_that_passwords_do_not_grow_old(world: World, settings) -> None:
    settings.PASSWORD_DAYS = 0
    User.objects.filter(pk=world.doctor.pk).update(password_changed_at=timezone.now() - timedelta(days=900))
    assert with_password("doctor").get("/").status_code == 200


@pytest.mark.parametrize(("part", "words"), [("doctor", "第二步验证"), ("nurse", "需要先修改密码"),
                                             ("operator", "需要先绑定第二步验证")])  # fmt: skip
def test_a_part_request_gets_the_dialog_of_what_stands_in_the_way(
    world: World, part: str, words: str
) -> None:
    device_of(world.doctor)
    client = with_password(part)
    User.objects.filter(pk=world.nurse.pk).update(password_initial=True)
    answer = client.get("/notices/", headers=part_of(world.users[part]))
    assert answer.status_code == 401
    assert answer["HX-Retarget"] == "#yl-sign-in"
    assert words in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_an_error_page_shows_no_frame_before_the_steps_are_done(world: World) -> None:
    page = with_password("operator").get("/nowhere/")
    assert page.status_code == 404
    assert "/admin/" not in page.content.decode()
    assert "yl-nav" in world.browser("operator").get("/nowhere/").content.decode()


def test_bearer_tokens_are_judged_without_the_cookies_gate(world: World) -> None:
    client = with_password("operator")
    assert client.get("/api/v1/patients/").status_code == 401
    assert client.get("/api/schema/").status_code == 200


def test_the_full_identity_needs_a_second_factor(world: World) -> None:
    patient = world.patient("甲", number="11010519491231002X")
    path = f"/patients/{patient.pk}/"
    alone, both = with_password("doctor"), world.browser("doctor")
    # `both` enrolled the doctor: the session without a code is led to the second step from now on.
    assert alone.post(f"{path}identity/", {"reason": "x"}).status_code == 302
    second_factor.remove(world.nurse)
    nurse = world.browser("nurse", verified=False)
    refused = nurse.post(f"{path}identity/", {"reason": "x"})
    assert refused.status_code == 403
    assert "11010519491231002X" not in refused.content.decode()
    assert "绑定第二步验证" in nurse.get(path).content.decode()
    assert "11010519491231002X" in both.post(f"{path}identity/", {"reason": "x"}).content.decode()
