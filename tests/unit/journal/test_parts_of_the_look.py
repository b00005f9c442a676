"""The template tags draw what they say."""

from decimal import Decimal
from html import unescape

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from journal.templatetags.yl import percent


def drawn(source: str, **context: object) -> str:
    return Template("{% load yl %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("numerator", "denominator", "rate"),
    [(861, 1236, "69.66"), (0, 5, "0.00"), (1, 8, "12.50"), (1, 800, "0.13")],
)
def test_a_rate_has_two_decimals_rounded_half_up(numerator: int, denominator: int, rate: str) -> None:
    assert percent(numerator, denominator) == Decimal(rate)


@pytest.mark.parametrize("denominator", [0, None])
def test_without_a_denominator_there_is_no_rate(denominator: int | None) -> None:
    assert percent(3, denominator) is None
    page = drawn("{% yl_rate 3 denominator %}{% yl_measure 'x' 3 denominator 70 %}", denominator=denominator)
    assert page.count("无分母") == 2
    assert "0.00%" not in page


@pytest.mark.parametrize(("value", "tone"), [(80.0, "green"), (79.9, "amber")])
def test_a_bar_is_green_from_its_target_on(value: float, tone: str) -> None:
    page = drawn("{% yl_bar value 80 %}", value=value)
    assert f'data-tone="{tone}"' in page
    assert f'width="{value}"' in page


def test_a_bar_never_leaves_its_frame() -> None:
    assert 'width="100.0"' in drawn("{% yl_bar 130 %}")


def test_a_spark_rises_with_its_values_and_draws_the_target() -> None:
    page = drawn("{% yl_spark values 140 tone='red' %}", values=[120, 140, 160])
    assert 'points="2.0,18.0 35.0,10.0 68.0,2.0"' in page
    assert '<line x1="0" x2="72" y1="10.0" y2="10.0"/>' in page


@pytest.mark.parametrize("values", [[], [140]])
def test_a_spark_of_less_than_two_values_draws_nothing(values: list[int]) -> None:
    assert "<svg" not in drawn("{% yl_spark values %}", values=values)


def test_equal_values_draw_a_level_line() -> None:
    assert 'points="2.0,10.0 68.0,10.0"' in drawn("{% yl_spark values %}", values=[5, 5])


def test_words_of_people_are_escaped() -> None:
    page = drawn(
        "{% yl_badge 'amber' bad %}{% yl_void bad %}{% yl_head bad %}x{% endyl_head %}", bad="<script>"
    )
    assert "<script>" not in page
    assert page.count("&lt;script&gt;") == 3


def test_what_stands_inside_a_block_part_is_kept_as_markup() -> None:
    assert "<b>x</b>" in drawn("{% yl_banner tone='red' %}<b>x</b>{% endyl_banner %}")
    assert 'role="alert"' in drawn("{% yl_banner tone='red' %}x{% endyl_banner %}")


def test_every_tone_brings_an_icon() -> None:
    for tone in ("red", "solid", "amber", "green", "info", "mute"):
        assert "bi bi-" in drawn("{% yl_state tone 'x' %}", tone=tone)


def test_chart_data_cannot_close_its_script() -> None:
    page = drawn(
        "{% yl_chart 'rate' data anchor='d' label='x' %}", data={"months": ["</script>"], "lines": []}
    )
    assert "</script>" not in page.split('type="application/json">')[1].rsplit("</script>", 1)[0]


def test_a_chart_has_its_numbers_as_a_table_too() -> None:
    data = {"lines": [], "table": {"caption": "c", "head": ["day", "value"], "rows": [["2026-01-01", 140]]}}
    page = drawn("{% yl_chart 'rate' data anchor='d' label='x' %}", data=data)
    assert '<th scope="row">2026-01-01</th><td class="yl-num">140</td>' in page
    assert "caption" not in page.split("</script>")[0]


def test_the_pager_keeps_the_other_parameters() -> None:
    request = RequestFactory().get("/", {"q": "李", "page": "2"})
    page = unescape(drawn("{% yl_pager page %}", page=Paginator(range(97), 20).page(2), request=request))
    assert "第 21–40 行，共 97 行" in page
    assert "?q=%E6%9D%8E&page=1" in page
    assert "?q=%E6%9D%8E&page=3" in page


class Form(forms.Form):
    systolic = forms.IntegerField(label="收缩压", max_value=300, help_text="坐位")
    way = forms.ChoiceField(choices=[("a", "门诊"), ("b", "家庭")], widget=forms.RadioSelect)
    signs = forms.MultipleChoiceField(choices=[("c", "心悸")], widget=forms.CheckboxSelectMultiple)


def test_a_refused_field_says_so_to_eye_and_ear() -> None:
    page = drawn("{% yl_field form.systolic unit='mmHg' %}", form=Form({"systolic": "418"}))
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_systolic-error id_systolic-help"' in page
    assert 'id="id_systolic-error"' in page
    assert 'id="id_systolic-help"' in page
    assert "is-refused" in page


def test_a_field_without_errors_is_not_marked() -> None:
    page = drawn("{% yl_field form.systolic %}", form=Form())
    assert "is-refused" not in page
    assert "aria-invalid" not in page
    assert 'aria-describedby="id_systolic-help"' in page


def test_radios_are_segments_and_check_boxes_are_not() -> None:
    assert 'class="yl-seg"' in drawn("{% yl_choices form.way %}", form=Form())
    assert 'class="yl-checks"' in drawn("{% yl_choices form.signs %}", form=Form())


def test_a_reading_stands_beside_three_earlier_values() -> None:
    earlier = [{"when": "11-06", "value": "146"}]
    page = drawn(
        "{% yl_reading form.systolic hard='50,300' warn='90,180' earlier=earlier %}",
        form=Form(),
        earlier=earlier,
    )
    assert page.count('class="yl-f-p"') == 3
    assert page.index("146") > page.index('class="yl-f-p"></div>')
    assert 'data-hard="50,300" data-warn="90,180"' in page
