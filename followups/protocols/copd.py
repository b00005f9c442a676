"""COPD (慢阻肺病): controlled with few symptoms (CAT) and without an exacerbation since the last visit.

The national annex of 2024 is not read yet (facts 2.1): the class rule is a setting, its thresholds are those of GOLD.
"""

from django.utils.translation import gettext_noop as _

from followups.protocols.conditions import Condition
from followups.protocols.definition import Protocol, Rule, Settings
from followups.protocols.graded import Line, crisis_hint, danger, hint, not_assessed, table
from followups.protocols.terms import Action

SECTION = _("CAT 10 parts few from many symptoms; as a class rule a setting, the national annex gives none")
URGENTLY = _("When to refer urgently")
PLANNED = _("When to refer as planned")
BREATHING: tuple[Condition, ...] = ({"obs": "spo2", "lt": 90}, {"obs": "respiratory_rate", "gt": 30})
SIGNS: Condition = {"finding": "copd_signs", "says": ["cyanosis", "leg_oedema"]}
OFTEN: Condition = {"finding": "exacerbations_year", "gte": 2}


def copd(settings: Settings) -> Protocol:
    """The decision table under these settings. CAT 0-40, saturation in %, breaths a minute."""
    prefix = "copd-2024"
    urgent = _urgent(settings) if settings.copd_breathing_urgent else ()
    rules = table(prefix, settings, (_line(settings),), danger(prefix, settings, *urgent))
    return Protocol(
        programme="copd",
        version="2",
        rules=(rules[0], _planned(prefix, acts=True), *rules[1:]) if settings.copd_refer else rules,
        otherwise=not_assessed(prefix, _("CAT score or exacerbations are missing: ask and assess again.")),
        hints=(*_hints(prefix, settings), *crisis_hint(prefix, settings)),
        asks=("systolic", "diastolic", "cat", "exacerbations_since_last", "spo2", "heart_rate", "weight"),
        asks_further=(
            "mmrc",
            "fev1",
            "fev1_fvc",
            "fev1_percent",
            "respiratory_rate",
            "height",
            "temperature",
        ),
        months=settings.copd_months,
    )


def _line(settings: Settings) -> Line:
    limits = (("cat", settings.copd_cat), ("exacerbations_since_last", settings.copd_exacerbations))
    return Line(
        failed={"any": [{"obs": name, "gte": limit} for name, limit in limits]},
        passed={"all": [{"obs": name, "lt": limit} for name, limit in limits]},
        again=_(
            "CAT %(cat)s (line <%(line_cat)s), %(exacerbations_since_last)s exacerbations since the last visit; the "
            "visit of %(before_on)s (CAT %(before_cat)s, %(before_exacerbations_since_last)s exacerbations) was not "
            "controlled either: refer up."
        ),
        missed=_(
            "CAT %(cat)s (line <%(line_cat)s), %(exacerbations_since_last)s exacerbations since the last visit."
        ),
        met=_("CAT %(cat)s is below %(line_cat)s, no exacerbation since the last visit."),
        source="GOLD",
        section=SECTION,
        params={"line_cat": settings.copd_cat},
    )


def _urgent(settings: Settings) -> tuple[Condition, ...]:
    """Somebody who has lived with cyanosis or swollen legs is no emergency for them: only what is new counts."""
    return (*BREATHING, {"new": SIGNS, "within_months": settings.again_within_months})


def _hints(prefix: str, settings: Settings) -> tuple[Rule, ...]:
    text = _("%(criteria)s. Weigh an urgent referral.")
    urgent = hint(f"{prefix}.breathing", {"any": list(_urgent(settings))}, text, "JCCOPD", URGENTLY)
    return (
        *(() if settings.copd_breathing_urgent else (urgent,)),
        *(() if settings.copd_refer else (_planned(prefix, acts=False),)),
    )


def _planned(prefix: str, *, acts: bool) -> Rule:
    text = _("%(criteria)s. A specialist should see the resident: refer up as planned.")
    if acts:
        return Rule(f"{prefix}.planned", OFTEN, None, Action.REFER, text, "JCCOPD", PLANNED)
    return hint(f"{prefix}.planned", OFTEN, text, "JCCOPD", PLANNED)
