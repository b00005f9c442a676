"""What import-linter cannot see of the line of apps: templates, names of routes, string references.

Each function takes text, so that a planted violation can be judged like the real tree.
"""

import ast
import re
from pathlib import Path

# Lowest first. workbench and exchange share the roof and may not know each other.
LINE = [
    "journal",
    "accounts",
    "alliances",
    "patients",
    "screening",
    "followups",
    "medications",
    "referrals",
    "engagement",
    "performance",
]
ROOF = ["workbench", "exchange"]
ROOT = Path(__file__).resolve().parents[2]

_TEMPLATE = re.compile(r"""\{%\s*(?:include|extends)\s+["']([a-z_]+)/""")
_URL = re.compile(r"""\{%\s*url\s+["']([a-z_]+):""")


def may_use(app: str, other: str) -> bool:
    """Whether `app` may know `other`: itself or anything below; shared folders are no app."""
    if app == other or other not in LINE + ROOF or app not in LINE + ROOF:
        return True
    if app in ROOF:
        return other in LINE
    return other in LINE and LINE.index(other) < LINE.index(app)


def template_violations(app: str, text: str) -> list[str]:
    """Templates of higher apps included, and routes of higher apps linked, by a template of `app`."""
    named = [*_TEMPLATE.findall(text), *_URL.findall(text)]
    return [f"{app} → {other}" for other in named if not may_use(app, other)]


def string_violations(app: str, source: str) -> list[str]:
    """String foreign keys, get_model and reverse() that reach a higher app."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        texts = [a.value for a in node.args[:2] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if name in {"ForeignKey", "OneToOneField", "ManyToManyField", "get_model"}:
            others = [text.split(".")[0].lower() for text in texts[:1]]
        elif name in {"reverse", "reverse_lazy", "redirect", "resolve_url"}:
            others = [text.split(":")[0] for text in texts[:1] if ":" in text]
        else:
            continue
        found += [
            f"{app} → {other} ({name}, line {node.lineno})" for other in others if not may_use(app, other)
        ]
    return found


def late_imports(source: str) -> list[str]:
    """Imports of the product's own apps inside functions: the usual way round the line."""
    found = []
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) or function.name == "ready":
            continue  # AppConfig.ready is where models may first be read; import-linter judges its direction
        for node in ast.walk(function):
            modules = []
            if isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            elif isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            found += [
                f"{m} in {function.name}, line {node.lineno}"
                for m in modules
                if m.split(".")[0] in LINE + ROOF
            ]
    return found


def sources(app: str) -> list[Path]:
    """The app's Python files without migrations."""
    return [p for p in sorted((ROOT / app).rglob("*.py")) if "migrations" not in p.parts]
