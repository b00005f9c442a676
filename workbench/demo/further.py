"""Who has and is managed for a disease beyond hypertension and diabetes, alone or beside them; and the elderly.

Drawn from a stream of its own, so that nobody's pressure and sugar depend on it. Shares are design: some ten residents of
a centre with COPD, twenty elderly, fifteen of each other disease; more in a large centre, fewer in a small one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from patients.models.patient import Smoking
from patients.programmes import Programme
from workbench.demo.chance import Chance

if TYPE_CHECKING:
    from workbench.demo.residents import Resident, Span

_OLD: Final = 65
_ELDERLY: Final = 0.16  # of those who are old
_SINCE_BEFORE: Final = 0.65  # managed from the first day of the history; the others were taken in during it
_SETTLED: Final = timedelta(days=35)  # before today: whoever is taken in has had the first visit due


@dataclass(frozen=True, slots=True)
class Share:
    """How many have a disease from an age on, and how many of those who are known to have it are managed for it."""

    programme: Programme
    age: int
    falls_ill: float
    managed: float


_SHARES: Final = (
    Share(Programme.COPD, 45, 0.028, 0.9),
    Share(Programme.DYSLIPIDAEMIA, 40, 0.04, 0.45),
    Share(Programme.STROKE, 50, 0.05, 0.85),
    Share(Programme.CHD, 50, 0.04, 0.75),
    Share(Programme.CKD, 50, 0.055, 0.9),
)
_SMOKE: Final = 3.2  # so many times as often COPD among those who smoke or smoked


def fall_ill(one: Resident, span: Span) -> None:
    """Add further diagnoses, and management for them and for old age; what the resident has already stays."""
    chance = Chance("further", one.patient.pk)
    age = one.patient.age(on=span.today)
    for share in _SHARES:
        if age < share.age:
            continue
        often = _SMOKE if share.programme is Programme.COPD and one.patient.smoking != Smoking.NEVER else 1.0
        if share.programme not in one.diagnosed and chance.happens(share.falls_ill * often):
            one.diagnosed[share.programme] = chance.day(span.first - timedelta(days=365 * 8), span.first)
        if share.programme in one.diagnosed and chance.happens(share.managed):
            one.enrolled[share.programme] = _begins(chance, span)
    if age >= _OLD and chance.happens(_ELDERLY):
        one.enrolled[Programme.ELDERLY] = _begins(chance, span)


def _begins(chance: Chance, span: Span) -> date:
    if chance.happens(_SINCE_BEFORE):
        return span.first
    return chance.day(span.first, max(span.first, span.last - _SETTLED))
