"""Who works where: organizations, departments, alliances, teams, posts, agreements, mentoring, training.

Everything that can end is dated.
"""

from alliances.models.agreement import Agreement, AgreementLine
from alliances.models.alliance import Alliance, AllianceKind, AllianceMembership, MembershipRole
from alliances.models.calendar import CalendarDay
from alliances.models.mentoring import (
    MentoringPair,
    MentoringSession,
    MentoringTarget,
    PairKind,
    SessionMethod,
)
from alliances.models.organization import AreaKind, Department, Organization, ServiceArea, Tier
from alliances.models.post import ClientPost, Delegation, PractitionerRole
from alliances.models.role import Role
from alliances.models.team import CareTeam, CareTeamMember, Composition, TeamKind
from alliances.models.training import (
    Attendance,
    Certificate,
    CertificateKind,
    Training,
    TrainingAttendance,
    TrainingMethod,
)

__all__ = [
    "Agreement",
    "AgreementLine",
    "Alliance",
    "AllianceKind",
    "AllianceMembership",
    "AreaKind",
    "Attendance",
    "CalendarDay",
    "CareTeam",
    "CareTeamMember",
    "Certificate",
    "CertificateKind",
    "ClientPost",
    "Composition",
    "Delegation",
    "Department",
    "MembershipRole",
    "MentoringPair",
    "MentoringSession",
    "MentoringTarget",
    "Organization",
    "PairKind",
    "PractitionerRole",
    "Role",
    "ServiceArea",
    "SessionMethod",
    "TeamKind",
    "Tier",
    "Training",
    "TrainingAttendance",
    "TrainingMethod",
]
