"""What a protocol is made of: settings, rules, and the protocol that holds them. All frozen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from django.utils.translation import gettext_noop as _

from followups.protocols.conditions import Condition
from followups.protocols.terms import Action, Klass


class Certainty(StrEnum):
    """How sure a number is: printed and read, known but not re-read, to be confirmed, or a choice of this product."""

    CERTAIN = "certain"
    LIKELY = "likely"
    UNSURE = "unsure"
    DESIGN = "design"


CERTAIN, LIKELY, UNSURE, DESIGN = Certainty


def _setting(default: Any, certainty: Certainty, why: str) -> Any:
    return field(default=default, metadata={"why": why, "certainty": certainty})


@dataclass(frozen=True, slots=True)
class Settings:
    """What the texts leave open and a clinical lead may set; `why` (a msgid) and `certainty` are each field's metadata.

    Pressures in mmHg, glucose and lipids in mmol/L, the albumin/creatinine ratio in mg/g.
    """

    again_within_months: int = _setting(
        12, DESIGN, _("design: how far back a second failure in a row may lie")
    )
    routine_months: int = _setting(3, DESIGN, _("design: four visits a year, in calendar months"))
    recheck_days: int = _setting(14, CERTAIN, _("national: two weeks"))
    age_relaxed: int = _setting(
        65, CERTAIN, _("national: 65; unsettled whether birthday or calendar year counts")
    )
    hypoglycaemia_inclusive: bool = _setting(
        True, LIKELY, _("unsure: is 3.9 itself low? the printed page is to be read")
    )
    pregnancy_systolic: int = _setting(
        140, UNSURE, _("unsure: the national text says above normal without a number")
    )
    pregnancy_diastolic: int = _setting(
        90, UNSURE, _("unsure: the national text says above normal without a number")
    )
    pregnancy_fasting_glucose: float = _setting(
        7.0, UNSURE, _("unsure: the national text says high without a number")
    )
    home_systolic: int = _setting(135, LIKELY, _("guideline: readings taken at home outside a visit"))
    home_diastolic: int = _setting(85, LIKELY, _("guideline: readings taken at home outside a visit"))
    copd_cat: int = _setting(10, UNSURE, _("unsure: the symptom threshold of GOLD, used as the class line"))
    copd_exacerbations: int = _setting(
        1, UNSURE, _("unsure: so many exacerbations since the last visit are not controlled")
    )
    copd_months: int = _setting(3, UNSURE, _("unsure: two or four visits a year? the annex is to be read"))
    ldl_target: float = _setting(
        2.6, UNSURE, _("unsure: the guideline's line for high risk, where a person has no target of risk")
    )
    ldl_by_risk: bool = _setting(
        False,
        UNSURE,
        _("unsure: the guideline asks for the LDL of secondary prevention in dyslipidaemia too"),
    )
    dyslipidaemia_months: int = _setting(3, LIKELY, _("guideline: every 3 to 6 months at target"))
    dyslipidaemia_recheck_days: int = _setting(
        14, UNSURE, _("unsure: two weeks as in the national programmes; the guideline says 4 to 6 weeks")
    )
    vascular_systolic: int = _setting(140, UNSURE, _("unsure: after stroke and in coronary heart disease"))
    vascular_diastolic: int = _setting(90, UNSURE, _("unsure: after stroke and in coronary heart disease"))
    vascular_ldl: float = _setting(
        1.8, UNSURE, _("unsure: after stroke and in coronary heart disease, where LDL was measured")
    )
    stroke_months: int = _setting(
        3, UNSURE, _("local: after 1, 3, 6 and 12 months, then every half year, in some places")
    )
    chd_months: int = _setting(3, UNSURE, _("local: stable disease every three months"))
    vascular_signs_refer: bool = _setting(
        True,
        LIKELY,
        _("guideline: angina at rest, major bleeding and a new TIA are referred at once"),
    )
    ckd_acr: int = _setting(30, LIKELY, _("guideline: from this albumin/creatinine ratio the stricter line"))
    ckd_acr_lasts: bool = _setting(
        False,
        UNSURE,
        _("unsure: a ratio is measured once or twice a year; until the next one the last decides the line"),
    )
    ckd_systolic: int = _setting(
        140, UNSURE, _("unsure: line below that ratio, and where it was not measured")
    )
    ckd_diastolic: int = _setting(
        90, UNSURE, _("unsure: line below that ratio, and where it was not measured")
    )
    ckd_systolic_albuminuria: int = _setting(130, UNSURE, _("unsure: line from that ratio on"))
    ckd_diastolic_albuminuria: int = _setting(80, UNSURE, _("unsure: line from that ratio on"))
    ckd_months: int = _setting(3, UNSURE, _("local: one to four visits a year by stage and albuminuria"))
    elderly_months: int = _setting(12, CERTAIN, _("national: one health check a year"))
    crisis_everywhere: bool = _setting(
        False,
        DESIGN,
        _("design: 180/110 is an emergency in stroke, heart and kidney disease and the elderly too"),
    )
    copd_breathing_urgent: bool = _setting(
        False,
        LIKELY,
        _(
            "guideline: oxygen saturation below 90 %, more than 30 breaths a minute, new cyanosis or new swelling is an "
            "emergency"
        ),
    )
    copd_refer: bool = _setting(
        False, LIKELY, _("guideline: from two exacerbations a year on, a specialist should see the resident")
    )
    lipids_refer: bool = _setting(
        False, LIKELY, _("guideline: LDL from 4.9 or triglycerides from 5.6 are referred at once")
    )
    ckd_refer: bool = _setting(
        False,
        LIKELY,
        _(
            "guideline: potassium above 5.5 or below 3.5, a ratio above 300 or an eGFR below 30 is referred at once"
        ),
    )
    egfr_2021: bool = _setting(
        False, LIKELY, _("likely: Chinese documents still use the CKD-EPI formula of 2009, not that of 2021")
    )
    third_reading_last_two: bool = _setting(
        True,
        UNSURE,
        _("unsure: a third pressure reading is averaged with the second alone, or with both"),
    )

    @property
    def egfr_formula(self) -> str:
        """The edition of CKD-EPI by which filtration is estimated."""
        return "2021" if self.egfr_2021 else "2009"


DEFAULTS: Final = Settings()


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a decision table. `klass` None: the rule acts and leaves the class to the others.

    `text` is a msgid; its parameters are the visit's readings, `before_<reading>` and `before_on` of the earlier
    visit that an `again` found, `criteria` (codes of what held), and the rule's own `params`.
    """

    id: str
    when: Condition
    klass: Klass | None
    action: Action
    text: str
    source: str
    section: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Protocol:
    """A programme's decision table. Every rule that holds counts: the most serious class, the strictest action.

    `otherwise` answers when no rule gives a class, because the deciding reading is missing.
    `hints` are rules that a setting has switched off: they are told beside the decision and change nothing in it.
    `asks` and `asks_further` are what the visit form asks for: at first sight, and behind "more readings".
    `months` is the distance of a routine visit, `recheck_days` that of one to measure again or to see what a changed
    treatment did; None means the setting for all programmes. `lasting` are readings of which the rules may read the last
    value, too, for as long as the settings look back: `known_<reading>`.
    """

    programme: str
    version: str
    rules: tuple[Rule, ...]
    otherwise: Rule
    reads: frozenset[str] = field(init=False)
    hints: tuple[Rule, ...] = ()
    asks: tuple[str, ...] = ()
    asks_further: tuple[str, ...] = ()
    months: int | None = None
    recheck_days: int | None = None
    lasting: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Note once which numbers the rules look at, "age" included."""
        reads = frozenset(name for rule in (*self.rules, *self.hints) for name in names_read(rule.when))
        object.__setattr__(self, "reads", reads)


def names_read(condition: Condition) -> Iterator[str]:
    """Every reading that a condition names, at any depth."""
    if "obs" in condition:
        yield condition["obs"]
    for part in (*condition.get("any", ()), *condition.get("all", ())):
        yield from names_read(part)
    for key in ("again", "among", "new"):
        if key in condition:
            yield from names_read(condition[key])
