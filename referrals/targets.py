"""Where to: the hospital that the resident's live contract names comes first; a tertiary one asks for a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from alliances.models import AllianceMembership, Department, Tier
from patients.models import Contract, Patient
from patients.models.task import Urgency


@dataclass(frozen=True)
class Targets:
    """The departments a resident can be referred to, best first, and the one filled in."""

    departments: Sequence[Department]
    default: Department | None
    contract: Contract | None

    def of_id(self, department_id: int) -> Department | None:
        return next((d for d in self.departments if d.pk == department_id), None)


def targets_for(patient: Patient, *, programme: str, on: date) -> Targets:
    """Departments of the hospitals in the alliances of the resident's organization (and those of the contract)."""
    contract = Contract.objects.filter(patient=patient).live(on=on).order_by("-signed_on").first()
    alliances = AllianceMembership.objects.filter(
        organization_id=patient.organization_id, period__contains=on
    ).values("alliance_id")
    members = AllianceMembership.objects.filter(alliance_id__in=alliances, period__contains=on)
    reachable = set(members.values_list("organization_id", flat=True))
    if contract is not None:
        reachable |= {i for i in (contract.secondary_id, contract.tertiary_id) if i is not None}
    hospitals = Department.objects.filter(
        organization_id__in=reachable,
        organization__tier__in=[Tier.SECONDARY, Tier.TERTIARY],
        organization__closed_on__isnull=True,
    )
    ranked = sorted(hospitals.select_related("organization"), key=lambda d: rank(d, programme, contract))
    best = ranked[0] if ranked and programme in ranked[0].programmes else None
    return Targets(ranked, best, contract)


def rank(
    department: Department, programme: str, contract: Contract | None
) -> tuple[bool, bool, bool, int, str]:
    """Sorts departments: the disease's own, then the contract's secondary hospital, then secondary before tertiary."""
    hospital = department.organization
    return (
        programme not in department.programmes,
        contract is None or hospital.pk != contract.secondary_id,
        hospital.tier == Tier.TERTIARY,
        hospital.pk,
        department.code,
    )


def asks_reason(department: Department, urgency: str) -> bool:
    """Whether going there needs a reason: a tertiary hospital does, unless it is an emergency."""
    return department.organization.tier == Tier.TERTIARY and urgency != Urgency.EMERGENCY
