"""Secondary prevention after stroke (脑卒中) and in coronary heart disease (冠心病): pressure, and LDL where measured."""

from django.utils.translation import gettext_noop as _

from followups.protocols.conditions import Condition
from followups.protocols.definition import Protocol, Settings
from followups.protocols.graded import Line, crisis_hint, danger, not_assessed, table

SECTION = _("Secondary prevention: pressure and LDL; as a class rule a setting")


def stroke(settings: Settings) -> Protocol:
    """The decision table after a stroke. Pressure in mmHg, LDL in mmol/L."""
    return _secondary_prevention("stroke", "stroke-2022", settings, settings.stroke_months)


def chd(settings: Settings) -> Protocol:
    """The decision table in coronary heart disease. Pressure in mmHg, LDL in mmol/L."""
    return _secondary_prevention("chd", "chd-2022", settings, settings.chd_months)


def _secondary_prevention(programme: str, prefix: str, settings: Settings, months: int) -> Protocol:
    missing = _("Blood pressure is missing or incomplete: measure it and assess again.")
    return Protocol(
        programme=programme,
        version="1",
        rules=table(prefix, settings, (_line(settings),), danger(prefix, settings)),
        otherwise=not_assessed(prefix, missing),
        hints=crisis_hint(prefix, settings),
        asks=("systolic", "diastolic", "heart_rate", "weight", "waist"),
        asks_further=("ldl", "total_cholesterol", "triglycerides", "hdl", "height", "temperature"),
        months=months,
    )


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
