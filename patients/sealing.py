"""Sealing of identity columns, and the blind indexes they are found through.

A sealed value is `cipher (1 byte) · key version (1 byte) · nonce (12) · ciphertext and tag`. The first byte names the
cipher, so that SM4-GCM can follow AES-256-GCM without touching old rows. A blind index is an HMAC under a key of its
own: whoever reads the table can neither turn it back nor compare it with a list of numbers.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

AES_256_GCM = 1
_NONCE = 12


class BrokenSeal(ValueError):
    """The value was changed, cut short or sealed under a key that is no longer there."""


def _keys(name: str) -> dict[int, bytes]:
    keys: dict[int, bytes] = getattr(settings, name)
    if not keys:
        raise ImproperlyConfigured(
            f"No keys in YILIAN_{name}: identity columns cannot be written or searched."
        )
    return keys


def newest_version() -> int:
    """The version of the key that seals now."""
    return max(_keys("IDENTITY_KEYS"))


def seal(plain: str | bytes) -> bytes:
    """Encrypt under the newest key; text as UTF-8."""
    data = plain.encode() if isinstance(plain, str) else plain
    version = newest_version()
    nonce = os.urandom(_NONCE)
    head = bytes([AES_256_GCM, version])
    return head + nonce + AESGCM(_keys("IDENTITY_KEYS")[version]).encrypt(nonce, data, head)


def unseal(sealed: bytes | memoryview) -> bytes:
    """Decrypt; BrokenSeal when the value or its key is not what it should be."""
    data = bytes(sealed)
    if len(data) < 2 + _NONCE or data[0] != AES_256_GCM:
        raise BrokenSeal("unknown cipher")
    key = _keys("IDENTITY_KEYS").get(data[1])
    if key is None:
        raise BrokenSeal(f"no key of version {data[1]}")
    try:
        return AESGCM(key).decrypt(data[2 : 2 + _NONCE], data[2 + _NONCE :], data[:2])
    except InvalidTag:
        raise BrokenSeal("the value does not match its seal") from None


def unseal_text(sealed: bytes | memoryview | None) -> str:
    """Decrypted UTF-8 text, empty for an absent value."""
    return unseal(sealed).decode() if sealed is not None else ""


def version_of(sealed: bytes | memoryview) -> int:
    """The version of the key under which a value is sealed."""
    return bytes(sealed[:2])[1]


def newest_index_version() -> int:
    """The version of the index key that rows are written under now."""
    return max(_keys("INDEX_KEYS"))


def blind_index(purpose: str, *parts: object) -> bytes:
    """The 32-byte index of a value for one purpose ("number", "number-tail", …), under the newest index key."""
    return blind_indexes(purpose, *parts)[newest_index_version()]


def blind_indexes(purpose: str, *parts: object) -> dict[int, bytes]:
    """The same under every index key, by version: what a row may be stored under while keys are changed."""
    text = "\x1f".join([purpose, *(str(part) for part in parts)]).encode()
    return {
        version: hmac.new(key, text, hashlib.sha256).digest() for version, key in _keys("INDEX_KEYS").items()
    }
