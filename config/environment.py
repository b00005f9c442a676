"""Typed readers of the process environment: what is absent has a default, what is malformed is refused."""

from __future__ import annotations

import base64
import binascii
import os
from datetime import time
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32


def flag(name: str, default: bool = False) -> bool:
    """The yes/no variable `name`: 1, true, yes, on or 0, false, no, off, in any case."""
    text = os.environ.get(name, "").strip().lower()
    if not text:
        return default
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name}={text!r} is neither yes nor no (1 or 0).")


def whole(name: str, default: int, *, least: int = 0) -> int:
    """The whole number in the variable `name`; one below `least` is refused."""
    text = os.environ.get(name, "").strip()
    try:
        number = int(text) if text else default
    except ValueError:
        raise ImproperlyConfigured(f"{name}={text!r} is not a whole number.") from None
    if number < least:
        raise ImproperlyConfigured(f"{name}={number} is below {least}, the least that is allowed.")
    return number


def listed(name: str, default: list[str]) -> list[str]:
    """The comma-separated variable `name`, without empty entries."""
    parts = [part.strip() for part in os.environ.get(name, "").split(",")]
    return [part for part in parts if part] or default


def origin(address: str) -> str:
    """Scheme, host and port of a web address, as a content policy names it. ImproperlyConfigured for anything else."""
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ImproperlyConfigured(f"{address!r} is not a web address (https://…).")
    return f"{parts.scheme}://{parts.netloc}"


def wholes(name: str, default: tuple[int, ...]) -> tuple[int, ...]:
    """The comma-separated whole numbers in the variable `name`."""
    try:
        return tuple(int(part) for part in listed(name, [str(number) for number in default]))
    except ValueError:
        raise ImproperlyConfigured(f"{name}={os.environ[name]!r} is not a list of whole numbers.") from None


def hours(name: str, default: str) -> tuple[time, time] | None:
    """Hours of the day like `21:00-08:00` in the variable `name`; None for `none`."""
    text = os.environ.get(name, "").strip() or default
    if text == "none":
        return None
    try:
        begin, _, end = text.partition("-")
        return time.fromisoformat(begin), time.fromisoformat(end)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={text!r} is not like 21:00-08:00, nor none.") from None


def gateway(name: str) -> dict[str, Any]:
    """A gateway of messages: `NAME_URL`, `NAME_SECRET` (32 characters at least), `NAME_HONOURS_KEY`. Off without an address."""
    url, secret = os.environ.get(f"{name}_URL", ""), os.environ.get(f"{name}_SECRET", "")
    if url:
        origin(url)
        if len(secret) < KEY_BYTES:
            raise ImproperlyConfigured(f"{name}_SECRET wants {KEY_BYTES} characters or more.")
    return {"url": url, "secret": secret, "honours_key": flag(f"{name}_HONOURS_KEY")}


def keys(name: str) -> dict[int, bytes]:
    """Versioned keys `VERSION:BASE64,…` of the variable `name`; the highest version is the newest.

    A key is 32 random bytes in URL-safe base64, a version 1 to 255. Empty when the variable is absent: whoever
    encrypts refuses then, rather than inventing a key nobody has kept.
    """
    found: dict[int, bytes] = {}
    for entry in listed(name, []):
        version, _, text = entry.partition(":")
        try:
            key = base64.urlsafe_b64decode(text)
        except (binascii.Error, ValueError):
            key = b""
        if (
            not (version.isascii() and version.isdigit() and 1 <= int(version) <= 255)
            or len(key) != KEY_BYTES
        ):
            raise ImproperlyConfigured(
                f"{name} wants VERSION:BASE64 of {KEY_BYTES} bytes, versions 1 to 255."
            )
        if int(version) in found:
            raise ImproperlyConfigured(f"{name} names version {version} twice.")
        found[int(version)] = key
    return found


def email(url: str) -> dict[str, Any]:
    """Django's EMAIL_* settings from `smtp://user:password@host:port` (plain; `?tls=1` for STARTTLS) or `smtps://…`.

    An empty address leaves EMAIL_HOST empty, which means: no mail server, mail cannot be sent.
    """
    parts = urlsplit(url)
    if url and (parts.scheme not in {"smtp", "smtps"} or not parts.hostname):
        raise ImproperlyConfigured("EMAIL_URL wants smtp://user:password@host:port or smtps://…")
    implicit = parts.scheme == "smtps"
    return {
        "EMAIL_HOST": parts.hostname or "",
        "EMAIL_PORT": parts.port or (465 if implicit else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": implicit,
        "EMAIL_USE_TLS": parse_qs(parts.query).get("tls") == ["1"],
    }
