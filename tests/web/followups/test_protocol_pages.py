"""Pages of the protocols, their versions, what a draft would change, and what doctors decided otherwise."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from alliances.models import Role
from followups import versions
from followups.entry.override import Override, Wish
from followups.models import AssessmentOverride, ProtocolVersion, WhatIf
from followups.protocols import knobs
from followups.versions import what_ifs
from patients.programmes import Programme
from tests.db.followups.recording import save
from tests.db.followups.versions_at_hand import begun, drafted
from tests.world import World

TODAY = timezone.localdate
CLINICAL = ("doctor", "nurse", "team_lead", "specialist", "centre_admin", "alliance_admin")
WHY = "专家组意见：放宽血压线的年龄"


def text(answer: Any) -> str:
    return answer.content.decode()


def ran(world: World, **values: Any) -> WhatIf:
    """A draft run over two visits of a resident of the first team and one of the second."""
    for team in (world.team, world.second_team):
        born = date(TODAY().year - 62, 1, 1)
        patient = world.patient(f"居民{team.code}", Programme.HYPERTENSION, born=born, team=team)
        on = (TODAY() - timedelta(days=20)).isoformat()
        save(world, patient, on, systolic=145, diastolic=80, recorded_at=timezone.now())
    draft = drafted(world.alliance_admin, **(values or {"age_relaxed": 60}))
    run = what_ifs.ask(draft, by=world.alliance_admin, on=TODAY(), at=timezone.now())
    while what_ifs.step(run.pk, at=timezone.now()):
        pass
    return WhatIf.objects.get(pk=run.pk)


def filled(**changes: Any) -> dict[str, Any]:
    values = knobs.as_values(versions.in_force(on=TODAY()).settings)
    return {**values, "valid_from": (TODAY() + timedelta(days=7)).isoformat(), "reason": WHY, **changes}


# ---- reading


@pytest.mark.parametrize("part", CLINICAL)
def test_clinical_roles_and_administrators_read_the_protocols(world: World, part: str) -> None:
    browser = world.browser(part)
    shown = text(browser.get(reverse("followups:protocols")))
    assert "高血压" in shown
    assert "待确认" in shown
    rules = text(browser.get(reverse("followups:protocol", args=["hypertension"])))
    assert "收缩压 ≥180" in rules
    assert "14 天" in rules
    assert "3 个月" in rules
    assert ("起草新版本" in shown) is (part == "alliance_admin")


@pytest.mark.parametrize("part", ["privacy_officer", "operator"])
def test_others_do_not(world: World, part: str) -> None:
    assert world.browser(part).get(reverse("followups:protocols")).status_code == 404


def test_every_programme_has_a_page_and_a_word_that_is_none_has_not(world: World) -> None:
    browser = world.browser("doctor")
    for programme in Programme.values:
        assert browser.get(reverse("followups:protocol", args=[programme])).status_code == 200
    assert browser.get("/protocols/measles/").status_code == 404


def test_the_list_shows_who_changed_what_when_and_why(world: World) -> None:
    begun(world.alliance_admin, days_ago=10, age_relaxed=60)
    shown = text(world.browser("doctor").get(reverse("followups:protocols")))
    assert "65 岁 → <b>60 岁</b>" in shown
    assert "按本市慢病管理专家组意见调整" in shown
    assert "alliance_admin" in shown


def test_the_pages_cost_a_bounded_number_of_statements(
    world: World, django_assert_max_num_queries: Any
) -> None:
    for days in (30, 20, 10):
        begun(world.alliance_admin, days_ago=days, age_relaxed=60 + days)
    browser = world.browser("doctor")
    with django_assert_max_num_queries(4 + 8):
        browser.get(reverse("followups:protocols"))


# ---- drafting, publishing, withdrawing


def test_a_draft_is_written_changed_and_published(world: World) -> None:
    browser = world.browser("alliance_admin")
    assert browser.get(reverse("followups:version-new")).status_code == 200
    answer = browser.post(reverse("followups:version-new"), filled(age_relaxed=60))
    row = ProtocolVersion.objects.get()
    assert answer.headers["Location"] == reverse("followups:version", args=[row.pk])
    browser.post(reverse("followups:version-edit", args=[row.pk]), filled(age_relaxed=61))
    shown = text(browser.get(reverse("followups:version", args=[row.pk])))
    assert "65 岁 → <b>61 岁</b>" in shown
    assert "尚未用近一年的随访试算" in shown
    browser.post(reverse("followups:version-publish", args=[row.pk]))
    row.refresh_from_db()
    assert (row.status, row.published_by) == ("published", world.alliance_admin)
    assert browser.get(reverse("followups:version-edit", args=[row.pk])).status_code == 302
    browser.post(reverse("followups:version-withdraw", args=[row.pk]), {"reason": "会议改期再议"})
    row.refresh_from_db()
    assert (row.status, row.withdrawal_reason) == ("withdrawn", "会议改期再议")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"age_relaxed": "12"}, "应在 18 与 120 之间"),
        ({"age_relaxed": "abc"}, "age_relaxed"),
        ({"valid_from": "2020-01-01"}, "请选择今天或以后的日期"),
        ({"reason": "改"}, "reason"),
        ({"hypoglycaemia_inclusive": "maybe"}, "hypoglycaemia_inclusive"),
    ],
)
def test_a_draft_that_cannot_be_is_refused_at_its_field(
    world: World, changes: dict[str, Any], said: str
) -> None:
    answer = world.browser("alliance_admin").post(reverse("followups:version-new"), filled(**changes))
    assert answer.status_code == 422
    assert said in text(answer)
    assert not ProtocolVersion.objects.exists()


def test_publishing_what_changes_nothing_says_so(world: World) -> None:
    row = drafted(world.alliance_admin)
    answer = world.browser("alliance_admin").post(reverse("followups:version-publish", args=[row.pk]))
    assert answer.status_code == 422
    assert "无需发布" in text(answer)


@pytest.mark.parametrize("part", ["doctor", "team_lead", "centre_admin", "specialist"])
@pytest.mark.parametrize(
    "name",
    ["version-edit", "version-publish", "version-withdraw", "version-discard", "what-if", "what-if-stop"],
)
def test_only_the_alliance_administrator_changes_a_version(world: World, part: str, name: str) -> None:
    row = drafted(world.alliance_admin, age_relaxed=60)
    assert world.browser(part).post(reverse(f"followups:{name}", args=[row.pk])).status_code == 404
    assert world.browser(part).post(reverse("followups:version-new"), filled()).status_code == 404


def test_a_version_that_is_none_is_absent(world: World) -> None:
    browser = world.browser("alliance_admin")
    for name in ("version", "version-edit", "what-if-progress"):
        assert browser.get(reverse(f"followups:{name}", args=[987])).status_code == 404


# ---- what a draft would change


def test_the_alliance_administrator_asks_and_sees_numbers_only(world: World) -> None:
    run = ran(world)
    browser = world.browser("alliance_admin")
    shown = text(browser.get(reverse("followups:version", args=[run.version_id])))
    assert "2 次随访中有 2 次结论改变" in shown
    assert "<b>2</b>" in shown
    assert reverse("followups:what-if-visits", args=[run.version_id]) not in shown
    assert browser.get(reverse("followups:what-if-visits", args=[run.version_id])).status_code == 404


def test_the_centre_opens_the_residents_behind_a_number_and_the_team_its_own(world: World) -> None:
    run = ran(world)
    path = reverse("followups:what-if-visits", args=[run.version_id])
    query = {"programme": "hypertension", "kind": "klass", "from": "uncontrolled", "to": "controlled"}
    centre = text(world.browser("centre_admin").get(path, query))
    assert "居民t1" in centre
    assert "居民t2" in centre
    team = text(world.browser("team_lead").get(path, query))
    assert "居民t1" in team
    assert "居民t2" not in team
    other = {**query, "to": "complication"}
    assert "居民t1" not in text(world.browser("centre_admin").get(path, other))
    assert world.browser("centre_admin").get(path, {"kind": "pk"}).status_code == 404
    assert world.browser("centre_admin").get(path, {"from": "x"}).status_code == 404


def test_another_centre_sees_none_of_it(world: World) -> None:
    run = ran(world)
    world.user("other_admin", Role.ORGANIZATION_ADMIN, world.other_centre)
    browser = world.browser("other_admin")
    assert "本次试算没有涉及您机构的随访" in text(
        browser.get(reverse("followups:version", args=[run.version_id]))
    )
    assert "居民t1" not in text(browser.get(reverse("followups:what-if-visits", args=[run.version_id])))


def test_asking_progress_and_stopping(world: World) -> None:
    row, browser = drafted(world.alliance_admin, age_relaxed=60), world.browser("alliance_admin")
    browser.post(reverse("followups:what-if", args=[row.pk]))
    assert WhatIf.objects.get(version=row).status == "queued"
    progress = browser.get(reverse("followups:what-if-progress", args=[row.pk]))
    assert "等待后台任务" in text(progress)
    assert "HX-Refresh" not in progress.headers
    browser.post(reverse("followups:what-if-stop", args=[row.pk]))
    assert WhatIf.objects.get(version=row).status == "cancelled"
    assert browser.get(reverse("followups:what-if-progress", args=[row.pk])).headers["HX-Refresh"] == "true"


def test_an_edited_draft_marks_its_result_as_stale(world: World) -> None:
    run = ran(world)
    browser = world.browser("alliance_admin")
    assert "草稿已修改" not in text(browser.get(reverse("followups:version", args=[run.version_id])))
    browser.post(reverse("followups:version-edit", args=[run.version_id]), filled(age_relaxed=70))
    browser.get(reverse("followups:protocols"))  # the toast of the change is read
    assert "草稿已修改" in text(browser.get(reverse("followups:version", args=[run.version_id])))


# ---- decided otherwise


def test_overrides_are_counted_by_team_and_open_their_list(world: World) -> None:
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    override = Override("家庭自测一直达标", {"hypertension": Wish("controlled", "")})
    on = (TODAY() - timedelta(days=3)).isoformat()
    save(world, patient, on, systolic=150, diastolic=80, recorded_at=timezone.now(), override=override)
    path = f"{reverse('followups:overrides')}?organization={world.centre.pk}&amp;team={world.team.pk}"
    assert path in text(world.browser("team_lead").get(reverse("followups:protocols")))
    assert path not in text(world.browser("doctor").get(reverse("followups:protocols")))
    shown = text(world.browser("team_lead").get(path.replace("&amp;", "&")))
    assert "李佩兰" in shown
    assert "家庭自测一直达标" in shown
    assert "规范结论：控制不满意" in shown
    world.user("other_admin", Role.ORGANIZATION_ADMIN, world.other_centre)
    assert world.browser("other_admin").get(path.replace("&amp;", "&")).status_code == 404
    assert world.browser("doctor").get(path.replace("&amp;", "&")).status_code == 404


# ---- the visit page


def visit(world: World, part: str = "doctor", **given: Any) -> tuple[Any, Any]:
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    from uuid import uuid4

    data = {
        "visit": str(uuid4()), "visit_count": 0, "on": TODAY().isoformat(), "method": "clinic", "systolic": "150",
        "diastolic": "88", **given,
    }  # fmt: skip
    return patient, world.browser(part).post(reverse("workbench:visit", args=[patient.pk]), data)


def test_a_visit_is_saved_with_the_doctors_decision_in_one_go(world: World) -> None:
    patient, answer = visit(
        world, override_hypertension_class="controlled", override_hypertension_action="routine",
        override_reason="家庭自测一直达标",
    )  # fmt: skip
    assert answer.status_code == 302
    kept = AssessmentOverride.objects.get(patient=patient)
    assert (kept.klass, kept.protocol_klass, kept.by) == ("controlled", "uncontrolled", world.doctor)
    saved = text(world.browser("doctor").get(answer.headers["Location"]))
    assert "医生另行判断：家庭自测一直达标" in saved
    assert "规范结论：控制不满意" in saved


def test_without_a_reason_it_is_refused_at_the_field_and_nothing_is_lost(world: World) -> None:
    _patient, answer = visit(world, override_hypertension_class="controlled")
    assert answer.status_code == 422
    assert "请说明理由" in text(answer)
    assert '<option value="controlled" selected>' in text(answer)
    assert not AssessmentOverride.objects.exists()


def test_a_nurse_has_no_such_part_and_cannot_forge_it(world: World) -> None:
    patient, answer = visit(
        world, "nurse", override_hypertension_class="controlled", override_reason="家庭自测一直达标"
    )
    assert answer.status_code == 302
    assert not AssessmentOverride.objects.exists()
    page = reverse("workbench:visit", args=[patient.pk])
    assert "医生另行判断" not in text(world.browser("nurse").get(page))
    assert "医生另行判断" in text(world.browser("doctor").get(page))


def test_the_live_decision_shows_both_words(world: World) -> None:
    patient = world.patient("李佩兰", Programme.HYPERTENSION)
    data = {
        "visit": "01a21466-b7ff-76bd-991a-3f455287346e", "visit_count": 0, "on": TODAY().isoformat(),
        "method": "clinic", "systolic": "150", "diastolic": "88", "override_hypertension_class": "controlled",
        "override_reason": "家庭自测一直达标",
    }  # fmt: skip
    shown = text(world.browser("doctor").post(reverse("workbench:visit-decision", args=[patient.pk]), data))
    assert "1 控制满意" in shown
    assert "规范结论：控制不满意" in shown
