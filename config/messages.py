"""Message catalogues without GNU gettext: `python -m config.messages [--check | --compile]`.

English in the code is the key, `locale/<app>/zh_Hans/LC_MESSAGES/django.po` the Chinese. An app's catalogue holds what
its Python and `templates/<app>/` say; templates that belong to no app stand with the project (`config`).
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

BASE_DIR = Path(__file__).resolve().parent.parent
LANGUAGE = "zh_Hans"
APPS = (
    "workbench", "exchange", "performance", "referrals", "followups", "patients", "alliances", "accounts", "journal",
    "config",
)  # fmt: skip
HOME_OF_THE_REST = "config"

_LAZY = {
    "_": None,
    "gettext": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
KEYWORDS = _LAZY | {
    f"{name}_lazy": positions for name, positions in _LAZY.items() if name not in {"_", "gettext_noop"}
}
# Dates and names in the header would make every run a difference.
_HEADER_NOISE = re.compile(
    rb'^"(Project-Id-Version|Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team'
    rb'|Generated-By):.*"\n',
    re.MULTILINE,
)


def catalogue_path(app: str, base: Path = BASE_DIR) -> Path:
    """Where the Chinese of `app` stands."""
    return base / "locale" / app / LANGUAGE / "LC_MESSAGES" / "django.po"


def extracted(app: str, base: Path = BASE_DIR) -> Catalog:
    """Every message that `app` says, with the files (without line numbers) that say it."""
    found = Catalog(locale=LANGUAGE, charset="utf-8", fuzzy=False)
    for file in _sources(app, base):
        name = file.relative_to(base).as_posix()
        text = file.read_text(encoding="utf-8")
        if file.suffix != ".py":
            # The answer looks like Python but for its indentation, which means nothing here.
            text = "\n".join(line.lstrip() for line in templatize(text, origin=name).split("\n"))
        for _, message, comments, context in extract(
            "python", io.BytesIO(text.encode()), KEYWORDS, ["Translators:"]
        ):
            found.add(message, None, [(name, 0)], auto_comments=comments, context=context)
    return found


def _sources(app: str, base: Path) -> Iterator[Path]:
    for file in sorted((base / app).rglob("*.py")):
        if "migrations" not in file.parts:
            yield file
    for file in sorted((base / "templates").rglob("*")):
        if file.suffix in {".html", ".txt", ".svg"}:
            top = file.relative_to(base / "templates").parts[0]
            if top == app or (app == HOME_OF_THE_REST and top not in APPS):
                yield file


def read(app: str, base: Path = BASE_DIR) -> Catalog:
    """The catalogue as it is kept; an empty one when there is none."""
    path = catalogue_path(app, base)
    if not path.exists():
        return Catalog(locale=LANGUAGE, charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE, abort_invalid=True)


def update(app: str, base: Path = BASE_DIR) -> None:
    """Bring the catalogue's keys in line with the code; what is no longer said is kept aside as obsolete."""
    kept, said = read(app, base), extracted(app, base)
    known = {_key(message): message for message in [*kept.obsolete.values(), *kept] if message.id}
    for message in said:
        former = known.pop(_key(message), None) if message.id else None
        if former is not None:
            message.string = former.string
            message.user_comments = former.user_comments
            message.flags |= former.flags & {"fuzzy"}
    if not [message for message in said if message.id]:
        return
    for message in known.values():
        if message.string and any(message.string):
            said.obsolete[message.id] = message
    path = catalogue_path(app, base)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.BytesIO()
    said.header_comment = f"# The Chinese of {app}."
    write_po(text, said, width=110, sort_output=True, include_lineno=False)
    _replace(path, _HEADER_NOISE.sub(b"", text.getvalue()))


def _key(message: Message) -> tuple[str | None, object]:
    return message.context, message.id


def faults(app: str, base: Path = BASE_DIR) -> list[str]:
    """What is wrong with the catalogue of `app`: one line each; none when it is complete."""
    kept = {_key(message): message for message in read(app, base)}
    wrong: list[str] = []
    for message in extracted(app, base):
        if not message.id:
            continue
        translated = kept.get(_key(message))
        where = message.locations[0][0]
        if translated is None:
            wrong.append(f"{app}: missing: {message.id!r} ({where})")
        elif not translated.string or (
            isinstance(translated.string, (tuple, list)) and not all(translated.string)
        ):
            wrong.append(f"{app}: untranslated: {message.id!r} ({where})")
        elif translated.fuzzy:
            wrong.append(f"{app}: fuzzy: {message.id!r} ({where})")
        else:
            wrong += [f"{app}: {fault}: {message.id!r}" for fault in _placeholder_faults(message, translated)]
    return wrong


def clashes(base: Path = BASE_DIR) -> list[str]:
    """English with two Chinese words in different catalogues: at run time all catalogues are one, and one word would win."""
    chinese: dict[tuple[str | None, object], dict[object, str]] = {}
    for app in APPS:
        for message in read(app, base):
            if message.id and message.string:
                chinese.setdefault(_key(message), {}).setdefault(message.string, app)
    return [
        f"{key[1]!r} has two Chinese words: " + ", ".join(f"{app} {text!r}" for text, app in words.items())
        for key, words in chinese.items()
        if len(words) > 1
    ]


_PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]")


def _placeholder_faults(message: Message, translated: Message) -> list[str]:
    if not isinstance(message.id, str) or not isinstance(translated.string, str):
        return []
    asked, given = (set(_PLACEHOLDER.findall(text)) for text in (message.id, translated.string))
    return [] if asked == given else [f"placeholders differ {sorted(asked ^ given)}"]


def compile_stale(base: Path = BASE_DIR) -> int:
    """Compile the catalogues that changed since they were last compiled; the number of them."""
    done = 0
    for path in sorted((base / "locale").glob("*/*/LC_MESSAGES/django.po")):
        compiled = path.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime_ns < path.stat().st_mtime_ns:
            with path.open("rb") as file:
                catalogue = read_po(file, locale=LANGUAGE, abort_invalid=True)
            binary = io.BytesIO()
            write_mo(binary, catalogue)
            _replace(compiled, binary.getvalue())
            done += 1
    return done


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)


def main() -> int:
    """0, or 1 when `--check` finds a message without its Chinese."""
    parser = argparse.ArgumentParser(prog="python -m config.messages", description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing; list what is not translated")
    parser.add_argument("--compile", action="store_true", help="only compile what changed")
    parser.add_argument("apps", nargs="*", help="the apps to look at (all)")
    options = parser.parse_args()
    apps = options.apps or APPS
    if options.check:
        wrong = [fault for app in apps for fault in faults(app)] + clashes()
        print("\n".join(wrong) if wrong else "every message has its Chinese", file=sys.stderr)
        return 1 if wrong else 0
    if not options.compile:
        for app in apps:
            update(app)
    print(f"{compile_stale()} catalogues compiled", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
