"""The case at the moment of sending, out of a life in memory: the content that `referrals.snapshots` takes from rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from referrals.snapshots import LABORATORY, REFERRALS, VISITS, Content, readings_of

if TYPE_CHECKING:
    from workbench.demo.visits import Life


def content_of(life: Life, *, on: date, tried: str) -> Content:
    """As the sender saw it on the day. A test compares it with what the product takes from the database."""
    one, patient = life.one, life.one.patient
    visits = sorted((v for v in life.visits if v.on <= on), key=lambda v: (v.on, v.pk), reverse=True)[:VISITS]
    further = [o for o in life.further if timezone.localdate(o.at) <= on]
    further = sorted(further, key=lambda o: o.at, reverse=True)[:LABORATORY]
    return {
        "on": on.isoformat(),
        "age": patient.age(on=on),
        "sex": patient.sex,
        "height": _plain(patient.height),
        "smoking": patient.smoking,
        "programmes": sorted(one.programmes_on(on)),
        "allergies": list(patient.allergies),
        "conditions": [
            {"code": code, "since": day.isoformat()}
            for code, day in sorted(one.diagnosed.items(), key=lambda item: (item[1], item[0]))
            if day <= on
        ],
        "readings": readings_of(visits, further),
        "visits": [_visit(life, visit) for visit in visits],
        "medicines": [
            {"name": m.name, "dosage": m.dosage, "since": m.started_on.isoformat() if m.started_on else None} for m in life.cupboard.taking(on)
        ],
        "tried": tried.strip(),
        "plan": _plan(life),
        "contract": _contract(life, on),
        "referrals": [
            {
                "on": timezone.localdate(r.submitted_at).isoformat(),
                "to": f"{r.target_department.organization} {r.target_department}",
                "programme": r.programme,
                "state": r.state,
            }
            for r in sorted(life.requests, key=lambda r: r.created_at, reverse=True)[:REFERRALS]
        ],
    }  # fmt: skip


def _visit(life: Life, visit: Any) -> Content:
    judged = sorted(life.judged[visit.pk], key=lambda a: a.programme)
    return {
        "on": visit.on.isoformat(),
        "method": visit.method,
        "observations": {name: _plain(value) for name, value in visit.observations().items()},
        "adherence": visit.medication_adherence,
        "danger_signs": list(visit.danger_signs),
        "judged": [
            {"programme": a.programme, "class": a.klass, "action": a.action, "reasons": a.reasons}
            for a in judged
        ],
    }


def _plan(life: Life) -> Content | None:
    plan = life.plan
    if not plan.revision or plan.signed_at is None:
        return None
    return {
        "diagnosis": plan.diagnosis,
        "advice": plan.advice,
        "signed_on": timezone.localdate(plan.signed_at).isoformat(),
        "goals": [{"measure": g.measure, "low": _plain(g.low), "high": _plain(g.high)} for g in life.goals],
    }


def _contract(life: Life, on: date) -> Content | None:
    contract = life.one.contract_on(on)
    if contract is None:
        return None
    named = contract.names_hospitals
    return {
        "secondary": str(life.stage.places[life.one.centre.hospital]) if named else "",
        "tertiary": str(life.stage.places["first"]) if named else "",
        "until": contract.ends.isoformat(),
    }


def _plain(value: Any) -> Any:
    """A number as JSON has it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
