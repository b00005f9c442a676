"""What `check --deploy` asks of a production beyond Django's own questions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks


def production_keys(**_: Any) -> list[checks.CheckMessage]:
    """Keys that outlive one process: sessions end, and identities are unreadable, without them."""
    found: list[checks.CheckMessage] = []
    if not settings.SECRET_KEY_GIVEN:
        found.append(
            checks.Error("SECRET_KEY is not set: every process would make its own.", id="yilian.E001")
        )
    for name, keys in (("IDENTITY", settings.IDENTITY_KEYS), ("INDEX", settings.INDEX_KEYS)):
        if not keys:
            found.append(
                checks.Error(f"YILIAN_{name}_KEYS is not set: identities cannot be kept.", id="yilian.E002")
            )
    # Each has a column of its own (patients.models.identity): a third would take the place of one that is needed.
    if len({version % 2 for version in settings.INDEX_KEYS}) < len(settings.INDEX_KEYS):
        found.append(
            checks.Error(
                "YILIAN_INDEX_KEYS may hold one odd and one even version: finish a change of keys before the next.",
                hint="Run rotate_keys, remove the old version, and give the next key the next number.",
                id="yilian.E004",
            )
        )
    shared = set(settings.IDENTITY_KEYS.values()) & set(settings.INDEX_KEYS.values())
    if shared:
        found.append(checks.Error("The identity and the index keys must differ.", id="yilian.E003"))
    return found


def roles_apart(**_: Any) -> list[checks.CheckMessage]:
    """The web role must not own the tables: an owner can switch off the triggers that guard the audit trail."""
    if settings.DATABASE_ROLES_APART:
        return []
    return [
        checks.Warning(
            "One database role owns the tables and serves the web: the audit trail is not protected from it.",
            hint="Set DATABASE_OWNER_URL (migrations only) to another role than DATABASE_URL.",
            id="yilian.W001",
        )
    ]


def seal_keys(**_: Any) -> list[checks.CheckMessage]:
    """Without a key the audit trail is kept, but nobody could show that it was not changed."""
    found: list[checks.CheckMessage] = []
    if not settings.SEAL_KEYS:
        found.append(
            checks.Warning("YILIAN_SEAL_KEYS is not set: the audit trail is not sealed.", id="yilian.W002")
        )
    others = {*settings.IDENTITY_KEYS.values(), *settings.INDEX_KEYS.values()}
    if others & set(settings.SEAL_KEYS.values()):
        found.append(checks.Error("The seal keys must differ from all other keys.", id="yilian.E004"))
    return found
