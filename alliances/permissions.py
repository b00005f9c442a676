"""Who sees whom and who may do what: one table for the whole product (architecture §4).

`rows` says whose residents a post opens, `identity` how document numbers and telephones are shown, `may` the actions.
Routes name a `Permission`; a post without it gets 404, like everything that does not exist.
"""

from dataclasses import dataclass
from enum import StrEnum

from alliances.models import Role


class Rows(StrEnum):
    """Whose residents a post opens."""

    CENTRE = "centre"  # residents the post's organization is responsible for
    TEAM = "team"  # residents of the post's team
    SUBTREE = "subtree"  # residents of the organization and all below it
    DEPARTMENT = "department"  # residents granted to the post's department
    NONE = "none"  # no patient row, numbers at the most


class Permission(StrEnum):
    """What a route or a button asks for."""

    WORKLIST = "worklist"
    PATIENT_OPEN = "patient_open"
    PATIENT_WRITE = "patient_write"
    VISIT_RECORD = "visit_record"
    CARE_TASKS = "care_tasks"
    PLAN_PROPOSE = "plan_propose"
    PLAN_SIGN = "plan_sign"
    LIFESTYLE_WRITE = "lifestyle_write"
    CALENDAR_MANAGE = "calendar_manage"
    VISIT_OVERRIDE = "visit_override"
    PROTOCOL_VIEW = "protocol_view"
    PROTOCOL_MANAGE = "protocol_manage"
    REFERRAL_SEND = "referral_send"
    REFERRAL_VIEW = "referral_view"
    REFERRAL_ANSWER = "referral_answer"
    REFERRAL_RETURN = "referral_return"
    IDENTITY_UNMASK = "identity_unmask"
    ROSTER_IMPORT = "roster_import"
    PERFORMANCE_VIEW = "performance_view"
    PERFORMANCE_PATIENTS = "performance_patients"
    AUDIT_VIEW = "audit_view"
    ACCESS_HISTORY = "access_history"
    JOBS_VIEW = "jobs_view"
    BREAK_GLASS = "break_glass"
    RESIDENT_HANDOVER = "resident_handover"
    ALLIANCE_VIEW = "alliance_view"
    ALLIANCE_MANAGE = "alliance_manage"
    ORGANIZATION_MANAGE = "organization_manage"
    PEOPLE_MANAGE = "people_manage"
    AGREEMENT_MANAGE = "agreement_manage"
    MENTORING_MANAGE = "mentoring_manage"
    TRAINING_MANAGE = "training_manage"
    CLIENT_MANAGE = "client_manage"


@dataclass(frozen=True)
class Access:
    """One row of the table."""

    rows: Rows
    may: frozenset[Permission]
    masked: bool = True


P = Permission
_CARE = frozenset(
    {
        P.WORKLIST,
        P.PATIENT_OPEN,
        P.VISIT_RECORD,
        P.CARE_TASKS,
        P.REFERRAL_VIEW,
        P.PERFORMANCE_VIEW,
        P.PROTOCOL_VIEW,
    }
)
_DOCTOR = _CARE | {
    P.PATIENT_WRITE, P.REFERRAL_SEND, P.IDENTITY_UNMASK, P.RESIDENT_HANDOVER, P.BREAK_GLASS, P.ALLIANCE_VIEW,
    P.PLAN_PROPOSE, P.LIFESTYLE_WRITE, P.VISIT_OVERRIDE,
}  # fmt: skip
_LEAD = _DOCTOR | {P.PERFORMANCE_PATIENTS, P.ACCESS_HISTORY, P.CALENDAR_MANAGE}
_DESK = frozenset({P.PATIENT_OPEN, P.REFERRAL_VIEW, P.REFERRAL_ANSWER, P.ALLIANCE_VIEW})
# What runs an organization, each within its own part of the tree, and what runs an alliance.
_RUNS_ORGANIZATION = frozenset({P.ORGANIZATION_MANAGE, P.PEOPLE_MANAGE, P.AGREEMENT_MANAGE, P.MENTORING_MANAGE,
                                P.TRAINING_MANAGE, P.CLIENT_MANAGE, P.ALLIANCE_VIEW})  # fmt: skip
