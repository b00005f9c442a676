"""Everything the history leaves, gathered first and written table by table."""

from collections import defaultdict
from typing import Any, Final

from django.db.models import Model

from followups.models import Appointment, Assessment, CarePlan, CarePlanRevision, Goal
from journal import audit
from journal.models import Communication
from patients.identity import new_identity
from patients.models import (
    AccessGrant,
    Condition,
    Consent,
    Contract,
    Encounter,
    Enrolment,
    Handover,
    Identity,
    MedicationStatement,
    Observation,
    Patient,
    Responsibility,
    Task,
)
from referrals import notices
from referrals.models import CaseSnapshot, ReferralReply, ReferralStatus, ServiceRequest
from workbench.demo.chance import Chance
from workbench.demo.residents import Resident

_BATCH: Final = 1000
_ORDER: Final[tuple[type[Model], ...]] = (
    Patient, Identity, Responsibility, Handover, Condition, Enrolment, Contract, CarePlan, Goal, CarePlanRevision, Encounter,
    Observation, MedicationStatement, Assessment, Appointment, Consent, Task, ServiceRequest, CaseSnapshot,
    ReferralStatus, ReferralReply, AccessGrant, Communication,
)  # fmt: skip


class Rows:
    """Unsaved rows by table."""

    def __init__(self) -> None:
        self._rows: dict[type[Model], list[Any]] = defaultdict(list)

    def add(self, *rows: Model) -> None:
        for row in rows:
            self._rows[type(row)].append(row)

    def of(self, model: type[Model]) -> list[Any]:
        return self._rows[model]

    def count(self) -> dict[str, int]:
        return {model.__name__: len(rows) for model, rows in self._rows.items()}

    def write(self, people: list[Resident], chance: Chance) -> None:
        """Insert everything, parents first, each table in batches, and one audit line a batch."""
        for one in people:
            self.add(one.patient, new_identity(one.patient.pk, one.patient.organization_id, one.identity))
        for model in _ORDER:
            if model is Communication:
                self.add(*self._notices(chance))
            rows = self._rows[model]
            for begin in range(0, len(rows), _BATCH):
                batch = rows[begin : begin + _BATCH]
                model._default_manager.bulk_create(batch)
                audit.record("demo.write", by=None, detail={"rows": len(batch), "table": model._meta.label})

    def _notices(self, chance: Chance) -> list[Communication]:
        """What each step of a referral told the other side: sent, and read unless it is new. Steps have their ids now."""
        made = []
        newest = max((step.at for step in self.of(ReferralStatus)), default=None)
        for step in self.of(ReferralStatus):
            for message in notices.of_step(step.request, step):
                message.id = chance.key(step.at)
                message.status, message.sent_at = "completed", step.at
                message.created_at = step.at
                if newest is not None and (newest - step.at).days >= 4:
                    message.read_at = step.at + (newest - step.at) / 20
                made.append(message)
        return made
