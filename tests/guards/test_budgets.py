"""The house's budgets: a file, a function and a template stay small enough to hold in one's head."""

import ast
from pathlib import Path

from tests.guards.line import LINE, ROOF, ROOT, sources

FILE, FUNCTION, TEMPLATE = 400, 60, 120
APPS = [app for app in [*LINE, *ROOF, "config"] if (ROOT / app).is_dir()]
CODE = [file for app in APPS for file in sources(app)]


def long_functions(path: Path) -> list[str]:
    """Functions over the budget, as name and length."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION:
                found.append(f"{path.name}:{node.name} {length}")
    return found


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_no_file_is_longer_than_its_budget() -> None:
    files = [
        *CODE,
        *(ROOT / "tests").rglob("*.py"),
        *(ROOT / "static").rglob("*.css"),
        *(ROOT / "static").rglob("*.js"),
    ]
    assert [f"{f.relative_to(ROOT)} {lines(f)}" for f in files if lines(f) > FILE] == []


def test_no_function_is_longer_than_its_budget() -> None:
    assert [name for file in CODE for name in long_functions(file)] == []


def test_no_template_is_longer_than_its_budget() -> None:
    files = sorted((ROOT / "templates").rglob("*.html"))
    assert [f"{f.relative_to(ROOT)} {lines(f)}" for f in files if lines(f) > TEMPLATE] == []


def test_no_module_is_named_after_nothing() -> None:
    """A noun tells more than utils, helpers, services or common."""
    empty = {"utils", "helpers", "services", "selectors", "managers", "signals", "core", "common", "misc"}
    assert [str(f.relative_to(ROOT)) for f in CODE if {f.stem, f.parent.name} & empty] == []


def test_a_planted_long_function_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("def f():\n" + "    x = 1\n" * 61)
    assert long_functions(planted) == ["planted.py:f 62"]
