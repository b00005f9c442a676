"""Every action code that the product writes to its audit trail has a word: found in the sources, not in a list."""

import ast
import re
from pathlib import Path

# Where the code is an argument.
_PASSING_ON = {"journal/audit.py", "journal/exports.py"}
_WRITERS = {("audit", "record"), ("audit", "event"), ("exports", "take")}


def codes(source: str) -> set[str]:
    """The codes written by a source; a made-up one ("referral.{event}") as a pattern that ends in ".*".

    "?" and the line for a code that cannot be read: write it as text, or name it in the same function.
    """
    tree = ast.parse(source)
    found = set()
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.Call)]:
        if _called(function.func) in _WRITERS and function.args:
            found |= _texts(function.args[0], tree) or {f"? line {function.lineno}"}
    return found


def _called(function: ast.expr) -> tuple[str, str] | None:
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return function.value.id, function.attr
    return None


def _texts(node: ast.expr, tree: ast.AST) -> set[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.IfExp):
        return _texts(node.body, tree) | _texts(node.orelse, tree)
    if isinstance(node, ast.JoinedStr):
        return {"".join(str(p.value) if isinstance(p, ast.Constant) else ".*" for p in node.values)}
    if isinstance(node, ast.Name):
        given = [
            _texts(each.value, tree)
            for each in ast.walk(tree)
            if isinstance(each, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == node.id for target in each.targets)
        ]
        return set().union(*given) if given and all(given) else set()
    return set()


def wordless(found: set[str], known: set[str]) -> list[str]:
    """Codes without a word, and codes that could not be read."""
    return sorted(
        code
        for code in found
        if code.startswith("?")
        or (code not in known and not (".*" in code and any(re.fullmatch(code, word) for word in known)))
    )


def sources_of(root: Path, apps: list[str]) -> list[Path]:
    """The product's sources that may write to the trail."""
    return [
        file
        for app in apps
        for file in sorted((root / app).rglob("*.py"))
        if "migrations" not in file.parts and file.relative_to(root).as_posix() not in _PASSING_ON
    ]
