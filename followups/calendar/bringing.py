"""What to take along to a visit at home, by the programmes of the person: read off the forms of facts 1.4 and 2."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from patients.programmes import Programme

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_PRESSURE: Final = _("blood pressure monitor")
_SCALES: Final = _("scales and tape measure")
_GLUCOSE: Final = _("glucose meter and strips")

WHAT: "Final[dict[str, tuple[StrOrPromise, ...]]]" = {
    Programme.HYPERTENSION: (_PRESSURE, _SCALES),
    Programme.DIABETES: (_PRESSURE, _GLUCOSE, _("monofilament for the feet"), _SCALES),
    Programme.COPD: (_("pulse oximeter"), _("CAT questionnaire")),
    Programme.DYSLIPIDAEMIA: (_PRESSURE, _SCALES),
    Programme.STROKE: (_PRESSURE, _SCALES),
    Programme.CHD: (_PRESSURE, _SCALES),
    Programme.CKD: (_PRESSURE, _("urine cup")),
}


def to_bring(programmes: Iterable[str]) -> "list[StrOrPromise]":
    """Each thing once, in the order of the programmes."""
    found: dict[str, StrOrPromise] = {}
    for programme in programmes:
        for thing in WHAT.get(programme, ()):
            found.setdefault(str(thing), thing)
    return list(found.values())
