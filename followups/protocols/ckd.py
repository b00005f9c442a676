"""Chronic kidney disease (慢性肾脏病): pressure, with a stricter line from an albumin/creatinine ratio of 30 mg/g on.

The ratio is measured once or twice a year: whether the last one decides until there is another is a setting, and told
where it does not (`ckd_acr_lasts`).
"""

from typing import Final

from django.utils.translation import gettext_noop as _

from followups.protocols.conditions import Condition
from followups.protocols.definition import Protocol, Rule, Settings
from followups.protocols.graded import Line, crisis_hint, danger, hint, not_assessed, table
from followups.protocols.terms import Action

SECTION = _("Blood pressure target by albuminuria in Chinese practice; as a class rule a setting")
REFER = _("When to refer")
# "Again", missed, met: by the ratio of the same visit, and by the last one.
TEXTS: Final = (
    _(
        "%(systolic)s/%(diastolic)s is not within the assessment line <%(line_systolic)s/%(line_diastolic)s "
        "(albumin/creatinine ratio %(acr)s, stricter from %(line_acr)s on); the visit of %(before_on)s "
        "(%(before_systolic)s/%(before_diastolic)s) was not controlled either: refer up."
    ),
    _(
        "%(systolic)s/%(diastolic)s is not within the assessment line <%(line_systolic)s/%(line_diastolic)s "
        "(albumin/creatinine ratio %(acr)s, stricter from %(line_acr)s on)."
    ),
    _(
        "%(systolic)s/%(diastolic)s is within the assessment line <%(line_systolic)s/%(line_diastolic)s "
        "(albumin/creatinine ratio %(acr)s, stricter from %(line_acr)s on)."
    ),
)
LAST_TEXTS: Final = (
    _(
        "%(systolic)s/%(diastolic)s is not within the assessment line <%(line_systolic)s/%(line_diastolic)s "
        "(last albumin/creatinine ratio %(known_acr)s, stricter from %(line_acr)s on); the visit of %(before_on)s "
        "(%(before_systolic)s/%(before_diastolic)s) was not controlled either: refer up."
    ),
    _(
        "%(systolic)s/%(diastolic)s is not within the assessment line <%(line_systolic)s/%(line_diastolic)s "
        "(last albumin/creatinine ratio %(known_acr)s, stricter from %(line_acr)s on)."
    ),
    _(
        "%(systolic)s/%(diastolic)s is within the assessment line <%(line_systolic)s/%(line_diastolic)s "
        "(last albumin/creatinine ratio %(known_acr)s, stricter from %(line_acr)s on)."
    ),
)
KIDNEY_ALARMS: tuple[Condition, ...] = (
    {"obs": "potassium", "gt": 5.5},
    {"obs": "potassium", "lt": 3.5},
    {"obs": "acr", "gt": 300},
    {"obs": "egfr", "lt": 30},
)


def ckd(settings: Settings) -> Protocol:
    """The decision table under these settings. Pressure in mmHg, ratio in mg/g, potassium in mmol/L, eGFR (computed from
    creatinine) in mL/min/1.73 m²."""
    prefix = "ckd-2024"
    rules = table(prefix, settings, _lines(settings), danger(prefix, settings))
    told = _alarms(prefix, settings)
    missing = _("Blood pressure is missing or incomplete: measure it and assess again.")
    return Protocol(
        programme="ckd",
        version="2",
        rules=(rules[0], told, *rules[1:]) if settings.ckd_refer else rules,
        otherwise=not_assessed(prefix, missing),
        hints=(
            *(() if settings.ckd_refer else (told,)),
            *(() if settings.ckd_acr_lasts else (_known_ratio(prefix, settings),)),
            *crisis_hint(prefix, settings),
        ),
        asks=("systolic", "diastolic", "creatinine", "acr", "heart_rate", "weight"),
        asks_further=("potassium", "height", "temperature"),
        months=settings.ckd_months,
        lasting=("acr",),
    )


def _lines(settings: Settings) -> tuple[Line, Line]:
    """The ratio decides which line holds; without one the milder."""
    plain, strict = (settings.ckd_systolic, settings.ckd_diastolic), _strict(settings)
    ratio = "known_acr" if settings.ckd_acr_lasts else "acr"
    return (
        _line({"obs": ratio, "lt": settings.ckd_acr, "untaken": True}, plain, "", settings),
        _line({"obs": ratio, "gte": settings.ckd_acr, "untaken": False}, strict, "albuminuria", settings),
    )


def _strict(settings: Settings) -> tuple[int, int]:
    return settings.ckd_systolic_albuminuria, settings.ckd_diastolic_albuminuria


def _line(whom: Condition, limits: tuple[int, int], name: str, settings: Settings) -> Line:
    systolic, diastolic = limits
    within: list[Condition] = [{"obs": "systolic", "lt": systolic}, {"obs": "diastolic", "lt": diastolic}]
    again, missed, met = LAST_TEXTS if settings.ckd_acr_lasts else TEXTS
    return Line(
        failed={"all": [whom, _from(limits)]},
        passed={"all": [whom, *within]},
        again=again,
        missed=missed,
        met=met,
        source="DESIGN",
        section=SECTION,
        params={"line_systolic": systolic, "line_diastolic": diastolic, "line_acr": settings.ckd_acr},
        name=name,
    )


def _from(limits: tuple[int, int]) -> Condition:
    systolic, diastolic = limits
    return {"any": [{"obs": "systolic", "gte": systolic}, {"obs": "diastolic", "gte": diastolic}]}


def _known_ratio(prefix: str, settings: Settings) -> Rule:
    """Told where only the ratio of the same visit decides: by the last one this pressure would be too high."""
    systolic, diastolic = _strict(settings)
    when: Condition = {
        "all": [
            {"obs": "acr", "lt": settings.ckd_acr, "untaken": True},
            {"obs": "known_acr", "gte": settings.ckd_acr, "untaken": False},
            _from((systolic, diastolic)),
        ]
    }
    text = _(
        "The last albumin/creatinine ratio was %(known_acr)s: from %(line_acr)s on the target is "
        "<%(line_systolic)s/%(line_diastolic)s. Measure it again."
    )
    lines = {"line_systolic": systolic, "line_diastolic": diastolic, "line_acr": settings.ckd_acr}
    return hint(f"{prefix}.known-ratio", when, text, "DESIGN", SECTION, params=lines)


def _alarms(prefix: str, settings: Settings) -> Rule:
    identity, when = f"{prefix}.alarms", {"any": list(KIDNEY_ALARMS)}
    text = _(
        "Potassium %(potassium)s (limits 3.5 and 5.5), albumin/creatinine ratio %(acr)s (limit 300), eGFR %(egfr)s by "
        "CKD-EPI %(formula)s (limit 30): look for the cause, refer up."
    )
    formula = {"formula": settings.egfr_formula}
    if settings.ckd_refer:
        return Rule(identity, when, None, Action.REFER, text, "KDIGO24", REFER, formula)
    return hint(identity, when, text, "KDIGO24", REFER, params=formula)
