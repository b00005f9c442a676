"""Pages of directors and mentoring: figures with the sessions behind them, logging, voiding, pairing."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from alliances import mentoring
from alliances.models import MentoringPair, MentoringSession, Role
from alliances.paper_fields import period_of
from tests.world import World


def make(world: World, target: int | None = 4) -> MentoringPair:
    today = timezone.localdate()
    unsaved = MentoringPair(
        kind="mentoring", mentor=world.specialist, mentor_organization=world.secondary, organization=world.centre,
        mentee=world.doctor, period=period_of(today - timedelta(days=400), today + timedelta(days=400)),
    )  # fmt: skip
    return mentoring.pair(unsaved, target=target, year=today.year, on=today, by=world.centre_admin)


def session(**changes: object) -> dict[str, object]:
    today = timezone.localdate().isoformat()
    return {"on": today, "method": "clinic", "topic": "胰岛素起始", "minutes": "60", "note": "", **changes}


def test_the_two_log_and_void_and_the_figures_follow(world: World) -> None:
    pair, mentee = make(world), world.browser("doctor")
    log = reverse("alliances:mentoring-log", args=[pair.pk])
    assert "活动已登记" in mentee.post(log, session(), follow=True).content.decode()
    assert (
        "活动已登记"
        in world.browser("specialist").post(log, session(topic="查房"), follow=True).content.decode()
    )
    page = mentee.get(reverse("alliances:mentoring")).content.decode()
    for words in ("2 / 4", "50.00%", "specialist → doctor"):
        assert words in page, words
    behind = mentee.get(
        reverse("alliances:mentoring-sessions"), {"mentor": world.specialist.pk}
    ).content.decode()
    assert "胰岛素起始" in behind
    assert "查房" in behind
    wrong = MentoringSession.objects.get(topic="查房")
    void = reverse("alliances:mentoring-void", args=[wrong.pk])
    assert mentee.post(void, {"reason": ""}).status_code == 422
    assert "不再计数" in mentee.post(void, {"reason": "重复"}, follow=True).content.decode()
    assert "25.00%" in mentee.get(reverse("alliances:mentoring")).content.decode()
    assert "重复" in mentee.get(reverse("alliances:mentoring-pair", args=[pair.pk])).content.decode()


def test_a_session_of_tomorrow_is_refused_at_its_field(world: World) -> None:
    pair = make(world)
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    log = reverse("alliances:mentoring-log", args=[pair.pk])
    answer = world.browser("doctor").post(log, session(on=tomorrow))
    assert answer.status_code == 422
    assert "不能晚于今天" in answer.content.decode()
    assert not MentoringSession.objects.exists()


def test_a_colleague_sees_nothing_and_may_nothing(world: World) -> None:
    pair, colleague = make(world), world.browser("colleague")
    assert "本年度暂无结对" in colleague.get(reverse("alliances:mentoring")).content.decode()
    for name in ("mentoring-pair", "mentoring-log", "mentoring-aim", "mentoring-end"):
        address = reverse(f"alliances:{name}", args=[pair.pk])
        assert 404 in (colleague.get(address).status_code, colleague.post(address).status_code)
    mentee = world.browser("doctor")
    assert mentee.post(reverse("alliances:mentoring-end", args=[pair.pk])).status_code == 404
    assert "设定目标" not in mentee.get(reverse("alliances:mentoring-pair", args=[pair.pk])).content.decode()


def test_no_target_is_no_denominator_and_not_nought_percent(world: World) -> None:
    pair = make(world, target=None)
    world.browser("doctor").post(reverse("alliances:mentoring-log", args=[pair.pk]), session())
    page = (
        world.browser("centre_admin").get(reverse("alliances:mentoring"), {"by": "centre"}).content.decode()
    )
    assert "无分母" in page
    assert "0.00%" not in page


def test_the_administrator_pairs_aims_and_ends(world: World) -> None:
    browser, address = world.browser("centre_admin"), reverse("alliances:mentoring-new")
    places = f"{address}?kind=mentoring&hospital={world.secondary.pk}&centre={world.centre.pk}"
    assert "巴南区人民医院" in browser.get(address).content.decode()
    today = timezone.localdate()
    form = {
        "mentor": world.specialist.pk,
        "mentee": world.nurse.pk,
        "first_day": today.isoformat(),
        "target": "3",
    }
    assert "结对成功" in browser.post(places, form, follow=True).content.decode()
    again = browser.post(places, form)
    assert (again.status_code, "已结对" in again.content.decode()) == (422, True)
    pair = MentoringPair.objects.get()
    aim = reverse("alliances:mentoring-aim", args=[pair.pk])
    assert (
        "目标已设定" in browser.post(aim, {"year": today.year, "sessions": 8}, follow=True).content.decode()
    )
    assert browser.post(aim, {"year": today.year - 1, "sessions": 8}).status_code == 422
    end = reverse("alliances:mentoring-end", args=[pair.pk])
    assert (
        "将于"
        in browser.post(end, {"last_day": today.isoformat(), "reason": "调动"}, follow=True).content.decode()
    )
    director = browser.get(
        address, {"kind": "director", "hospital": world.secondary.pk, "centre": world.centre.pk}
    )
    assert "带教对象" not in director.content.decode()


def test_a_year_of_pairs_costs_the_same_however_many(world: World, django_assert_max_num_queries) -> None:
    for number in range(20):
        mentee, today = world.user(f"m{number}", Role.NURSE, world.centre), timezone.localdate()
        unsaved = MentoringPair(
            kind="mentoring", mentor=world.specialist, mentor_organization=world.secondary, mentee=mentee,
            organization=world.centre, period=period_of(today, None),
        )  # fmt: skip
        mentoring.pair(unsaved, target=2, year=today.year, on=today, by=world.centre_admin)
    browser = world.browser("centre_admin")
    for by in ("pair", "mentor", "centre"):
        with django_assert_max_num_queries(14):
            assert browser.get(reverse("alliances:mentoring"), {"by": by}).status_code == 200
