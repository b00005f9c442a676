"""The programmes that a department can take, as the app above names them.

Agreements and departments store codes of programmes; what the codes mean is for `patients` to know, which registers
its choices when it is ready.
"""

from collections.abc import Sequence
from typing import Any

Choices = Sequence[tuple[str, Any]]
_known: list[tuple[str, Any]] = []


def register(choices: Choices) -> None:
    """Name the programmes: code and label each, in their order."""
    _known[:] = choices


def choices() -> Choices:
    """Code and label of every programme."""
    return tuple(_known)


def labels(codes: Sequence[str]) -> list[str]:
    """The words for some codes, in the order of the programmes; unknown codes are left out."""
    return [str(label) for code, label in _known if code in codes]
