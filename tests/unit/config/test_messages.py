"""The catalogues: complete, and of one mind."""

from pathlib import Path

from config import messages

PLANTED = {"patients": "类别", "referrals": "类型"}


def plant(base: Path, chinese: dict[str, str]) -> None:
    for app, word in chinese.items():
        (base / app).mkdir()
        (base / app / "words.py").write_text('label = _("Kind")\n', encoding="utf-8")
        path = messages.catalogue_path(app, base)
        path.parent.mkdir(parents=True)
        path.write_text(f'msgid ""\nmsgstr ""\n\nmsgid "Kind"\nmsgstr "{word}"\n', encoding="utf-8")


def test_every_english_has_one_chinese() -> None:
    assert messages.clashes() == []


def test_two_words_for_one_are_found(tmp_path: Path) -> None:
    plant(tmp_path, PLANTED)
    assert messages.clashes(tmp_path) == ["'Kind' has two Chinese words: referrals '类型', patients '类别'"]
    assert messages.faults("patients", tmp_path) == []


def test_a_message_without_its_chinese_is_found(tmp_path: Path) -> None:
    plant(tmp_path, {"patients": ""})
    assert messages.faults("patients", tmp_path) == ["patients: untranslated: 'Kind' (patients/words.py)"]
