"""Views and the API reach patient-owned rows only through a scope."""

import ast
from pathlib import Path

from django.apps import apps
from django.conf import settings

from patients.scope import PatientOwnedQuerySet

# The querysets that ask whose rows these are.
SCOPED = {"visible_to", "readable_by", "received_by", "sent_by"}
NEVER_IN_VIEWS = {"Identity"}


def patient_owned() -> set[str]:
    """Names of the models whose rows belong to a patient."""
    return {
        model.__name__
        for app in settings.LOCAL_APPS
        for model in apps.get_app_config(app).get_models()
        if isinstance(model._default_manager.get_queryset(), PatientOwnedQuerySet)
    }


def is_doorway(path: Path) -> bool:
    """Whether the file answers requests: views, api modules and packages."""
    return any(
        part.split(".")[0].split("_")[-1] in {"views", "api", "viewsets"} for part in path.parts
    ) or any(part.startswith(("views", "api")) for part in path.parts)


def unscoped(source: str, owned: set[str]) -> list[str]:
    """Uses of `Model.objects`, and of bare models in get_object_or_404, that no scope narrows."""
    tree = ast.parse(source)
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "_base_manager"}:
            model = node.value.id if isinstance(node.value, ast.Name) else ""
            parent = parents.get(node)
            narrowed = isinstance(parent, ast.Attribute) and parent.attr in SCOPED
            if model in NEVER_IN_VIEWS or (model in owned and not narrowed):
                found.append(f"{model}.objects, line {node.lineno}")
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {
            "get_object_or_404",
            "get_list_or_404",
        }:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Name) and first.id in owned | NEVER_IN_VIEWS:
                found.append(f"{node.func.id}({first.id}), line {node.lineno}")  # type: ignore[attr-defined]
    return found
