"""Every action code that the product writes to its audit trail has a word: found in the sources, not in a list."""

import ast
import re
from collections.abc import Mapping
from pathlib import Path

# Where the code is an argument.
_PASSING_ON = {"journal/audit.py", "journal/exports.py"}
_WRITERS = {("audit", "record"), ("audit", "event"), ("exports", "take")}


def codes(source: str) -> set[str]:
    """The codes written by a source; a made-up one ("referral.{event}") as a pattern that ends in ".*".

    A function that writes a code it was given is a writer itself, for the calls in its module. "?" and the line for a
    code that cannot be read: write it as text, or name it in the same function.
    """
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    writers: dict[tuple[str, str], tuple[int, str]] = dict.fromkeys(_WRITERS, (0, "action"))
    passing: set[int] = set()
    while True:
        more = {}
        for function in functions:
            names = [each.arg for each in [*function.args.args, *function.args.kwonlyargs]]
            for call in _calls(function, writers):
                code = _code(call, writers)
                if isinstance(code, ast.Name) and code.id in names and not _texts(code, function):
                    passing.add(id(call))
                    more[("", function.name)] = (names.index(code.id), code.id)
        if more.keys() <= writers.keys():
            break
        writers |= more
    found = set()
    for call in _calls(tree, writers):
        code = _code(call, writers)
        if id(call) not in passing and code is not None:
            found |= _texts(code, tree) or {f"? line {call.lineno}"}
    return found


def _calls(tree: ast.AST, writers: Mapping[tuple[str, str], tuple[int, str]]) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node.func) in writers]


def _code(call: ast.Call, writers: Mapping[tuple[str, str], tuple[int, str]]) -> ast.expr | None:
    place, name = writers[_called(call.func)]
    by_name = next((each.value for each in call.keywords if each.arg == name), None)
    return call.args[place] if len(call.args) > place else by_name


def _called(function: ast.expr) -> tuple[str, str]:
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return function.value.id, function.attr
    return "", function.id if isinstance(function, ast.Name) else ""


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
