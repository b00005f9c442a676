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

__all__ = [
    "SPOKEN_TO",
    "Action",
    "Appointment",
    "AppointmentQuerySet",
    "AppointmentReason",
    "AppointmentStatus",
    "Assessment",
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
    "StepStatus",
    "TeamCapacity",
    "TeamDay",
]
