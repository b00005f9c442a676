"""No action without a word, no download without a line; each guard finds a planted violation."""

from collections.abc import Callable

import pytest
from django.http import HttpResponseBase
from django.utils import timezone, translation

from exchange.imports import batches
from journal.models import AuditEvent
from referrals.states import Event
from tests.guards.actions import codes, sources_of, wordless
from tests.guards.exports import is_home, unrecorded
from tests.guards.line import LINE, ROOF, ROOT
from tests.world import World
from workbench.trail.words import WORDS, word_of

APPS = [app for app in [*LINE, *ROOF, "config"] if (ROOT / app).is_dir()]


def test_every_action_has_a_word() -> None:
    found = {code for file in sources_of(ROOT, APPS) for code in codes(file.read_text())}
    assert len(found) > 30
    assert wordless(found, set(WORDS)) == [], "name it in workbench/trail/words.py"


def test_every_step_of_a_referral_has_a_word() -> None:
    assert {f"referral.{event}" for event in Event} <= set(WORDS)


def test_every_word_is_chinese_on_screen() -> None:
    with translation.override("zh-hans"):
        plain = [action for action in WORDS if str(word_of(action)).isascii()]
    assert plain == []


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("audit.record('planted.deed', by=by)", "planted.deed"),
        ("lines.append(audit.event('planted.deed', by=by))", "planted.deed"),
        ("exports.take('planted.deed', by=by, at=at)", "planted.deed"),
        ("action = 'planted.deed'\naudit.record(action, by=by)", "planted.deed"),
        ("audit.record('planted.a' if x else 'patient.open', by=by)", "planted.a"),
        ("audit.record(f'planted.{event}', by=by)", "planted..*"),
        ("audit.record(unknown(), by=by)", "? line 1"),
        (
            "def _note(action, row):\n    audit.record(action, by=by)\ndef end():\n    _note('planted.end', row)",
            "planted.end",
        ),
        (
            "def _note(row, *, x, action='x'):\n    audit.record(made[action], by=by)",
            "? line 2",
        ),
    ],
)
def test_a_planted_action_is_found(source: str, code: str) -> None:
    assert wordless(codes(source), set(WORDS)) == [code]


def test_a_known_action_passes() -> None:
    assert wordless(codes("audit.record(f'referral.{event}', by=by)"), set(WORDS)) == []


def test_downloads_are_made_in_one_place() -> None:
    files = {str(file.relative_to(ROOT)): file for file in sources_of(ROOT, APPS)}
    found = [f"{p}: {v}" for p, f in files.items() if not is_home(p) for v in unrecorded(f.read_text())]
    assert found == [], "use journal.exports"


@pytest.mark.parametrize(
    "source",
    [
        "response['Content-Disposition'] = 'inline'",
        "HttpResponse(x, headers={'Content-Disposition': f'attachment; filename={name}'})",
        "FileResponse(file)",
        "serve(file, as_attachment=True)",
    ],
)
def test_a_planted_download_is_found(source: str) -> None:
    assert unrecorded(source) != []


def test_every_download_writes_a_line_and_names_the_taker(world: World) -> None:
    """The answers themselves: each export of the product, as somebody who may take it."""
    batch = batches.ImportBatch.objects.create(
        organization=world.centre, uploaded_by=world.centre_admin, file_name="x.xlsx", file_digest="0" * 64,
        report={"sheets": [{"name": "居民档案", "codes": {}, "rejected": 0, "warned": 0}]},
    )  # fmt: skip
    takes: list[tuple[str, str, str]] = [
        ("alliance_admin", "/performance/export/", "performance.export"),
        ("centre_admin", f"/imports/{batch.pk}/report.xlsx", "roster.report"),
        ("privacy_officer", "/audit/export/?month={month}", "trail.export"),
    ]
    for part, path, action in takes:
        check(world, part, path, action)


def check(world: World, part: str, path: str, action: str) -> None:
    get: Callable[[str], HttpResponseBase] = world.browser(part).get
    answer = get(path.format(month=f"{timezone.localdate():%Y-%m}"))
    assert "attachment" in answer["Content-Disposition"], path
    line = AuditEvent.objects.get(action=action)
    assert line.agent_name == world.users[part].agent_name()
