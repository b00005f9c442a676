"""Whatever happens in whatever order: who is managed, alive and not lost has an open follow-up, and nobody dead has one.

A machine of hypothesis drives the real use-cases on a real database; the days only go forward.
"""

import contextlib
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from followups.calendar import appointments, contacts, day_planning, losses, moves
from followups.entry.visit import VisitInput, VisitRefused
from followups.models import Appointment, AppointmentReason, FollowUpLoss
from followups.visits import amending, moving
from patients import enrolment
from patients.models import Encounter, Enrolment, Patient, Task
from patients.models.condition import EndReason
from patients.programmes import Programme
from patients.responsibilities import assign
from tests.db.followups.planned import tried_in_vain
from tests.db.followups.recording import save
from tests.world import World

SHANGHAI = ZoneInfo("Asia/Shanghai")
PROGRAMMES = st.sampled_from([Programme.HYPERTENSION, Programme.DIABETES])
PRESSURES = st.sampled_from([(128, 78), (152, 88), (186, 100)])


class Life(RuleBasedStateMachine):
    """One resident's life in the archive."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.point = transaction.savepoint()
        self.patient = self.world.patient(f"居民{id(self)}", Programme.HYPERTENSION, phone="", contract=False)
        self.other = self.world.patient(f"邻居{id(self)}", Programme.HYPERTENSION, phone="", contract=False)
        self.on = date(2026, 1, 5)

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.point)

    @property
    def now(self) -> Patient:
        return Patient.objects.get(pk=self.patient.pk)

    @property
    def at(self) -> datetime:
        return datetime(self.on.year, self.on.month, self.on.day, 10, tzinfo=SHANGHAI)

    @rule(days=st.integers(1, 60))
    def time_passes(self, days: int) -> None:
        self.on += timedelta(days=days)
        day_planning.plan([self.patient.pk], on=self.on)

    @rule(pressure=PRESSURES, late=st.integers(0, 20))
    def a_visit_is_recorded(self, pressure: tuple[int, int], late: int) -> None:
        day = (self.on - timedelta(days=late)).isoformat()
        try:
            save(self.world, self.patient, day, systolic=pressure[0], diastolic=pressure[1], fasting_glucose=6.1,
                 recorded_at=self.at)  # fmt: skip
        except VisitRefused:
            return

    @rule(pressure=PRESSURES)
    def the_last_visit_is_amended(self, pressure: tuple[int, int]) -> None:
        row = Encounter.objects.filter(patient=self.patient).order_by("-on", "-created_at").first()
        if row is None:
            return
        values: Any = {"systolic": pressure[0], "diastolic": pressure[1], "fasting_glucose": 6.1}
        try:
            amending.amend(row, VisitInput(observations=values), on=row.on, method=row.method, by=self.world.doctor,
                           recorded_at=self.at, version=row.version)  # fmt: skip
        except VisitRefused:
            return

    @rule(which=st.integers(0, 3))
    def a_visit_turns_out_to_be_the_neighbours(self, which: int) -> None:
        rows = list(Encounter.objects.filter(patient=self.patient).order_by("-on", "-created_at"))
        self._moves(rows[which : which + 1], self.other)

    @rule(pressure=PRESSURES)
    def a_visit_of_the_neighbour_turns_out_to_be_the_residents(self, pressure: tuple[int, int]) -> None:
        given = {"systolic": pressure[0], "diastolic": pressure[1], "recorded_at": self.at}
        made = save(self.world, self.other, self.on.isoformat(), **given).encounter
        self._moves([made] if made is not None else [], self.now)

    def _moves(self, rows: list[Encounter], to: Patient) -> None:
        for row in rows:
            with contextlib.suppress(VisitRefused):
                moving.move(row, to, by=self.world.doctor, at=self.at, version=row.version, why="录入错人")

    @rule(programme=PROGRAMMES)
    def a_programme_begins(self, programme: Programme) -> None:
        enrolment.enrol(self.now, programme, on=self.on, by=self.world.doctor)

    @rule(reason=st.sampled_from([EndReason.MOVED, EndReason.REFUSED]))
    def a_programme_ends(self, reason: EndReason) -> None:
        running = Enrolment.objects.filter(patient=self.patient, period__endswith__isnull=True).first()
        if running is not None and running.period.lower < self.on:
            enrolment.end(running, on=self.on, reason=reason, by=self.world.doctor)

    @rule(away=st.booleans())
    def another_team_takes_over(self, away: bool) -> None:
        place = self.world.other_centre if away else self.world.centre
        team = self.world.other_team if away else self.world.team
        if self.now.care_team_id != team.pk:
            self.on += timedelta(days=1)
            assign(self.now, organization=place, care_team=team, on=self.on, by=self.world.doctor)

    @rule(days=st.integers(0, 30))
    def the_hospital_sends_back(self, days: int) -> None:
        patient = self.now
        if patient.deceased_on is None and patient.programmes:
            appointments.book(patient, due_on=self.on + timedelta(days=days), reason=AppointmentReason.RETURNED,
                              by=self.world.doctor, on=self.on)  # fmt: skip

    @rule()
    def nobody_reaches_the_resident(self) -> None:
        due = appointments.open_of(self.patient.pk)
        if due is None:
            return
        self.on = max(self.on, due.due_on + timedelta(days=16))
        tried_in_vain(self.world, self.patient, until=self.on)
        losses.confirm(self.patient.pk, seen=self._seen(due), by=self.world.doctor, on=self.on, at=self.at)

    def _seen(self, due: Appointment) -> int:
        return len(losses.tries_of(contacts.attempts_of(self.patient.pk), due).counted)

    @precondition(lambda self: FollowUpLoss.objects.open().filter(patient=self.patient).exists())
    @rule()
    def the_resident_is_found_again(self) -> None:
        losses.found(self.patient.pk, due_on=self.on + timedelta(days=3), by=self.world.doctor, on=self.on)

    @rule()
    def the_lead_moves_and_puts_back(self) -> None:
        due = appointments.open_of(self.patient.pk)
        if due is None or due.care_team is None:
            return
        week = {"first": self.on, "last": self.on + timedelta(days=13), "today": self.on}
        shown = moves.preview(due.care_team, [due.pk], **week)
        if shown.moving:
            done = moves.move(
                due.care_team, [due.pk], **week, token=shown.token, by=self.world.team_lead, at=self.at
            )
            if moves.undoable(due.care_team.pk) == done:
                moves.undo(done.pk, by=self.world.team_lead, at=self.at)

    @rule(dice=st.integers(0, 3))
    def death(self, dice: int) -> None:
        if dice == 0:
            enrolment.died(self.now, on=self.on, by=self.world.doctor)

    @invariant()
    def nobody_falls_out_of_sight(self) -> None:
        for patient in (self.now, Patient.objects.get(pk=self.other.pk)):
            self._is_in_sight(patient)

    def _is_in_sight(self, patient: Patient) -> None:
        due = Appointment.objects.booked().filter(patient=patient).count()
        lost = FollowUpLoss.objects.open().filter(patient=patient).count()
        managed = patient.deceased_on is None and bool(patient.programmes)
        assert due + lost == (1 if managed else 0), (due, lost, patient.programmes, patient.deceased_on)
        open_one = appointments.open_of(patient.pk)
        if open_one is not None:
            theirs = (patient.organization_id, patient.care_team_id)
            assert (open_one.organization_id, open_one.care_team_id) == theirs
        answers = Appointment.objects.filter(patient=patient).exclude(fulfilled_by=None)
        assert not answers.exclude(fulfilled_by__patient=patient).exists(), "somebody else's visit did it"
        if patient.deceased_on is not None:
            assert not Task.objects.open().filter(patient=patient, kind="referral_advised").exists()


@pytest.mark.django_db
def test_no_sequence_of_events_leaves_a_managed_resident_without_a_follow_up(world: World) -> None:
    Life.world = world
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=12, stateful_step_count=14, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
