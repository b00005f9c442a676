"""Pinyin of names: surnames read as surnames, and anything a person may have typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.names import initials_of, pinyin_of


@pytest.mark.parametrize(
    ("name", "pinyin", "initials"),
    [
        ("李佩兰", "li pei lan", "lpl"),
        ("单雄信", "shan xiong xin", "sxx"),
        ("曾国藩", "zeng guo fan", "zgf"),
        ("解珍", "xie zhen", "xz"),
        ("尉迟恭", "yu chi gong", "ycg"),
        ("重庆", "chong qing", "cq"),
        ("Anna Li", "anna li", "al"),
        ("阿卜杜拉·买买提", "a bo du la mai mai ti", "abdlmmt"),
    ],
)
def test_names_are_read_as_names(name: str, pinyin: str, initials: str) -> None:
    assert (pinyin_of(name), initials_of(name)) == (pinyin, initials)


@given(st.text(max_size=60))
def test_any_text_has_a_key_that_fits_its_column(name: str) -> None:
    assert len(pinyin_of(name)) <= 120
    assert len(initials_of(name)) <= 30
