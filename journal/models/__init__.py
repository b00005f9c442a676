"""The past (AuditEvent), the news (Change) and the post (Communication). Ids, no foreign keys: these outlive the rest."""

from journal.models.communication import (
    OUTSIDE,
    Channel,
    Communication,
    CommunicationQuerySet,
    CommunicationStatus,
    Recipient,
)
from journal.models.job import ChannelPace, JobRun, JobState
from journal.models.past import (
    AgentType,
    AuditEvent,
    AuditSeal,
    Change,
    ChangeOp,
    CurrentTransaction,
    Epoch,
    RetiredMonth,
    as_text,
)
from journal.models.wording import Language, Owner, Wording

__all__ = [
    "OUTSIDE",
    "AgentType",
    "AuditEvent",
    "AuditSeal",
    "Change",
    "ChangeOp",
    "Channel",
    "ChannelPace",
    "Communication",
    "CommunicationQuerySet",
    "CommunicationStatus",
    "CurrentTransaction",
    "Epoch",
    "JobRun",
    "JobState",
    "Language",
    "Owner",
    "Recipient",
    "RetiredMonth",
    "Wording",
    "as_text",
]
