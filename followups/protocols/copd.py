"""COPD (慢阻肺病): controlled with few symptoms (CAT) and without an exacerbation since the last visit.

The national annex of 2024 is not read yet (facts 2.1): the class rule is a setting, its thresholds are those of GOLD.
"""

from django.utils.translation import gettext_noop as _

from followups.protocols.conditions import Condition
from followups.protocols.definition import Protocol, Rule, Settings
from followups.protocols.graded import Line, crisis_hint, danger, hint, not_assessed, table

SECTION = _("CAT 10 parts few from many symptoms; as a class rule a setting, the national annex gives none")
REFER = _("When to refer urgently")
BREATHING: tuple[Condition, ...] = ({"obs": "spo2", "lt": 90}, {"obs": "respiratory_rate", "gt": 30})


def copd(settings: Settings) -> Protocol:
    """The decision table under these settings. CAT 0-40, saturation in %, breaths a minute."""
    prefix = "copd-2024"
    urgent = BREATHING if settings.copd_breathing_urgent else ()
    return Protocol(
        programme="copd",
        version="1",
        rules=table(prefix, settings, (_line(settings),), danger(prefix, settings, *urgent)),
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


def _hints(prefix: str, settings: Settings) -> tuple[Rule, ...]:
    if settings.copd_breathing_urgent:
        return ()
    text = _(
        "Oxygen saturation %(spo2)s %%, %(respiratory_rate)s breaths a minute (limits 90 and 30): "
        "weigh an urgent referral."
    )
    return (hint(f"{prefix}.breathing", {"any": list(BREATHING)}, text, "XY22", REFER),)
