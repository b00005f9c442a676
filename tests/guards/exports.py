"""A file leaves the product through `journal.exports` alone, which records it: found in the sources."""

import ast

_HOME = "journal/exports.py"


def unrecorded(source: str) -> list[str]:
    """Places that make a download by hand: a Content-Disposition, a FileResponse, `as_attachment`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value.lower() == "content-disposition" or node.value.lower().startswith("attachment;"):
                found.append(f"{node.value}, line {node.lineno}")
        elif isinstance(node, ast.keyword) and node.arg == "as_attachment":
            found.append(f"as_attachment, line {node.value.lineno}")
        elif isinstance(node, ast.Name) and node.id == "FileResponse":
            found.append(f"FileResponse, line {node.lineno}")
    return found


def is_home(path: str) -> bool:
    """Whether the file is the one place that may."""
    return path == _HOME
