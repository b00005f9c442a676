"""Looking for a secret in everything the product leaves behind, however it may be written."""

import base64
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import connection
from redis import Redis

from config.binaries import postgres_programs


def patterns(secret: str) -> list[re.Pattern[str]]:
    """The secret as it is, with blanks or dashes between its characters, in full width, in hexadecimal and base64."""
    spaced = r"[\s\-\.\x1f]{0,2}".join(map(re.escape, secret))
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in secret)
    written = {spaced, re.escape(wide), secret.encode().hex(), secret.encode("utf-16-le").hex()}
    written.add(re.escape(secret.encode("unicode_escape").decode()))
    written.update(map(re.escape, _base64(secret.encode())))
    return [re.compile(text, re.IGNORECASE) for text in written]


def _base64(data: bytes) -> Iterator[str]:
    """What stands in any base64 text whose plain bytes hold the data: it begins at one of three places in a group."""
    for before in range(3):
        text = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        inner = text[(0, 2, 3)[before] : len(text) - 1]
        yield inner
        yield inner.replace("+", "-").replace("/", "_")


def found_in(haystacks: dict[str, str], secrets: Iterable[str]) -> list[str]:
    """Where a secret stands: the name of the place and what surrounds it."""
    return [
        f"{place}: …{text[max(0, hit.start() - 60) : hit.end() + 20]!r}"
        for secret in secrets
        for pattern in patterns(secret)
        for place, text in haystacks.items()
        for hit in [pattern.search(text)]
        if hit
    ]


def dump() -> str:
    """Everything in the database as pg_dump writes it, the data of all tables."""
    facts = connection.settings_dict
    command = [postgres_programs().folder / "pg_dump", "--format=plain", "--host", facts["HOST"], "--port", str(facts["PORT"]),
               "--username", facts["USER"], facts["NAME"]]  # fmt: skip
    env = os.environ | {"PGPASSWORD": facts["PASSWORD"]}
    return subprocess.run(command, env=env, capture_output=True, check=True).stdout.decode("utf-8", "replace")


def broker() -> str:
    """Everything in Redis: the jobs that wait, and what the cache keeps."""
    redis: Any = Redis.from_url(settings.REDIS_URL)
    read = {
        b"string": redis.get,
        b"list": lambda key: b"\n".join(redis.lrange(key, 0, -1)),
        b"set": lambda key: b"\n".join(redis.smembers(key)),
        b"zset": lambda key: b"\n".join(redis.zrange(key, 0, -1)),
        b"hash": lambda key: b"\n".join(part for pair in redis.hgetall(key).items() for part in pair),
    }
    kept = [key + b" " + (read[redis.type(key)](key) or b"") for key in redis.keys("*")]
    text = b"\n".join(kept).decode("utf-8", "replace")
    # Celery's messages carry their body in base64; what it hides is looked at too.
    bodies = re.findall(r'"body": "([A-Za-z0-9+/=]+)"', text)
    return text + "\n" + "\n".join(base64.b64decode(body).decode("utf-8", "replace") for body in bodies)
