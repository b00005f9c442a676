"""A version of the settings that has begun, a draft with what it would change, and a few visits decided otherwise."""

from datetime import date, datetime, time, timedelta
from typing import Final

import pgtrigger
from django.utils import timezone

from accounts.models import User
from alliances.models import PractitionerRole, Role
from followups import overrides, versions
from followups.models import (
    Appointment,
    Assessment,
    AssessmentOverride,
    ProtocolVersion,
    VersionStatus,
)
from followups.protocols import knobs
from followups.versions import what_ifs
from referrals.models import ServiceRequest
from workbench.demo.alliance import Stage

_BEGUN_DAYS_AGO: Final = 75
_BEGUN_WHY: Final = "妊娠期空腹血糖危急线按本市产科与内分泌专家组 9 月会议意见下调"
_DRAFT_WHY: Final = "拟将放宽血压线的起始年龄由 65 岁降至 60 岁，先看近一年随访会有多少改变"
_CLASS_WHY: Final = (
    "家庭自测一周均值 128/76，诊室偏高考虑白大衣现象",
    "就诊前快走上楼，休息后复测已达标",
    "动态血压日间均值达标，以动态血压为准",
)
_DATE_WHY: Final = "外出探亲两周，返回后复诊，已交代自测并电话联系"


def begin(stage: Stage, *, today: date) -> None:
    """The version in force, before the visits that it judges."""
    day, by = today - timedelta(days=_BEGUN_DAYS_AGO), _admin()
    drafted = _at(day - timedelta(days=6), time(15, 20))
    with pgtrigger.ignore("followups.ProtocolVersion:begun_stays"):
        ProtocolVersion.objects.create(
            settings=knobs.check({"pregnancy_fasting_glucose": 5.3}), valid_from=day, reason=_BEGUN_WHY,
            status=VersionStatus.PUBLISHED, drafted_by=by, drafted_at=drafted, published_by=by,
            published_at=drafted + timedelta(days=2),
        )  # fmt: skip
    stage.timetable = versions.timetable()


def complete(stage: Stage, *, today: date) -> None:
    """The draft with a finished run, and the doctors' other decisions; the visits must stand."""
    by, at = _admin(), _at(today - timedelta(days=1), time(16, 5))
    values = {**knobs.as_values(versions.in_force(on=today).settings), "age_relaxed": 60}
    draft = versions.draft(values, valid_from=today + timedelta(days=30), reason=_DRAFT_WHY, by=by, at=at)
    run = what_ifs.ask(draft, by=by, on=today, at=at)
    while what_ifs.step(run.pk, at=at):
        pass
    _override_classes(stage, today)
    _override_a_date(stage, today)


def _override_classes(stage: Stage, today: date) -> None:
    """Latest visits that were not controlled and are called so."""
    rows = Assessment.objects.filter(
        organization=stage.places["nanquan"], programme="hypertension", klass="uncontrolled", action="adjust",
        on__gte=today - timedelta(days=90),
    )  # fmt: skip
    # A referral's snapshot holds what was said at its time: such residents are left as they are.
    rows = rows.exclude(patient__in=ServiceRequest.objects.values("patient"))
    chosen = rows.exclude(patient__name="李佩兰").select_related("encounter").order_by("on", "pk")
    for why, row in zip(_CLASS_WHY, chosen, strict=False):
        said = {
            "text": "The doctor decided otherwise: %(why)s",
            "params": {"why": why},
            "rule": overrides.RULE,
        }
        _kept(row, why, programme=row.programme, protocol_klass=row.klass, klass="controlled",
              protocol_action=row.action, action=row.action)  # fmt: skip
        row.klass, row.reasons = "controlled", [said, *row.reasons]
        row.save(update_fields=["klass", "reasons"])


def _override_a_date(stage: Stage, today: date) -> None:
    """One follow-up that the doctor put a week later."""
    rows = Appointment.objects.booked().filter(
        organization=stage.places["nanquan"], reason="adjust", due_on__gt=today + timedelta(days=3)
    )
    appointment = rows.exclude(patient__name="李佩兰").order_by("due_on", "pk").first()
    visit = appointment and Assessment.objects.filter(
        patient=appointment.patient_id, on=appointment.booked_on, action="adjust"
    ).select_related("encounter").order_by("pk").first()  # fmt: skip
    if not appointment or not visit:
        return
    said = appointment.due_on
    appointment.due_on = said + timedelta(days=7)
    appointment.save(update_fields=["due_on"])
    _kept(visit, _DATE_WHY, programme="", protocol_due_on=said, due_on=appointment.due_on)


def _kept(row: Assessment, why: str, **words: object) -> None:
    encounter = row.encounter
    AssessmentOverride.objects.create(
        encounter=encounter, patient_id=row.patient_id, organization_id=row.organization_id,
        care_team_id=row.care_team_id, on=row.on, reason=why, by_id=encounter.practitioner_id,
        by_name=encounter.practitioner_name or str(encounter.practitioner or ""), at=encounter.recorded_at, **words,
    )  # fmt: skip


def _admin() -> User:
    """Who runs the alliance."""
    return PractitionerRole.objects.filter(role=Role.ALLIANCE_ADMIN).earliest("pk").user


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, timezone.get_default_timezone())
