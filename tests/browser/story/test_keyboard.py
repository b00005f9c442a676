"""From the search box to the saved follow-up without a mouse, and how many keys that takes."""

from collections.abc import Callable

from playwright.sync_api import expect

from patients.models import Encounter
from tests.browser.story.people import LI_NUMBER, Story
from tests.browser.story.stage import Person

#: Search, four digits, the form; pressures and glucose with a Tab between each; save.
MOST_KEYS = 24


def test_search_visit_and_saving_need_the_keyboard_only(story: Story, person: Callable[..., Person]) -> None:
    page = person("doctor", to="/").page
    pressed: list[str] = []

    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)
            pressed.append(key)

    press("/", *LI_NUMBER[-4:])
    expect(page.get_by_role("option")).to_have_count(1)
    press("Control+Enter")
    expect(page.locator("#id_systolic")).to_be_focused()
    press(*"151", "Tab", *"86", "Tab", *"6.1")
    expect(page.locator("#decision")).to_contain_text("建议上转")
    press("Control+Enter")
    expect(page.locator("h1")).to_have_text("随访已保存")

    print(f"search to saved follow-up: {len(pressed)} keys")
    assert Encounter.objects.filter(patient=story.li).latest("created_at").systolic == 151
    assert len(pressed) <= MOST_KEYS
