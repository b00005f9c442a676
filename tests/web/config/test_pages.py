"""The sheet of parts, error pages, and messages on the way to a part."""

import json

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from tests.world import World


def test_the_sheet_of_parts_is_for_operators(world: World) -> None:
    assert world.browser("operator").get("/components/").status_code == 200
    assert world.browser("doctor").get("/components/").status_code == 404
    assert Client().get("/components/").status_code == 302


def test_no_page_of_the_look_needs_what_the_content_policy_refuses(world: World) -> None:
    answer = world.browser("operator").get("/components/")
    body = answer.content.decode()
    assert " style=" not in body
    assert " onclick=" not in body
    assert "http://" not in body.replace("http://www.w3.org", "")
    assert "'unsafe" not in answer["Content-Security-Policy"]


def test_what_does_not_exist_is_answered_in_words_and_with_the_frame(world: World) -> None:
    answer = world.browser("doctor").get("/no-such-page/")
    assert answer.status_code == 404
    assert "没有可查看的内容" in answer.content.decode()
    assert "南泉街道社区卫生服务中心" in answer.content.decode()


def test_a_visitor_too_gets_a_404_in_words(db: None, client: Client) -> None:
    answer = client.get("/no-such-page/")
    assert answer.status_code == 404
    assert "没有可查看的内容" in answer.content.decode()


@pytest.mark.parametrize(
    ("template", "words"), [("400.html", "无法识别的请求"), ("500.html", "出错了"), ("503.html", "服务中断")]
)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_page_of_last_resort_needs_no_database(template: str, words: str, language: str) -> None:
    with translation.override(language):
        page = render_to_string(template)
    assert (words in page) is (language == "zh-hans")
    assert f'lang="{language}"' in page


def test_messages_reach_a_part_as_toasts(world: World) -> None:
    client = world.browser("operator")
    owner = {"HX-Request": "true", "X-Yilian-User": str(world.operator.pk)}
    client.post("/components/", headers=owner)
    answer = client.get("/accounts/session/", headers=owner)
    toasts = json.loads(answer["HX-Trigger"])["yl:toast"]["toasts"]
    assert toasts == [{"text": "已收到。这里是组件页，没有保存任何内容。", "tone": "green"}]
