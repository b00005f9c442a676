"""The list of sign-ins beside the data: who, in which role, where, with which password. Readable by the owner only."""

import os
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

FILE: Final = "demo-sign-ins.txt"

Line = tuple[str, str, str, str, str, str]


def write(people: Iterable[Line], client: tuple[str, str, str]) -> Path:
    """Write (person, role, organization, user name, password, secret of the second factor or "") lines and the client's
    (name, id, secret); returns where."""
    head = (_("person"), _("role"), _("organization"), _("user name"), _("password"), _("second factor"))
    name, client_id, secret = client
    lines = [
        _("Demo sign-ins: every person is invented, every password was drawn for this machine."),
        "",
        *_table([head, *people]),
        "",
        _(
            "Second factor: type the secret into an authenticator app (TOTP, 6 digits, 30 seconds), or make its QR code of"
        ),
        "  otpauth://totp/Yilian:USER?secret=SECRET&issuer=Yilian",
        "",
        _("Client of the API: %(name)s") % {"name": name},
        f"  client_id      {client_id}",
        f"  client_secret  {secret}",
    ]
    path = Path(settings.DATA_DIR) / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    # Made with its final mode: at no moment may others read it.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return path


def _table(rows: Sequence[Line]) -> list[str]:
    widths = [max(_width(str(row[column])) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(_padded(str(cell), width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows]  # fmt: skip


def _width(text: str) -> int:
    """Columns in a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
