"""Dyslipidaemia (血脂异常): controlled with LDL cholesterol below the person's target, 2.6 where no other is given."""

from django.utils.translation import gettext_noop as _

from followups.protocols.conditions import Condition
from followups.protocols.definition import Protocol, Rule, Settings
from followups.protocols.graded import Line, crisis_hint, danger, hint, not_assessed, table
from followups.protocols.terms import Action

SECTION = _("LDL target by risk; as a class rule a setting")
REFER = _("When to refer")
VERY_HIGH: tuple[Condition, ...] = ({"obs": "ldl", "gte": 4.9}, {"obs": "triglycerides", "gte": 5.6})


def dyslipidaemia(settings: Settings) -> Protocol:
    """The decision table under these settings. Lipids in mmol/L."""
    prefix = "lipid-2023"
    line = Line(
        failed={"obs": "ldl", "gte": "ldl_target"},
        passed={"obs": "ldl", "lt": "ldl_target"},
        again=_(
            "LDL cholesterol %(ldl)s is not below the target %(ldl_target)s; the visit of %(before_on)s "
            "(%(before_ldl)s) was not controlled either: refer up."
        ),
        missed=_("LDL cholesterol %(ldl)s is not below the target %(ldl_target)s."),
        met=_("LDL cholesterol %(ldl)s is below the target %(ldl_target)s."),
        source="LIPID23",
        section=SECTION,
    )
    rules = table(prefix, settings, (line,), danger(prefix, settings))
    told = _very_high(prefix, Action.REFER if settings.lipids_refer else None)
    return Protocol(
        programme="dyslipidaemia",
        version="2",
        rules=(rules[0], told, *rules[1:]) if settings.lipids_refer else rules,
        otherwise=not_assessed(prefix, _("LDL cholesterol is missing: measure it and assess again.")),
        hints=(*(() if settings.lipids_refer else (told,)), *crisis_hint(prefix, settings)),
        asks=("systolic", "diastolic", "ldl", "heart_rate", "weight", "waist"),
        asks_further=("total_cholesterol", "triglycerides", "hdl", "height", "temperature"),
        months=settings.dyslipidaemia_months,
        recheck_days=settings.dyslipidaemia_recheck_days,
    )


def _very_high(prefix: str, action: Action | None) -> Rule:
    identity, when = f"{prefix}.very-high", {"any": list(VERY_HIGH)}
    text = _(
        "LDL cholesterol %(ldl)s, triglycerides %(triglycerides)s (limits 4.9 and 5.6): look for an inherited disease "
        "or the danger of pancreatitis, refer up."
    )
    if action is None:
        return hint(identity, when, text, "LIPID23", REFER)
    return Rule(identity, when, None, action, text, "LIPID23", REFER)
