"""Rules for passwords that need no database."""

import pytest
from django.core.exceptions import ValidationError

from accounts.policy import CharacterClasses, initial_password
from workbench.demo.alliance import password as demo_password


@pytest.mark.parametrize("good", ["abcDEF123", "abc-123", "ABC-123", "汉字abc1"])
def test_three_of_four_classes_are_enough(good: str) -> None:
    CharacterClasses(3).validate(good)


@pytest.mark.parametrize("plain", ["abcdef", "abcDEF", "abc123", "------", ""])
def test_two_are_not(plain: str) -> None:
    with pytest.raises(ValidationError):
        CharacterClasses(3).validate(plain)


@pytest.mark.parametrize("classes", [3, 4])
def test_an_initial_password_satisfies_the_rules_and_is_never_the_same(settings, classes: int) -> None:
    settings.PASSWORD_CLASSES = classes
    drawn = {initial_password() for _each in range(200)}
    assert len(drawn) == 200
    for text in drawn:
        CharacterClasses().validate(text)
        assert len(text) >= settings.PASSWORD_LENGTH
        assert not set(text) & set("0O1lI")


def test_a_demo_password_satisfies_the_rules_too(settings) -> None:
    for _each in range(200):
        CharacterClasses().validate(demo_password())
