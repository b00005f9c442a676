"""The follow-up form: one for all programmes of the person. It reads what was typed; `visits` judges it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from followups.entry.measuring import Pressure, mean_of
from followups.entry.override import Override
from followups.entry.visit import HABITS, NONE_EXCLUDES, Fault, MedicationChange, VisitInput
from followups.overrides.form import OverrideForm
from followups.protocols.definition import DEFAULTS, Settings
from followups.visit_form import fields as visit_fields
from followups.visit_form.fields import further_readings, main_readings, symptoms
from followups.visit_form.finding_fields import REPEAT_LABELS, REPEATS, answered, field_of, pressures
from journal.keys import new_key
from patients.models.encounter import Adherence, DangerSign, Frequency, Grade, Method, Pulse, Salt
from patients.programmes import Programme
from patients.readings import VISIT_READINGS, Reading, looks_like

_ = gettext_lazy

NONE: Final = "none"
NEW_MEDICINES: Final = 2
KEEP, DOSE, STOP = "keep", "dose", "stop"
HABIT_LABELS: Final = {
    "cigarettes_per_day": (_("Cigarettes"), _("a day")),
    "alcohol_per_day": (_("Alcohol"), _("liang a day")),
    "exercise_per_week": (_("Exercise"), _("times a week")),
    "exercise_minutes": (_("Each time"), _("minutes")),
    "staple_food": (_("Staple food"), _("g a day")),
}
HABIT_CHOICES: Final = {
    "salt": (_("Salt"), Salt),
    "mood": (_("State of mind"), Grade),
    "compliance": (_("Follows advice"), Grade),
}
_GLUCOSE: Final = ("fasting_glucose", "postprandial_glucose", "random_glucose")


class VisitForm(forms.Form):
    """`programmes` decide which fields there are; `medications` are those taken now: mappings id, name, dosage.

    `kept` is what a doctor decided otherwise at a visit that is corrected.
    """

    visit = forms.UUIDField(widget=forms.HiddenInput)
    visit_count = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    on = forms.DateField(label=_("Date of the follow-up"), widget=forms.DateInput(attrs={"type": "date"}))
    method = forms.ChoiceField(label=_("Way of visiting"), choices=Method, widget=forms.RadioSelect)
    danger_signs = forms.MultipleChoiceField(
        label=_("Danger signs"), choices=DangerSign, required=False, widget=forms.CheckboxSelectMultiple
    )
    medication_adherence = forms.ChoiceField(
        label=_("Takes medicines"), choices=Adherence, required=False, widget=forms.RadioSelect
    )
    adverse_reaction_text = forms.CharField(
        label=_("Which reaction"), required=False, max_length=200, widget=forms.TextInput
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self,
        data: Any = None,
        *,
        programmes: Sequence[str],
        medications: Sequence[Mapping[str, Any]] = (),
        may_expect: bool = False,
        may_override: bool = False,
        kept: Override | None = None,
        settings: Settings = DEFAULTS,
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        self.otherwise = OverrideForm(data, programmes=programmes, kept=kept) if may_override else None
        self.programmes, self.settings = tuple(programmes), settings
        self.medications = list(medications)
        self.main = main_readings(self.programmes)
        self.further = further_readings(self.programmes)
        self.habits = visit_fields.habits(self.programmes, (*HABIT_LABELS, *HABIT_CHOICES))
        self.confirmed: set[str] = set(data.getlist("confirmed")) if hasattr(data, "getlist") else set()
        for name in (*self.main, *self.further):
            self.fields[name] = reading_field(VISIT_READINGS[name])
        self._add_measuring()
        self._add_findings(may_expect)
        self._add_habits()
        self._add_medicines()

    def _add_measuring(self) -> None:
        """How the readings were taken, and the second and third pressure."""
        for time in REPEATS:
            for name, label in zip(("systolic", "diastolic"), REPEAT_LABELS[time], strict=True):
                field = reading_field(VISIT_READINGS[name])
                field.label = label
                if name == "systolic":
                    field.widget.attrs["data-above"] = f"id_diastolic_{time}"
                self.fields[f"{name}_{time}"] = field
        self.asked = (
            *visit_fields.MEASURING,
            *visit_fields.attached(self.programmes),
            *visit_fields.findings(self.programmes),
            *(visit_fields.TARGETS[name] for name in self.habits if name in visit_fields.TARGETS),
        )
        for name in self.asked:
            self.fields[name] = field_of(name)

    def _add_findings(self, may_expect: bool) -> None:
        none = (NONE, pgettext_lazy("symptoms", "none"))
        known = [(each.value, each.label) for each in symptoms(self.programmes)]
        concerned = [(each, Programme(each).label) for each in self.programmes]
        many: dict[str, Any] = {"required": False, "widget": forms.CheckboxSelectMultiple}
        self.fields["symptoms"] = forms.MultipleChoiceField(
            label=_("Symptoms"), choices=[none, *known], **many
        )
        self.fields["adverse_reaction"] = forms.MultipleChoiceField(
            label=_("Adverse drug reaction"), choices=[none, *concerned], **many
        )
        self.fields["new_complication"] = forms.MultipleChoiceField(
            label=_("New or worse complication"), choices=concerned, **many
        )
        if Programme.DIABETES in self.programmes:
            one: dict[str, Any] = {"required": False, "widget": forms.RadioSelect}
            self.fields["hypoglycaemia"] = forms.ChoiceField(
                label=_("Low-glucose episodes"), choices=Frequency, **one
            )
            self.fields["foot_pulse"] = forms.ChoiceField(label=_("Foot pulse"), choices=Pulse, **one)
        if may_expect:
            self.fields["pregnant"] = forms.BooleanField(label=_("Pregnant"), required=False)
            self.fields["lactating"] = forms.BooleanField(label=_("Breast-feeding"), required=False)

    def _add_habits(self) -> None:
        for name, (label, _unit) in HABIT_LABELS.items():
            if name not in self.habits:
                continue
            low, high = HABITS[name]
            attributes = {"inputmode": "decimal", "data-hard": f"{low},{high}", "autocomplete": "off"}
            widget = forms.TextInput(attrs=attributes)
            kind: Any = forms.IntegerField
            options: dict[str, Any] = {}
            if name == "alcohol_per_day":
                kind, options = forms.DecimalField, {"max_digits": 3, "decimal_places": 1}
            self.fields[name] = kind(
                label=label, required=False, widget=widget, min_value=low, max_value=high, **options
            )
        for name, (label, words) in HABIT_CHOICES.items():
            if name not in self.habits:
                continue
            self.fields[name] = forms.ChoiceField(
                label=label, required=False, choices=[("", "–"), *words.choices]
            )

    def _add_medicines(self) -> None:
        changes = [
            (KEEP, pgettext_lazy("medicine", "as before")),
            (DOSE, _("other dose")),
            (STOP, _("stop")),
        ]
        for index in range(len(self.medications)):
            self.fields[f"med_{index}_change"] = forms.ChoiceField(
                label=_("Change"), choices=changes, required=False
            )
            self.fields[f"med_{index}_dosage"] = forms.CharField(
                label=_("New dose"), max_length=80, required=False
            )
        for index in range(NEW_MEDICINES):
            self.fields[f"new_{index}_name"] = forms.CharField(
                label=_("New medicine"), max_length=80, required=False
            )
            self.fields[f"new_{index}_dosage"] = forms.CharField(
                label=_("Dose and frequency"), max_length=80, required=False
            )

    # ---- what was typed

    def is_valid(self) -> bool:
        """Both parts of the page are looked at: each shows its own faults."""
        rest = self.otherwise is None or self.otherwise.is_valid()
        return super().is_valid() and rest

    def clean(self) -> dict[str, Any]:
        """“None” excludes every other answer; another dose needs the dose; a dose needs a name."""
        cleaned: dict[str, Any] = super().clean() or {}
        for name, words in NONE_EXCLUDES.items():
            chosen = cleaned.get(name) or []
            if NONE in chosen and len(chosen) > 1:
                self.add_error(name, gettext(words))
        for index in range(len(self.medications)):
            if cleaned.get(f"med_{index}_change") == DOSE and not cleaned.get(f"med_{index}_dosage"):
                self.add_error(f"med_{index}_dosage", gettext("Which dose?"))
        for index in range(NEW_MEDICINES):
            if cleaned.get(f"new_{index}_dosage") and not cleaned.get(f"new_{index}_name"):
                self.add_error(f"new_{index}_name", gettext("The name of the medicine is missing."))
        return cleaned

    def reading(self) -> VisitInput:
        """What was typed, as far as it can be read: fields with an error are left out."""
        cleaned = self.cleaned_data
        words = ("medication_adherence", "hypoglycaemia", "foot_pulse", "adverse_reaction_text", "note")
        answers: dict[str, Any] = {name: cleaned.get(name) or "" for name in (*words, *HABIT_CHOICES)}
        answers |= {name: cleaned.get(name) for name in HABIT_LABELS}
        observations = {name: cleaned[name] for name in self.names() if cleaned.get(name) is not None}
        found = answered(cleaned, self.asked)
        if none := [name for name in NONE_EXCLUDES if NONE in cleaned.get(name, ())]:
            found["answered_none"] = none
        if len(repeated := self.pressures()) > 1:
            found["pressures"] = [list(pair) for pair in repeated]
            observations["systolic"], observations["diastolic"] = mean_of(repeated, self.settings)
        return VisitInput(
            observations=observations,
            findings=found,
            symptoms=tuple(word for word in cleaned.get("symptoms", ()) if word != NONE),
            danger_signs=tuple(cleaned.get("danger_signs", ())),
            adverse_reaction=tuple(word for word in cleaned.get("adverse_reaction", ()) if word != NONE),
            new_complication=tuple(cleaned.get("new_complication", ())),
            pregnant=bool(cleaned.get("pregnant")),
            lactating=bool(cleaned.get("lactating")),
            medications=tuple(self._changes()),
            override=None if self.keeps or self.otherwise is None else self.otherwise.override(),
            **answers,
        )

    @property
    def keeps(self) -> bool:
        """Whether a doctor's decision that stands already is left alone."""
        return self.otherwise is None or self.otherwise.stands

    def pressures(self) -> list[Pressure]:
        """The pairs of pressure that were typed, one to three; of several the mean by rule decides."""
        return pressures(self.cleaned_data)

    def names(self) -> tuple[str, ...]:
        """The readings that this form asks for."""
        return (*self.main, *self.further)

    def _changes(self) -> Iterable[MedicationChange]:
        cleaned = self.cleaned_data
        for index, taken in enumerate(self.medications):
            change, dosage = cleaned.get(f"med_{index}_change"), cleaned.get(f"med_{index}_dosage") or ""
            if change == STOP:
                yield MedicationChange(stops=UUID(str(taken["id"])))
            elif change == DOSE and dosage:
                yield MedicationChange(taken["name"], dosage, UUID(str(taken["id"])))
        for index in range(NEW_MEDICINES):
            if name := cleaned.get(f"new_{index}_name"):
                yield MedicationChange(name, cleaned.get(f"new_{index}_dosage") or "")

    # ---- what must be confirmed or is refused

    def doubts(self) -> dict[str, str]:
        """Readings outside the usual range that nobody has confirmed: the mark to send back, by field."""
        marks = {name: self.mark(name) for name in self.names() if name not in self.errors}
        return {name: mark for name, mark in marks.items() if mark and mark not in self.confirmed}

    def mark(self, name: str) -> str:
        """What confirms an unusual value, such as `heart_rate:104`; empty for a usual one."""
        value = self.cleaned_data.get(name)
        if value is None:
            return ""
        usual = VISIT_READINGS[name].usual(value) and looks_like(name, value) is None
        return "" if usual else f"{name}:{value}"

    def refuse(self, faults: Iterable[Fault]) -> None:
        """Put what the use-case refused beside the fields."""
        for fault in faults:
            if self.otherwise is not None and fault.field.startswith("override"):
                self.otherwise.refuse(fault)
                continue
            name = fault.field.removeprefix("observations.").removeprefix("findings.")
            name = "systolic_2" if name == "pressures" else name
            if name not in self.fields:
                name = "on" if fault.field == "on" else ""
            self.add_error(name or None, fault.sentence(gettext))


def reading_field(reading: Reading) -> forms.DecimalField:
    """A number with the limits that fields.js reads; the server's own check is the use-case's."""
    limits = {"data-hard": _pair(reading.hard), "data-warn": _pair(reading.warn) if reading.warn else ""}
    attributes = {
        "inputmode": "decimal" if reading.decimals else "numeric",
        "autocomplete": "off",
        **{name: pair for name, pair in limits.items() if pair},
    }
    if reading.name == "systolic":
        attributes["data-above"] = "id_diastolic"
    if reading.name in _GLUCOSE:
        attributes["data-milligram"] = "18.016"
    if reading.name == "fev1_fvc":
        attributes["data-percent"] = str(reading.decimals)
    return forms.DecimalField(
        label=gettext_lazy(reading.label),
        required=False,
        max_digits=9,
        decimal_places=reading.decimals,
        widget=forms.TextInput(attrs=attributes),
    )


def _pair(bounds: tuple[Any, Any]) -> str:
    return ",".join(str(bound) for bound in bounds)


def fresh_key() -> str:
    """The key of a visit that is being written: sent twice, it is one visit."""
    return str(new_key())
