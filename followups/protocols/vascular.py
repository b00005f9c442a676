"""Secondary prevention after stroke (脑卒中) and in coronary heart disease (冠心病): pressure, and LDL where measured."""

from django.utils.translation import gettext_noop as _

from followups.protocols.conditions import Condition
from followups.protocols.definition import Protocol, Rule, Settings
from followups.protocols.graded import Line, crisis_hint, danger, hint, not_assessed, table
from followups.protocols.terms import Action

SECTION = _("Secondary prevention: pressure and LDL; as a class rule a setting")
REFER = _("When to refer")
PULSE: tuple[Condition, ...] = ({"obs": "heart_rate", "lt": 50}, {"obs": "heart_rate", "gt": 120})


def stroke(settings: Settings) -> Protocol:
    """The decision table after a stroke. Pressure in mmHg, LDL in mmol/L."""
    return _secondary_prevention("stroke", "stroke-2022", settings, settings.stroke_months)


def chd(settings: Settings) -> Protocol:
    """The decision table in coronary heart disease. Pressure in mmHg, LDL in mmol/L."""
    return _secondary_prevention("chd", "chd-2022", settings, settings.chd_months)


def _secondary_prevention(programme: str, prefix: str, settings: Settings, months: int) -> Protocol:
    missing = _("Blood pressure is missing or incomplete: measure it and assess again.")
    rules, signs = (
        table(prefix, settings, (_line(settings),), danger(prefix, settings)),
        _signs(prefix, settings),
    )
    return Protocol(
        programme=programme,
        version="2",
        rules=(rules[0], signs, *rules[1:]) if settings.vascular_signs_refer else rules,
        otherwise=not_assessed(prefix, missing),
        hints=(
            *(() if settings.vascular_signs_refer else (signs,)),
            _pulse(prefix),
            *crisis_hint(prefix, settings),
        ),
        asks=("systolic", "diastolic", "heart_rate", "weight", "waist"),
        asks_further=("ldl", "total_cholesterol", "triglycerides", "hdl", "height", "temperature"),
        months=months,
    )


def _signs(prefix: str, settings: Settings) -> Rule:
    """Answers of the form that ask for a specialist; whether a TIA is new is read from the earlier visits."""
    tia: Condition = {"finding": "uncontrolled_risks", "says": ["tia"]}
    when: Condition = {
        "any": [
            {"finding": "angina", "says": ["rest"]},
            {"finding": "bleeding", "says": ["major"]},
            {"new": tia, "within_months": settings.again_within_months},
        ]
    }
    text = _("%(criteria)s. Refer up at once.")
    if settings.vascular_signs_refer:
        return Rule(f"{prefix}.signs", when, None, Action.REFER, text, "XY22", REFER)
    return hint(f"{prefix}.signs", when, text, "XY22", REFER)


def _pulse(prefix: str) -> Rule:
    """Only told: whether the resident feels it is for the doctor to ask."""
    text = _("Heart rate %(heart_rate)s (limits 50 and 120): with complaints, refer up.")
    return hint(f"{prefix}.pulse", {"any": list(PULSE)}, text, "XY22", REFER)


def _line(settings: Settings) -> Line:
    """LDL counts where it was measured: too high it fails, not measured it keeps nobody from being controlled."""
    systolic, diastolic, ldl = settings.vascular_systolic, settings.vascular_diastolic, settings.vascular_ldl
    too_high: list[Condition] = [{"obs": "systolic", "gte": systolic}, {"obs": "diastolic", "gte": diastolic}]
    within: list[Condition] = [{"obs": "systolic", "lt": systolic}, {"obs": "diastolic", "lt": diastolic}]
    return Line(
        failed={"any": [*too_high, {"obs": "ldl", "gte": ldl}]},
        passed={"all": [*within, {"obs": "ldl", "lt": ldl, "untaken": True}]},
        again=_(
            "%(systolic)s/%(diastolic)s, LDL cholesterol %(ldl)s is not within the assessment line "
            "<%(line_systolic)s/%(line_diastolic)s and LDL <%(line_ldl)s; the visit of %(before_on)s "
            "(%(before_systolic)s/%(before_diastolic)s, LDL %(before_ldl)s) was not controlled either: refer up."
        ),
        missed=_(
            "%(systolic)s/%(diastolic)s, LDL cholesterol %(ldl)s is not within the assessment line "
            "<%(line_systolic)s/%(line_diastolic)s and LDL <%(line_ldl)s."
        ),
        met=_(
            "%(systolic)s/%(diastolic)s, LDL cholesterol %(ldl)s is within the assessment line "
            "<%(line_systolic)s/%(line_diastolic)s and, where measured, LDL <%(line_ldl)s."
        ),
        source="XY22",
        section=SECTION,
        params={"line_systolic": systolic, "line_diastolic": diastolic, "line_ldl": ldl},
    )
