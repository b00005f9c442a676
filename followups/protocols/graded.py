"""Graded intervention (分类干预): the lines that the decision tables of all national programmes share."""

from collections.abc import Iterable

from django.utils.translation import gettext_noop as _

from followups.protocols.conditions import Condition
from followups.protocols.definition import Rule, Settings
from followups.protocols.terms import DANGER_SIGNS, Action, Klass

ANY_DANGER_SIGN: Condition = {"sign": list(DANGER_SIGNS)}
EXPECTING_OR_NURSING: Condition = {"any": [{"flag": "pregnant"}, {"flag": "lactating"}]}


def emergency(prefix: str, criteria: Iterable[Condition], section: str) -> Rule:
    """Any danger sign or any of the programme's own criteria. It never gives a class: it only forbids "controlled"."""
    return Rule(
        id=f"{prefix}.emergency",
        when={"any": [ANY_DANGER_SIGN, *criteria]},
        klass=None,
        action=Action.EMERGENCY,
        text=_(
            "Emergency: %(criteria)s. Treat, refer urgently, and ask about the referral within two weeks."
        ),
        source="BPHS17",
        section=section,
    )


def harm(prefix: str, settings: Settings, section: str) -> tuple[Rule, Rule, Rule]:
    """Complication and adverse drug reaction; the latter is referred when the last visit of any kind had one too."""
    reaction: Condition = {"flag": "adverse_reaction"}
    before: Condition = {"again": reaction, "within_months": settings.again_within_months}
    return (
        Rule(
            id=f"{prefix}.complication",
            when={"flag": "new_complication"},
            klass=Klass.COMPLICATION,
            action=Action.REFER,
            text=_("A new complication, or an old one worse: refer up at once."),
            source="BPHS17",
            section=section,
        ),
        Rule(
            id=f"{prefix}.adverse-reaction-again",
            when={"all": [reaction, before]},
            klass=Klass.ADVERSE_REACTION,
            action=Action.REFER,
            text=_("Adverse drug reaction, as at the visit of %(before_on)s: hard to control, refer up."),
            source="BPHS17",
            section=section,
        ),
        Rule(
            id=f"{prefix}.adverse-reaction",
            when=reaction,
            klass=Klass.ADVERSE_REACTION,
            action=Action.ADJUST,
            text=_("Adverse drug reaction: change the drug and see again in two weeks."),
            source="BPHS17",
            section=section,
        ),
    )


def again(
    failed: Condition, passed: Condition, settings: Settings, also: tuple[Condition, ...] = ()
) -> Condition:
    """The last earlier visit that could be decided was a failed one: the second in a row is referred.

    `also` names emergency readings that make the earlier visit a failed one although its deciding reading passed;
    an earlier emergency by sign alone does not.
    """
    return {
        "again": {"any": [failed, *also]} if also else failed,
        "among": {"any": [failed, passed]},
        "within_months": settings.again_within_months,
    }
