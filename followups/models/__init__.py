"""From a visit to the next step: the plan, the due follow-up, and what the protocol said of a visit."""

from followups.models.appointment import (
    Appointment,
    AppointmentQuerySet,
    AppointmentReason,
    AppointmentStatus,
)
from followups.models.assessment import Action, Assessment, Klass
from followups.models.capacity import TeamCapacity, TeamDay
from followups.models.contact import SPOKEN_TO, ContactAttempt, ContactMethod, ContactResult
from followups.models.lifestyle import (
    GoalState,
    Intervention,
    InterventionHistory,
    InterventionMethod,
    LifestyleGoal,
    LifestyleGoalHistory,
    LifestyleKind,
)
from followups.models.loss import FollowUpLoss, FollowUpLossHistory, LossEnd
from followups.models.move import PlanMove, PlanMoveLine
from followups.models.override import AssessmentOverride, AssessmentOverrideHistory
from followups.models.pathway import (
    Pathway,
    PathwayHistory,
    PathwayStatus,
    PathwayStep,
    PathwayStepHistory,
    PathwayTemplate,
    StepStatus,
)
from followups.models.plan import CarePlan, CarePlanHistory, CarePlanRevision, Goal
from followups.models.proposal import PlanProposal, PlanProposalHistory, ProposalStatus
from followups.models.protocol_version import ProtocolVersion, VersionStatus
from followups.models.visit_draft import VisitDraft
from followups.models.what_if import WhatIf, WhatIfCell, WhatIfChange, WhatIfStatus

__all__ = [
    "SPOKEN_TO",
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
    "ContactAttempt",
    "ContactMethod",
    "ContactResult",
    "FollowUpLoss",
    "FollowUpLossHistory",
    "Goal",
    "GoalState",
    "Intervention",
    "InterventionHistory",
    "InterventionMethod",
    "Klass",
    "LifestyleGoal",
    "LifestyleGoalHistory",
    "LifestyleKind",
    "LossEnd",
    "Pathway",
    "PathwayHistory",
    "PathwayStatus",
    "PathwayStep",
    "PathwayStepHistory",
    "PathwayTemplate",
    "PlanMove",
    "PlanMoveLine",
    "PlanProposal",
    "PlanProposalHistory",
    "ProposalStatus",
    "ProtocolVersion",
    "StepStatus",
    "TeamCapacity",
    "TeamDay",
    "VersionStatus",
    "VisitDraft",
    "WhatIf",
    "WhatIfCell",
    "WhatIfChange",
    "WhatIfStatus",
]
