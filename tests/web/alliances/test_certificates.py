"""Pages of certificates: one's own, and the administrator's list."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from alliances import certificates
from alliances.models import Certificate
from journal import delivery
from tests.world import World


def form(days: int = 20, **changes: object) -> dict[str, object]:
    ends = (timezone.localdate() + timedelta(days=days)).isoformat()
    return {
        "kind": "physician",
        "number": "000500113000001",
        "issued_on": "2022-01-01",
        "expires_on": ends,
        **changes,
    }


def test_one_enters_edits_and_removes_ones_own(world: World) -> None:
    browser, new = world.browser("doctor"), reverse("alliances:certificate-new")
    assert "已登记" in browser.post(new, form(), follow=True).content.decode()
    page = browser.get(reverse("alliances:certificates")).content.decode()
    assert "20 天后到期" in page
    row = Certificate.objects.get()
    edit = reverse("alliances:certificate-edit", args=[row.pk])
    assert "000500113000001" in browser.get(edit).content.decode()
    assert "已过期3天" in browser.post(edit, form(-3), follow=True).content.decode()
    colleague = world.browser("colleague")
    assert colleague.get(edit).status_code == 404
    assert colleague.post(reverse("alliances:certificate-remove", args=[row.pk])).status_code == 404
    assert (
        "已删除"
        in browser.post(reverse("alliances:certificate-remove", args=[row.pk]), follow=True).content.decode()
    )
    assert "尚未登记证书" in browser.get(reverse("alliances:certificates")).content.decode()


def test_what_cannot_be_is_refused_at_its_field(world: World) -> None:
    browser, new = world.browser("doctor"), reverse("alliances:certificate-new")
    world.browser("nurse").post(new, form())
    for changes, words in (
        ({}, "已登记过此编号"),
        ({"number": "2", "issued_on": "2999-01-01", "expires_on": ""}, "不能晚于"),
        ({"number": "2", "expires_on": "2021-01-01"}, "不能早于发证日期"),
        ({"number": "2", "kind": "other"}, "请填写证书名称"),
    ):
        answer = browser.post(new, form(**changes))
        assert answer.status_code == 422, changes
        assert words in answer.content.decode(), changes


def test_the_administrators_list_is_filtered(world: World) -> None:
    for part, days in (("doctor", -3), ("colleague", 20), ("outsider", -3)):
        world.browser(part).post(reverse("alliances:certificate-new"), form(days, number=part))
    browser, address = world.browser("centre_admin"), reverse("alliances:certificates-people")
    for state, shown, hidden in (
        ("expired", "已过期3天", "colleague"), ("soon", "20 天后到期", "已过期3天"), ("missing", "护士执业证", "colleague"),
        ("all", "已过期3天", "outsider"),
    ):  # fmt: skip
        page = browser.get(address, {"state": state}).content.decode()
        assert shown in page, state
        assert hidden not in page, state
    assert "这里暂无内容" in browser.get(address, {"q": "nobody"}).content.decode()
    assert world.browser("doctor").get(address).status_code == 404


def test_the_list_costs_the_same_however_long(world: World, django_assert_max_num_queries) -> None:
    for number in range(30):
        certificates.enter(
            Certificate(kind="physician", number=f"n{number}", issued_on=timezone.localdate()),
            by=world.doctor,
        )
    browser = world.browser("centre_admin")
    with django_assert_max_num_queries(16):
        browser.get(reverse("alliances:certificates-people"), {"state": "all"})


def test_the_warning_stands_among_the_notices_in_words(world: World) -> None:
    world.browser("doctor").post(reverse("alliances:certificate-new"), form(20))
    certificates.warn(on=timezone.localdate() - timedelta(days=1))
    delivery.deliver(at=timezone.now())
    assert "还有21天" in world.browser("doctor").get(reverse("workbench:notices")).content.decode()
    assert "doctor的" in world.browser("centre_admin").get(reverse("workbench:notices")).content.decode()
