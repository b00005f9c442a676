"""Rings of keys for tests: old ones, old and new ones, new ones alone."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any


def ring(kind: str, *versions: int) -> dict[int, bytes]:
    """Keys of some versions; the same version is the same key every time."""
    return {version: hashlib.sha256(f"{kind} {version}".encode()).digest() for version in versions}


def use(settings: Any, *versions: int) -> None:
    """Have this process know the identity and index keys of these versions, and no others."""
    settings.IDENTITY_KEYS, settings.INDEX_KEYS = ring("identity", *versions), ring("index", *versions)


def variables(*versions: int) -> dict[str, str]:
    """The same for a process of its own."""
    return {
        "YILIAN_IDENTITY_KEYS": _written(ring("identity", *versions)),
        "YILIAN_INDEX_KEYS": _written(ring("index", *versions)),
    }


def _written(keys: Mapping[int, bytes]) -> str:
    return ",".join(f"{version}:{base64.urlsafe_b64encode(key).decode()}" for version, key in keys.items())
