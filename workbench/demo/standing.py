"""The rows that say who is responsible, what somebody has, is managed for, and has signed."""

from psycopg2.extras import DateRange

from patients.models import Condition, Consent, Contract, Enrolment, Responsibility
from patients.models.responsibility import ConsentKind
from patients.programmes import ICD10
from workbench.demo.alliance import Stage
from workbench.demo.residents import Resident
from workbench.demo.write import Rows


def gather(people: list[Resident], stage: Stage, rows: Rows) -> None:
    """Add the rows of everybody."""
    for one in people:
        _responsible(one, rows)
        _diagnosed(one, rows)
        _signed(one, stage, rows)
        if one.identity.email:
            at = one.chance.hour(one.patient.archived_on or one.patient.birth_date)
            rows.add(Consent(id=one.chance.key(at), patient=one.patient, kind=ConsentKind.REMINDER, given=True, at=at,
                             recorded_at=at))  # fmt: skip


def _responsible(one: Resident, rows: Rows) -> None:
    begins = one.patient.archived_on
    if one.earlier_team is not None:
        rows.add(
            Responsibility(patient=one.patient, organization=one.earlier_team.organization,
                           care_team=one.earlier_team, period=DateRange(begins, one.moved_on))
        )  # fmt: skip
        begins = one.moved_on
    rows.add(
        Responsibility(patient=one.patient, organization=one.team.organization, care_team=one.team,
                       period=DateRange(begins, None))
    )  # fmt: skip


def _diagnosed(one: Resident, rows: Rows) -> None:
    patient, place = one.patient, one.patient.organization_id
    for code, day in one.diagnosed.items():
        at = one.chance.hour(day)
        rows.add(
            Condition(id=one.chance.key(at), patient=patient, organization_id=place, code=code,
                      icd10=ICD10.get(code, ""), diagnosed_on=day, recorded_at=at)
        )  # fmt: skip
    for programme, begun in one.enrolled.items():
        rows.add(
            Enrolment(id=one.chance.key(one.chance.hour(begun)), patient=patient, organization_id=place,
                      programme=programme, period=DateRange(begun, one.ended_on), end_reason=one.end_reason or "")
        )  # fmt: skip


def _signed(one: Resident, stage: Stage, rows: Rows) -> None:
    for signed in one.contracts:
        team = one.team_on(signed.begins)
        rows.add(
            Contract(
                id=one.chance.key(one.chance.hour(signed.begins)), patient=one.patient, signed_on=signed.begins,
                package=stage.packages[signed.package], organization=team.organization, care_team=team,
                secondary=stage.places[one.centre.hospital] if signed.names_hospitals else None,
                tertiary=stage.places["first"] if signed.names_hospitals else None,
                period=DateRange(signed.begins, signed.ends),
            )
        )  # fmt: skip