_RUNS_ALLIANCE = frozenset({P.ALLIANCE_VIEW, P.ALLIANCE_MANAGE, P.AGREEMENT_MANAGE, P.MENTORING_MANAGE,
                            P.TRAINING_MANAGE})  # fmt: skip

TABLE: dict[Role, Access] = {
    Role.GENERAL_PRACTITIONER: Access(Rows.CENTRE, _DOCTOR),
    Role.NURSE: Access(Rows.CENTRE, _CARE | {P.IDENTITY_UNMASK}),
    Role.HEALTH_MANAGER: Access(Rows.CENTRE, _CARE | {P.IDENTITY_UNMASK, P.LIFESTYLE_WRITE}),
    Role.PHARMACIST: Access(Rows.CENTRE, _CARE),
    Role.TCM_PHYSICIAN: Access(Rows.CENTRE, _CARE | {P.IDENTITY_UNMASK, P.VISIT_OVERRIDE}),
    Role.VILLAGE_DOCTOR: Access(Rows.CENTRE, _CARE | {P.IDENTITY_UNMASK, P.BREAK_GLASS, P.LIFESTYLE_WRITE, P.VISIT_OVERRIDE}),
    Role.PUBLIC_HEALTH_PHYSICIAN: Access(Rows.CENTRE, _CARE | {P.IDENTITY_UNMASK, P.PATIENT_WRITE}),
    Role.TEAM_LEAD: Access(Rows.TEAM, _LEAD),
    Role.ORGANIZATION_ADMIN: Access(
        Rows.SUBTREE,
        frozenset({P.WORKLIST, P.PATIENT_OPEN, P.REFERRAL_VIEW, P.ROSTER_IMPORT, P.PERFORMANCE_VIEW,
                   P.PERFORMANCE_PATIENTS, P.IDENTITY_UNMASK, P.RESIDENT_HANDOVER, P.ACCESS_HISTORY,
                   P.CALENDAR_MANAGE, P.PROTOCOL_VIEW})
        | _RUNS_ORGANIZATION,
    ),
    Role.SPECIALIST: Access(
        Rows.DEPARTMENT, _DESK | {P.REFERRAL_RETURN, P.BREAK_GLASS, P.PLAN_SIGN, P.CARE_TASKS, P.PROTOCOL_VIEW}
    ),
    Role.REFERRAL_DESK: Access(Rows.DEPARTMENT, _DESK),
    Role.ALLIANCE_ADMIN: Access(
        Rows.NONE, frozenset({P.PERFORMANCE_VIEW, P.PROTOCOL_VIEW, P.PROTOCOL_MANAGE}) | _RUNS_ALLIANCE
    ),
    Role.BUREAU_VIEWER: Access(Rows.NONE, frozenset({P.PERFORMANCE_VIEW, P.ALLIANCE_VIEW})),
    Role.CDC_ANALYST: Access(Rows.NONE, frozenset({P.PERFORMANCE_VIEW})),
    Role.PRIVACY_OFFICER: Access(Rows.NONE, frozenset({P.AUDIT_VIEW, P.ACCESS_HISTORY})),
    Role.OPERATOR: Access(Rows.NONE, frozenset({P.JOBS_VIEW, P.ALLIANCE_MANAGE}) | _RUNS_ORGANIZATION),
}  # fmt: skip

# Posts that reach beyond the daily care of residents: never by a password alone from another program.
ELEVATED = frozenset(
    {Role.TEAM_LEAD, Role.ORGANIZATION_ADMIN, Role.ALLIANCE_ADMIN, Role.PRIVACY_OFFICER, Role.CDC_ANALYST,
     Role.BUREAU_VIEWER, Role.OPERATOR}
)  # fmt: skip
