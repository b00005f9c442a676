"""The programmes by name, for a department and what it takes: `patients` knows them and says them when it is ready."""

from collections.abc import Sequence

from django.utils.functional import Promise

Choices = Sequence[tuple[str, "str | Promise"]]
_known: list[tuple[str, "str | Promise"]] = []


def are(choices: Choices) -> None:
    """Say which programmes there are; said again it stays the same."""
    _known[:] = list(choices)


def choices() -> Choices:
    """Code and name of each programme."""
    return tuple(_known)


def names(codes: Sequence[str]) -> list[str]:
    """The names of the codes that are known, in the order of the programmes."""
    return [str(name) for code, name in _known if code in codes]
