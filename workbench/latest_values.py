"""The latest values at the head of a resident's page, each with its day and how it stands to its line."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from followups.lines import assessment_lines
from followups.protocols.definition import Settings
from followups.protocols.home import Home, home_lines, judge_home
from followups.visit_form.fields import further_readings, main_readings
from patients.models import Observation
from patients.models.encounter import ObservationSource
from patients.programmes import Programme
from patients.readings import READINGS, Number, exact
from workbench.record import Record

AT_HOME: Final = (ObservationSource.HOME, ObservationSource.DEVICE)
MOST: Final = 6


def stats(record: Record) -> list[dict[str, Any]]:
    """At most six latest values for `yl_stat`, each with its date and how it stands to the assessment line."""
    found = []
    pressure = next((v for v in record.visits if v.systolic is not None), None)
    if pressure is not None:
        lines = assessment_lines(Programme.HYPERTENSION, age=record.age, settings=record.settings)
        high = not _below(pressure.systolic, lines["systolic"]) or not _below(
            pressure.diastolic, lines["diastolic"]
        )
        note = f"{lines['systolic']}/{lines['diastolic']}"
        value = f"{pressure.systolic}/{pressure.diastolic}"
        found.append(_stat(_("Blood pressure"), value, "mmHg", pressure.on, high=high, line=note))
    glucose = next((v for v in record.visits if v.fasting_glucose is not None), None)
    if glucose is not None:
        line = assessment_lines(Programme.DIABETES, age=record.age, settings=record.settings)[
            "fasting_glucose"
        ]
        high = not _below(glucose.fasting_glucose, line)
        found.append(
            _stat(
                _("Fasting glucose"),
                str(glucose.fasting_glucose),
                "mmol/L",
                glucose.on,
                high=high,
                line=str(line),
            )
        )
    if record.bmi:
        # Normal weight is below 24 (WS/T 428-2013).
        found.append(
            _stat("BMI", record.bmi, "kg/m²", record.visits[0].on, high=float(record.bmi) >= 24, line="24")
        )
    lines = _strictest(record)
    return [
        *found,
        *(_observed(each, record.settings, lines) for each in _foremost(record)[: MOST - len(found)]),
    ]


def _foremost(record: Record) -> list[Observation]:
    """The newest value of every further measure: first what the forms of the person's programmes ask for, in their order."""
    newest: dict[str, Observation] = {}
    for observation in record.observations:
        newest.setdefault(observation.code, observation)
    programmes = record.patient.programmes
    asked = {
        name: place for place, name in enumerate((*main_readings(programmes), *further_readings(programmes)))
    }
    return sorted(newest.values(), key=lambda each: asked.get(each.code, len(asked)))


def _strictest(record: Record) -> dict[str, Number]:
    """The lowest assessment line of the person's programmes by reading."""
    found: dict[str, Number] = {}
    for programme in record.patient.programmes:
        for name, line in assessment_lines(programme, age=record.age, settings=record.settings).items():
            found[name] = min(line, found.get(name, line))
    return found


def _observed(observation: Observation, settings: Settings, lines: Mapping[str, Number]) -> dict[str, Any]:
    """A further reading against the line that decides a class; one taken at home against the home line, never that one."""
    reading, value = READINGS[observation.code], observation.value
    name, text, day = _(reading.label), f"{value:.{reading.decimals}f}", timezone.localdate(observation.at)
    if observation.source not in AT_HOME:
        line = lines.get(observation.code)
        high = not reading.usual(value) if line is None else not _below(value, line)
        return _stat(name, text, reading.unit, day, high=high, line="" if line is None else str(line))
    home = home_lines(settings).get(observation.code)
    if home is None:
        return _stat(name, text, reading.unit, day, high=not reading.usual(value), line="")
    high = judge_home({observation.code: value}, settings) is Home.HIGH
    titled = _("%(reading)s at home") % {"reading": name}
    return _stat(titled, text, reading.unit, day, high=high, line=str(home))


def _below(value: Number | None, line: Number) -> bool:
    return value is not None and exact(value) < exact(line)


def _stat(name: str, value: str, unit: str, on: date, *, high: bool, line: str) -> dict[str, Any]:
    if line:
        note = _("not below %(line)s") % {"line": line} if high else _("below %(line)s") % {"line": line}
    else:
        note = _("outside the usual range") if high else _("within the usual range")
    icon = "arrow-up" if high else "check-circle"
    return {"name": name, "value": value, "unit": unit, "when": on.strftime("%m-%d"), "tone": "amber" if high else "green",
            "note": note, "icon": icon}  # fmt: skip
