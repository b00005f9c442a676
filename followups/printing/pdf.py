"""From a layout and its data to a PDF. The layout is a Typst file without words; every word comes with the data."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import typst
from django.conf import settings

LAYOUTS: Final = Path(settings.BASE_DIR) / "templates" / "followups" / "print"


class FontsMissing(RuntimeError):
    """The Chinese fonts are not there: `make install` brings them."""


def pdf(layout: str, data: Mapping[str, Any]) -> bytes:
    """The paper as PDF. `data` reaches the layout as one JSON text, never as markup: what a person typed stays text.

    Raises FontsMissing rather than print a paper without its Chinese.
    """
    fonts = Path(settings.FONTS_DIR)
    if not any(fonts.glob("*.ttf")):
        raise FontsMissing(f"no fonts in {fonts}: make install")
    made = typst.compile(
        str(LAYOUTS / f"{layout}.typ"),
        root=str(LAYOUTS),
        font_paths=[str(fonts)],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    if not isinstance(made, bytes):
        raise TypeError("Typst answered no document")
    return made
