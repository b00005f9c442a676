"""The follow-up record form of a programme (随访服务记录表, BPHS17): one column a visit, four visits a sheet.

The rows are data: what the national form of the programme asks, in its order (facts 1.4, 2.1). A programme without a
national form has the common rows and the readings that its follow-up asks for.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_noop as _

from followups import gold
from followups.decision_view import CODES
from followups.models import Assessment
from followups.printing.finding_cells import aimed, beside, cell, label_of, names_of
from followups.protocols.terms import Klass
from followups.visit_form.fields import TARGETS, further_readings, main_readings
from patients.identity import IdentityText
from patients.models import Encounter, MedicationStatement, Patient
from patients.models.encounter import Symptom
from patients.programmes import Programme
from patients.readings import READINGS

A_SHEET: Final = 4
_CLASSES: Final = _("Class: 1 controlled, 2 not controlled, 3 adverse reaction, 4 complication.")
_NOTES: Final[Mapping[str, tuple[str, ...]]] = {
    Programme.COPD: (
        _("GOLD grade where FEV1/FVC is below 0.70, by FEV1 in percent of predicted: 1 from 80, 2 from 50, 3 from 30, "
          "4 below. Group E: two exacerbations or one hospital stay for them within the year; B: mMRC from 2 or CAT "
          "from 10; else A. Blank: not known from this visit."),
    ),
}  # fmt: skip
_COMMON: Final = frozenset(
    {"systolic", "diastolic", "weight", "height", "heart_rate", "waist", "temperature"}
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit as the form prints it: what was recorded, and what followed from it."""

    encounter: Encounter
    assessment: Assessment | None = None
    next_on: date | None = None
    referral: str = ""
    medicines: tuple[MedicationStatement, ...] = ()
    observations: Mapping[str, Decimal] = field(default_factory=dict)


Say = Callable[[Visit], str]
Row = tuple[str, Say]


def record_form(
    patient: Patient, identity: IdentityText, programme: str, visits: Sequence[Visit], *, stamp: str
) -> dict[str, Any]:
    """The data of the form: `visits` in the order of their days; an empty form when there are none. `stamp`: who and when.

    `identity` is masked text: the form prints name and archive number, never a document number.
    """
    groups = groups_of(programme)
    sheets = [visits[start : start + A_SHEET] for start in range(0, max(len(visits), 1), A_SHEET)]
    who = [
        (gettext("Name"), patient.name),
        (gettext("Sex"), str(patient.get_sex_display())),
        (gettext("Date of birth"), patient.birth_date.isoformat()),
        (gettext("Telephone"), identity.phone or "–"),
    ]
    return {
        "lang": "zh" if (get_language() or "").startswith("zh") else "en",
        "title": gettext("%(programme)s follow-up record") % {"programme": Programme(programme).label},
        "who": who,
        "number_label": gettext("Archive number"),
        "number": patient.archive_number or "–",
        "sheets": [
            {"who": who, "groups": [_group(name, rows, sheet) for name, rows in groups]} for sheet in sheets
        ],
        "notes": [gettext(note) for note in (_CLASSES, *_NOTES.get(programme, ()))],
        "printed": f"{patient.organization} · {stamp}",
    }  # fmt: skip


def _group(name: str, rows: Iterable[Row], sheet: Sequence[Visit]) -> dict[str, Any]:
    blank = [""] * (A_SHEET - len(sheet))
    return {
        "name": gettext(name),
        "rows": [
            {"label": label and gettext(label), "values": [*map(say, sheet), *blank]} for label, say in rows
        ],
    }


def groups_of(programme: str) -> list[tuple[str, list[Row]]]:
    """The rows of the programme's form, in groups; a group of one row may do without its label."""
    signs: list[Row] = [(_("Blood pressure (mmHg)"), _pressure), (_("Weight (kg)"), _aimed("weight", "weight_target")),
                        (_("Body mass index"), _bmi), (_("Heart rate (/min)"), _number("heart_rate"))]  # fmt: skip
    if programme == Programme.DIABETES:
        signs.append((_("Dorsalis pedis pulse"), _beside(_choice("foot_pulse"), "foot_pulse_side")))
    else:
        signs.append((_("Waist (cm)"), _number("waist")))
    return [
        (_("Date of the visit"), [("", lambda visit: visit.encounter.on.isoformat())]),
        (_("Way of the visit"), [("", lambda visit: str(visit.encounter.get_method_display()))]),
        (_("Symptoms"), [("", _symptoms)]),
        (_("Signs"), signs),
        (_("Habits"), _habits(programme)),
        (_("Examinations"), _examinations(programme)),
        *([(_("Of the disease"), findings)] if (findings := _findings(programme)) else []),
        (_("Medication adherence"), [("", _beside(_choice("medication_adherence"), "adherence_reason"))]),
        (_("Adverse reaction"), [("", _adverse(programme))]),
        *([(_("Hypoglycaemia"), [("", _choice("hypoglycaemia"))])] if programme == Programme.DIABETES else []),
        (_("Class of this visit"), [("", _class)]),
        (_("Medicines"), [("", _medicines)]),
        *([(_("Insulin and its dose"), [("", _insulin)])] if programme == Programme.DIABETES else []),
        (_("Referral"), [("", lambda visit: visit.referral)]),
        (_("Next visit"), [("", lambda visit: visit.next_on.isoformat() if visit.next_on else "")]),
        (_("Doctor's signature"), [("", _author)]),
    ]  # fmt: skip


