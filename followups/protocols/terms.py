"""The words of an assessment: programmes, classes, actions, danger signs; each with its English msgid.

The values are promised to integrators; the labels are msgids and are translated where they are shown.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext_noop as _

from patients.programmes import Programme


class Klass(StrEnum):
    """The class of a programme at one visit (随访分类), mildest first; the later of two is the more serious."""

    NOT_ASSESSED = "not_assessed"
    CONTROLLED = "controlled"
    UNCONTROLLED = "uncontrolled"
    ADVERSE_REACTION = "adverse_reaction"
    COMPLICATION = "complication"


class Action(StrEnum):
    """What the visit leads to, mildest first; the later of two is the stricter."""

    ROUTINE = "routine"
    RECHECK = "recheck"
    ADJUST = "adjust"
    REFER = "refer"
    EMERGENCY = "emergency"


SERIOUSNESS: Final[Mapping[Klass, int]] = MappingProxyType({klass: rank for rank, klass in enumerate(Klass)})
STRICTNESS: Final[Mapping[Action, int]] = MappingProxyType({act: rank for rank, act in enumerate(Action)})

METHODS: Final = ("clinic", "home", "phone", "video")

PROGRAMMES: Final[tuple[str, ...]] = tuple(Programme.values)

# The labels below are those of the enumerations that the tables use; a test keeps the two alike.
CLASS_LABELS: Final[Mapping[Klass, str]] = MappingProxyType(
    {
        Klass.NOT_ASSESSED: _("not assessed"),
        Klass.CONTROLLED: _("controlled"),
        Klass.UNCONTROLLED: _("not controlled"),
        Klass.ADVERSE_REACTION: _("adverse reaction"),
        Klass.COMPLICATION: _("complication"),
    }
)

ACTION_LABELS: Final[Mapping[Action, str]] = MappingProxyType(
    {
        Action.ROUTINE: _("keep the treatment"),
        Action.RECHECK: _("measure again"),
        Action.ADJUST: _("adjust the treatment"),
        Action.REFER: _("refer up"),
        Action.EMERGENCY: _("treat and refer at once"),
    }
)

# Emergency criteria that a person sees rather than measures; apart from the symptom list of the national form.
DANGER_SIGNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "consciousness_change": _("change of consciousness or behaviour"),
        "severe_headache_dizziness": _("severe headache or dizziness"),
        "nausea_vomiting": _("nausea or vomiting"),
        "blurred_vision_eye_pain": _("blurred vision, eye pain"),
        "palpitation_chest_tightness": _("palpitation, chest tightness"),
        "cannot_lie_flat": _("cannot lie flat"),
        "precordial_pain": _("precordial pain"),
        "acetone_breath": _("breath smells of acetone"),
        "sweating": _("sweating"),
        "thirst_polyuria_abdominal_pain": _("loss of appetite, thirst, much urine, abdominal pain"),
        "deep_breathing_flushed_skin": _("deep breathing, flushed skin"),
        "sustained_tachycardia": _("heart rate above 100 that lasts"),
        "sudden_vision_loss": _("sudden loss of vision"),
        "focal_neurological_deficit": _("sudden drooping face, weak arm or leg, trouble speaking"),
        "cannot_be_handled_here": _("another condition that cannot be handled here"),
    }
)

# What else a condition can name beside readings and signs.
FLAGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "pregnant": _("pregnant"),
        "lactating": _("lactating"),
        "adverse_reaction": _("adverse drug reaction"),
        "new_complication": _("new or worse complication"),
    }
)

SOURCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "BPHS17": _("National Basic Public Health Service Specification, 3rd edition (2017)"),
        "GOLD": _("Global strategy for COPD (GOLD)"),
        "JCCOPD": _("Chinese guideline for COPD in primary care"),
        "LIPID23": _("Chinese guideline for the management of lipids (2023)"),
        "XY22": _("Tiered care in the county: technical plans for chronic diseases (2022)"),
        "KDIGO24": _("KDIGO guideline for chronic kidney disease (2024)"),
        "JCHTN25": _("National guideline for hypertension in primary care (2025)"),
        "CDS20": _("Chinese guideline for type 2 diabetes (2020)"),
        "CDSOLD": _("Chinese guideline for diabetes in the elderly"),
        "DESIGN": _("Decision of this product"),
    }
)
