"""The back office: for the operator, through the product's own sign-in, with an audit line and without a patient."""

from django.contrib import admin
from django.test import Client
from django.utils import timezone

from accounts import lockout, second_factor
from accounts.models import User
from alliances.models import CareTeam, Organization
from journal.models import AuditEvent
from patients.scope import PatientOwnedQuerySet
from tests.second_factors import device_of
from tests.world import World


def operator(world: World) -> Client:
    User.objects.filter(pk=world.operator.pk).update(is_staff=True, is_superuser=True)
    world.operator.refresh_from_db()
    return world.browser("operator")


def test_a_visitor_is_sent_to_the_one_sign_in_page(client: Client, world: World) -> None:
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/sign-in/?next=/admin/"


def test_nobody_else_finds_it(world: World) -> None:
    for part in ("doctor", "centre_admin", "alliance_admin", "privacy_officer", "operator"):
        assert world.browser(part).get("/admin/", follow=True).status_code == 404, part


def test_the_operator_starts_there_and_every_list_and_form_opens(world: World) -> None:
    browser = operator(world)
    assert browser.get("/")["Location"] == "/admin/"
    for model in admin.site._registry:
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert browser.get(base).status_code == 200, base
        assert browser.get(f"{base}add/").status_code == 200, base
    assert browser.get(f"/admin/accounts/user/{world.doctor.pk}/change/").status_code == 200


def test_no_patient_row_is_registered() -> None:
    owned = [
        m for m in admin.site._registry if isinstance(m._default_manager.get_queryset(), PatientOwnedQuerySet)
    ]
    assert owned == []


def test_a_change_is_audited(world: World) -> None:
    browser = operator(world)
    form = {
        "organization": world.centre.pk, "code": "t9", "name": "第九片区团队", "kind": "area", "areas": '["红旗村"]',
    }  # fmt: skip
    assert browser.post("/admin/alliances/careteam/add/", form).status_code == 302
    team = CareTeam.objects.get(code="t9")
    browser.post(f"/admin/alliances/careteam/{team.pk}/change/", {**form, "name": "第十片区团队"})
    browser.post(f"/admin/alliances/careteam/{team.pk}/delete/", {"post": "yes"})

    events = AuditEvent.objects.filter(subject_id=str(team.pk), subject_kind="careteam").order_by("id")
    assert [e.action for e in events] == ["backoffice.add", "backoffice.change", "backoffice.delete"]
    assert {e.agent_id for e in events} == {str(world.operator.pk)}


def test_a_new_user_gets_a_hashed_password(world: World) -> None:
    form = {
        "username": "new",
        "name": "新人",
        "usable_password": "true",
        "password1": "Lang-genug-9",
        "password2": "Lang-genug-9",
    }
    answer = operator(world).post("/admin/accounts/user/add/", form)
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    made = User.objects.get(username="new")
    assert made.check_password("Lang-genug-9")
    assert made.password_initial


def test_an_organization_can_be_put_into_the_tree(world: World) -> None:
    form = {"code": "station", "name": "红旗村卫生站", "tier": "community", "parent": world.centre.pk}
    assert operator(world).post("/admin/alliances/organization/add/", form).status_code == 302
    assert Organization.objects.get(code="station").parent == world.centre


def test_a_password_given_here_has_to_be_changed_and_ends_the_persons_sessions(world: World) -> None:
    browser, doctor = operator(world), world.browser("doctor")
    form = {"usable_password": "true", "password1": "Lang-genug-9", "password2": "Lang-genug-9"}
    assert browser.post(f"/admin/accounts/user/{world.doctor.pk}/password/", form).status_code == 302
    given = User.objects.get(pk=world.doctor.pk)
    assert given.password_initial
    assert given.check_password("Lang-genug-9")
    assert doctor.get("/").status_code == 302


def test_locks_and_second_factors_are_shown_and_lifted_here(world: World) -> None:
    for _try in range(5):
        Client().post("/accounts/sign-in/", {"username": "doctor", "password": "wrong"})
    device_of(world.doctor)
    browser = operator(world)
    until = timezone.localtime(lockout.locked_until(world.doctor, at=timezone.now())).strftime("%H:%M")
    assert until in browser.get("/admin/accounts/user/").content.decode()
    for action in ("lift_lock", "reset_second_factor"):
        chosen = {"action": action, "_selected_action": [world.doctor.pk]}
        assert browser.post("/admin/accounts/user/", chosen).status_code == 302
    assert lockout.locked_until(world.doctor, at=timezone.now()) is None
    assert not second_factor.is_enrolled(world.doctor)


def test_no_secret_of_a_second_factor_stands_in_the_back_office(world: World) -> None:
    browser = operator(world)
    for model in (
        "otp_totp/totpdevice",
        "otp_static/staticdevice",
        "qsessions/session",
        "axes/accessattempt",
    ):
        assert browser.get(f"/admin/{model}/").status_code == 404, model
    assert browser.post(f"/admin/accounts/user/{world.doctor.pk}/change/", {}).status_code == 200
    assert world.browser("operator", verified=False).get("/admin/").status_code == 302
