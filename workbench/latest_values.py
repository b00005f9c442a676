"""The latest values at the head of a resident's page, each with its day and how it stands to its line."""

from collections.abc import Collection, Mapping
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


def stats(record: Record, *, on: date) -> list[dict[str, Any]]:
    """At most six latest values for `yl_stat`, each with its date and how it stands to the assessment line."""
    lines = _lines(record, on)
    found = []
    pressure = next((v for v in record.visits if v.systolic is not None), None)
    if pressure is not None:
        systolic, diastolic = lines["systolic"], lines["diastolic"]
        high = not (_below(pressure.systolic, systolic) and _below(pressure.diastolic, diastolic))
        value = f"{pressure.systolic}/{pressure.diastolic}"
        found.append(
            _stat(_("Blood pressure"), value, "mmHg", pressure.on, high=high, line=f"{systolic}/{diastolic}")
        )
    glucose = next((v for v in record.visits if v.fasting_glucose is not None), None)
    if glucose is not None:
        line, value = lines["fasting_glucose"], str(glucose.fasting_glucose)
        high = not _below(glucose.fasting_glucose, line)
        found.append(_stat(_("Fasting glucose"), value, "mmol/L", glucose.on, high=high, line=str(line)))
    if record.bmi:
        # Normal weight is below 24 (WS/T 428-2013).
        found.append(
            _stat("BMI", record.bmi, "kg/m²", record.visits[0].on, high=float(record.bmi) >= 24, line="24")
        )
    foremost = _foremost(record, lines)[: MOST - len(found)]
    return [*found, *(_observed(each, record.settings, lines) for each in foremost)]


def _foremost(record: Record, lines: Collection[str]) -> list[Observation]:
    """The newest value of every further measure: first what decides a class, then what the forms of the person ask for."""
    newest: dict[str, Observation] = {}
    for observation in record.observations:
        newest.setdefault(observation.code, observation)
    mine = record.patient.programmes
    asked = list(dict.fromkeys((*main_readings(mine), *further_readings(mine), *newest)))
    return sorted(newest.values(), key=lambda each: (each.code not in lines, asked.index(each.code)))


def _lines(record: Record, on: date) -> dict[str, Number]:
    """The lowest assessment line by reading of the person's programmes; where none has one, of hypertension and diabetes."""
    found: dict[str, Number] = {}
    age, settings, known = record.age, record.settings, record.known(on=on)
    for programme in record.patient.programmes:
        for name, line in assessment_lines(programme, age=age, settings=settings, known=known).items():
            found[name] = min(line, found.get(name, line))
    for programme in (Programme.HYPERTENSION, Programme.DIABETES):
        found = {**assessment_lines(programme, age=age, settings=settings), **found}
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
