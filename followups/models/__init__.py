"""From a visit to the next step: the plan, the due follow-up, and what the protocol said of a visit."""

from followups.models.appointment import (
    Appointment,
    AppointmentQuerySet,
    AppointmentReason,
    AppointmentStatus,
)
from followups.models.assessment import Action, Assessment, Klass
from followups.models.override import AssessmentOverride, AssessmentOverrideHistory
from followups.models.plan import CarePlan, CarePlanHistory, CarePlanRevision, Goal
from followups.models.protocol_version import ProtocolVersion, VersionStatus
from followups.models.what_if import WhatIf, WhatIfCell, WhatIfChange, WhatIfStatus

__all__ = [
    "Action",
    "Appointment",
    "AppointmentQuerySet",
    "AppointmentReason",
    "AppointmentStatus",
    "Assessment",
    "AssessmentOverride",
    "AssessmentOverrideHistory",
    "CarePlan",
    "CarePlanHistory",
    "CarePlanRevision",
    "Goal",
    "Klass",
    "ProtocolVersion",
    "VersionStatus",
    "WhatIf",
    "WhatIfCell",
    "WhatIfChange",
    "WhatIfStatus",
]
