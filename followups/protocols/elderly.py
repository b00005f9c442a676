"""The elderly (老年人健康管理), BPHS17: one health check a year; controlled unless something speaks against it."""

from django.utils.translation import gettext_noop as _

from followups.protocols.definition import Protocol, Rule, Settings
from followups.protocols.graded import CARRIED_OVER, crisis_hint, danger, harm, not_assessed
from followups.protocols.terms import Action, Klass

YEARLY = _("Elderly: content of service, one health check a year")


def elderly(settings: Settings) -> Protocol:
    """The decision table under these settings: no reading decides, so every visit can be classed."""
    prefix = "elderly-2017"
    complication, reaction_again, reaction = harm(prefix, settings, CARRIED_OVER, "DESIGN")
    well = Rule(
        f"{prefix}.controlled",
        {"all": []},
        Klass.CONTROLLED,
        Action.ROUTINE,
        _("No adverse reaction, complication or danger sign: next health check in %(months)s months."),
        "BPHS17",
        YEARLY,
        {"months": settings.elderly_months},
    )
    return Protocol(
        programme="elderly",
        version="1",
        rules=(danger(prefix, settings), complication, reaction_again, reaction, well),
        otherwise=not_assessed(prefix, _("The visit could not be judged: assess again.")),
        hints=crisis_hint(prefix, settings),
        asks=("systolic", "diastolic", "heart_rate", "weight", "waist"),
        # HbA1c belongs to the yearly check since 2025 (facts 3.1, BPHS25).
        asks_further=("fasting_glucose", "hba1c", "total_cholesterol", "triglycerides", "hdl", "ldl", "creatinine",
                      "height", "temperature"),
        months=settings.elderly_months,
    )  # fmt: skip
