"""Type-2 diabetes (2型糖尿病患者健康管理), BPHS17: controlled below 7.0 mmol/L fasting."""

from django.utils.translation import gettext_noop as _

from followups.protocols.conditions import Condition
from followups.protocols.definition import Protocol, Rule, Settings
from followups.protocols.graded import CRISIS, EXPECTING_OR_NURSING, again, emergency, harm
from followups.protocols.terms import Action, Klass

GLUCOSES = ("fasting_glucose", "postprandial_glucose", "random_glucose")
FAILED: Condition = {"obs": "fasting_glucose", "gte": 7.0}
PASSED: Condition = {"obs": "fasting_glucose", "lt": 7.0}
FEVER: Condition = {"obs": "temperature", "gt": 39.0}
TACHYCARDIA: Condition = {"all": [{"sign": ["sustained_tachycardia"]}, {"obs": "heart_rate", "gt": 100}]}
ASSESSMENT = _("Type 2 diabetes: content of service, (2) follow-up assessment")
INTERVENTION = _("Type 2 diabetes: content of service, (3) graded intervention")


def diabetes(settings: Settings) -> Protocol:
    """The decision table under these settings. Glucose in mmol/L, pressure in mmHg, temperature in °C."""
    prefix = "dm-2017"
    crisis = (*_glucose_crisis(settings), *CRISIS, FEVER)
    high_in_pregnancy = {"obs": "fasting_glucose", "gte": settings.pregnancy_fasting_glucose}
    expecting: Condition = {"all": [EXPECTING_OR_NURSING, high_in_pregnancy]}
    complication, reaction_again, reaction = harm(prefix, settings, INTERVENTION)
    return Protocol(
        programme="diabetes",
        version="1",
        rules=(
            emergency(prefix, (*crisis, TACHYCARDIA, expecting), ASSESSMENT),
            complication,
            reaction_again,
            _by_glucose(
                f"{prefix}.uncontrolled-again",
                {"all": [FAILED, again(FAILED, PASSED, settings, also=crisis)]},
                (Klass.UNCONTROLLED, Action.REFER),
                _(
                    "Fasting glucose %(fasting_glucose)s is not below 7.0; the visit of %(before_on)s "
                    "(%(before_fasting_glucose)s) was not controlled either: refer up."
                ),
            ),
            reaction,
            _by_glucose(
                f"{prefix}.uncontrolled",
                FAILED,
                (Klass.UNCONTROLLED, Action.ADJUST),
                _("Fasting glucose %(fasting_glucose)s is not below 7.0."),
            ),
            _by_glucose(
                f"{prefix}.controlled",
                PASSED,
                (Klass.CONTROLLED, Action.ROUTINE),
                _("Fasting glucose %(fasting_glucose)s is below 7.0."),
            ),
        ),
        otherwise=Rule(
            id=f"{prefix}.not-assessed",
            when={"all": []},
            klass=Klass.NOT_ASSESSED,
            action=Action.RECHECK,
            text=_("Fasting glucose is missing: measure it and assess again."),
            source="DESIGN",
            section="",
        ),
        asks=("systolic", "diastolic", "fasting_glucose", "heart_rate", "weight", "waist"),
        asks_further=("postprandial_glucose", "random_glucose", "hba1c", "height", "temperature"),
    )


def _glucose_crisis(settings: Settings) -> tuple[Condition, ...]:
    """Any glucose, not only the fasting one, very high or low; whether 3.9 itself is low is a setting."""
    low = "lte" if settings.hypoglycaemia_inclusive else "lt"
    high: tuple[Condition, ...] = tuple({"obs": name, "gte": 16.7} for name in GLUCOSES)
    return (*high, *({"obs": name, low: 3.9} for name in GLUCOSES))


def _by_glucose(rule: str, when: Condition, result: tuple[Klass, Action], text: str) -> Rule:
    return Rule(rule, when, *result, text, "BPHS17", INTERVENTION)
