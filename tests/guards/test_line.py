"""The line of apps holds where import-linter does not look, and each guard bites."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guards.line import (
    LINE,
    ROOF,
    ROOT,
    late_imports,
    may_use,
    sources,
    string_violations,
    template_violations,
)

APPS = [app for app in LINE + ROOF if (ROOT / app).is_dir()]


@pytest.mark.parametrize("app", APPS)
def test_templates_and_routes_point_downward(app: str) -> None:
    files = sorted((ROOT / "templates" / app).rglob("*.html"))
    assert [v for f in files for v in template_violations(app, f.read_text())] == []


@pytest.mark.parametrize("app", APPS)
def test_string_references_point_downward(app: str) -> None:
    assert [f"{f.name}: {v}" for f in sources(app) for v in string_violations(app, f.read_text())] == []


@pytest.mark.parametrize("app", APPS)
def test_no_app_is_imported_inside_a_function(app: str) -> None:
    assert [f"{f.relative_to(ROOT)}: {v}" for f in sources(app) for v in late_imports(f.read_text())] == []


def test_a_planted_upward_template_is_found() -> None:
    assert template_violations("followups", '{% include "referrals/advice.html" %}') == [
        "followups → referrals"
    ]
    assert template_violations("patients", "<a href=\"{% url 'workbench:today' %}\">") == [
        "patients → workbench"
    ]


def test_a_planted_string_reference_is_found() -> None:
    assert string_violations("patients", 'ForeignKey("followups.CarePlan", CASCADE)') != []
    assert string_violations("patients", 'apps.get_model("referrals", "ServiceRequest")') != []
    assert string_violations("followups", 'redirect("performance:dashboard")') != []


def test_a_planted_late_import_is_found() -> None:
    assert late_imports("def f():\n    from performance.models import Target\n") != []


def test_the_two_apps_under_the_roof_do_not_know_each_other() -> None:
    assert not may_use("exchange", "workbench")
    assert not may_use("workbench", "exchange")


def test_a_planted_upward_import_breaks_the_import_check(tmp_path: Path) -> None:
    for folder in [*APPS, "config"]:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "journal" / "planted.py").write_text("import patients.models\n")

    result = subprocess.run(
        [f"{sys.prefix}/bin/lint-imports", "--no-cache"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode != 0
    assert "journal.planted -> patients" in result.stdout
