"""The audit trail: one explicit line per action, in the transaction of the action itself."""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Protocol

from django.db import models

from journal.models import AgentType, AuditEvent, as_text

_address: ContextVar[str | None] = ContextVar("address", default=None)


class Agent(Protocol):
    """Somebody who acts: a user or an API client."""

    pk: Any

    @property
    def agent_type(self) -> str:
        """person, system or the product itself (AgentType)."""

    def agent_name(self) -> str:
        """How the trail names the agent."""


class AnonymousAgent(ValueError):
    """An action without an agent: the caller forgot `by`."""


def at_address(address: str | None) -> None:
    """Remember the network address of the running request (middleware calls this)."""
    _address.set(address)


def event(
    action: str,
    *,
    by: Agent | None,
    subject: models.Model | None = None,
    patient_id: Any = None,
    organization_id: Any = None,
    detail: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """An unsaved audit line; `by=None` means the product itself (a task, an import of the operator).

    What a person's `capacity` says (the chosen post, for whom the person stands in) is noted beside the detail.
    """
    agent = by
    if agent is not None and agent.pk is None:
        raise AnonymousAgent(action)
    return AuditEvent(
        action=action,
        agent_type=agent.agent_type if agent is not None else AgentType.SYSTEM,
        agent_id=as_text(agent.pk) if agent is not None else "",
        agent_name=agent.agent_name() if agent is not None else "",
        subject_kind=subject._meta.model_name or "" if subject is not None else "",
        subject_id=as_text(subject.pk) if subject is not None else "",
        patient_id=patient_id if patient_id is not None else getattr(subject, "patient_id", None),
        organization_id=organization_id
        if organization_id is not None
        else getattr(subject, "organization_id", None),
        address=_address.get(),
        detail={**getattr(agent, "capacity", {}), **(detail or {})},
    )


def record(action: str, *, by: Agent | None, **about: Any) -> AuditEvent:
    """Write one audit line now (see `event` for the arguments) and return it."""
    line = event(action, by=by, **about)
    line.save(force_insert=True)
    return line