def _habits(programme: str) -> list[Row]:
    rows: list[Row] = [(_("Cigarettes a day"), _aimed("cigarettes_per_day")),
                       (_("Alcohol (liang a day)"), _aimed("alcohol_per_day")), (_("Exercise"), _exercise)]  # fmt: skip
    if programme == Programme.DIABETES:
        rows.append((_("Staple food (g a day)"), _aimed("staple_food")))
    else:
        rows.append((_("Salt"), _aiming(_choice("salt"), "salt_target")))
    return [*rows, (_("Mood"), _choice("mood")), (_("Follows advice"), _choice("compliance"))]


def _examinations(programme: str) -> list[Row]:
    wanted = (*main_readings([programme]), *further_readings([programme]))
    names = [name for name in wanted if name not in _COMMON] or ["fasting_glucose"]
    rows = [(_with_unit(name), _reading(name)) for name in names]
    graded: list[Row] = (
        [(_("GOLD grade"), _gold), (_("Group (A, B, E)"), _abe)] if programme == Programme.COPD else []
    )
    dated = _with_unit("hba1c")
    return [*((label, _beside(say, "hba1c_on") if label == dated else say) for label, say in rows), *graded]


def _gold(visit: Visit) -> str:
    return str(gold.grade_in(visit.observations) or "")


def _abe(visit: Visit) -> str:
    return gold.group_in(visit.observations, visit.encounter.findings)


def _findings(programme: str) -> list[Row]:
    return [(label_of(name), _finding(name)) for name in names_of(programme)]


def _with_unit(name: str) -> str:
    reading = READINGS[name]
    return f"{gettext(reading.label)} ({reading.unit})" if reading.unit else gettext(reading.label)


def _reading(name: str) -> Say:
    def say(visit: Visit) -> str:
        value = getattr(visit.encounter, name, None)
        value = visit.observations.get(name) if value is None else value
        return "" if value is None else f"{value:.{READINGS[name].decimals}f}"

    return say


def _number(name: str) -> Say:
    def say(visit: Visit) -> str:
        value = getattr(visit.encounter, name)
        return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)

    return say


def _finding(name: str) -> Say:
    return lambda visit: cell(visit.encounter, name)


def _beside(say: Say, name: str) -> Say:
    return lambda visit: beside(say(visit), visit.encounter, name)


def _aiming(say: Say, target: str) -> Say:
    return lambda visit: aimed(say(visit), visit.encounter, target)


def _aimed(name: str, target: str = "") -> Say:
    """A number as it is, and the target that was agreed on."""
    return _aiming(_number(name), target or TARGETS[name])


def _insulin(visit: Visit) -> str:
    kind, dose = (cell(visit.encounter, name) for name in ("insulin_kind", "insulin_dose"))
    return f"{kind} {dose}".strip()


def _choice(name: str) -> Say:
    return lambda visit: str(getattr(visit.encounter, f"get_{name}_display")())


def _pressure(visit: Visit) -> str:
    high, low = visit.encounter.systolic, visit.encounter.diastolic
    return "" if high is None and low is None else f"{_or_dash(high)}/{_or_dash(low)}"


def _or_dash(value: int | None) -> str:
    return "–" if value is None else str(value)


def _bmi(visit: Visit) -> str:
    encounter = visit.encounter
    height = encounter.height or encounter.patient.height
    if not height or encounter.weight is None:
        return ""
    return f"{float(encounter.weight) / (float(height) / 100) ** 2:.1f}"


def _exercise(visit: Visit) -> str:
    encounter, found = visit.encounter, visit.encounter.findings
    now = _times(encounter.exercise_per_week, encounter.exercise_minutes)
    target = _times(found.get("exercise_per_week_target"), found.get("exercise_minutes_target"))
    return f"{now or '–'} / {target}" if target else now


def _times(times: int | None, minutes: int | None) -> str:
    if times is None:
        return ""
    words = gettext("%(times)s a week") % {"times": times}
    if minutes is None:
        return words
    each = gettext("%(n)s minutes each") % {"n": minutes}
    return f"{words} × {each}"


def _none(encounter: Encounter, question: str) -> bool:
    """Whether somebody asked and heard “none”; otherwise an empty answer stays blank."""
    return question in encounter.findings.get("answered_none", ())


def _symptoms(visit: Visit) -> str:
    if _none(visit.encounter, "symptoms"):
        return pgettext("symptoms", "none")
    words = gettext(", ").join(str(Symptom(word).label) for word in visit.encounter.symptoms)
    return beside(words, visit.encounter, "symptom_other")


def _adverse(programme: str) -> Say:
    def say(visit: Visit) -> str:
        encounter = visit.encounter
        if programme not in encounter.adverse_reaction:
            # Who named another disease's medicine was asked.
            asked = encounter.adverse_reaction or _none(encounter, "adverse_reaction")
            return pgettext("adverse reaction", "none") if asked else ""
        yes = pgettext("adverse reaction", "yes")
        which = f"{yes}: {encounter.adverse_reaction_text}" if encounter.adverse_reaction_text else yes
        return beside(which, encounter, "reaction_severity")

    return say


def _class(visit: Visit) -> str:
    if visit.assessment is None:
        return ""
    code = CODES.get(Klass(visit.assessment.klass))
    name = str(visit.assessment.get_klass_display())
    return f"{code} {name}" if code else name


def _medicines(visit: Visit) -> str:
    return "\n".join(f"{each.name} {each.dosage}".strip() for each in visit.medicines)


def _author(visit: Visit) -> str:
    encounter = visit.encounter
    return encounter.practitioner_name or (str(encounter.practitioner) if encounter.practitioner else "")


def taken_on(day: date, statements: Iterable[MedicationStatement]) -> tuple[MedicationStatement, ...]:
    """What was being taken after a visit of the day: begun by then, and not ended by then."""
    return tuple(
        each
        for each in statements
        if (each.started_on is None or each.started_on <= day)
        and (each.ended_on is None or each.ended_on > day)
    )
