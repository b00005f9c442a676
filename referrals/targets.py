"""Where to: the hospital that the resident's live contract names comes first, among equals the departments that an
agreement names; a tertiary hospital asks for a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from alliances import agreements
from alliances.models import Agreement, AgreementLine, AllianceMembership, Department, Tier
from patients.models import Contract, Patient
from patients.models.task import Urgency


@dataclass(frozen=True)
class Targets:
    """The departments a resident can be referred to, best first, and the one filled in.

    `agreements` by hospital and `lines` by department: what the resident's organization has agreed on with them.
    """

    departments: Sequence[Department]
    default: Department | None
    contract: Contract | None
    agreements: Mapping[int, Agreement] = field(default_factory=dict)
    lines: Mapping[int, AgreementLine] = field(default_factory=dict)

    def of_id(self, department_id: int) -> Department | None:
        return next((d for d in self.departments if d.pk == department_id), None)

    def takes(self, department: Department, programme: str) -> bool:
        """Whether a department takes a disease: by the agreement's line where it names programmes, else by its own."""
        return takes(department, self.lines.get(department.pk), programme)


def targets_for(patient: Patient, *, programme: str, on: date) -> Targets:
    """Departments of the hospitals in the alliances of the resident's organization (and those of contract and agreements)."""
    contract = Contract.objects.filter(patient=patient).live(on=on).order_by("-signed_on").first()
    alliances = AllianceMembership.objects.filter(
        organization_id=patient.organization_id, period__contains=on
    ).values("alliance_id")
    members = AllianceMembership.objects.filter(alliance_id__in=alliances, period__contains=on)
    agreed = agreements.in_force(patient.organization_id, on=on)
    reachable = {*members.values_list("organization_id", flat=True), *agreed}
    if contract is not None:
        reachable |= {i for i in (contract.secondary_id, contract.tertiary_id) if i is not None}
    hospitals = Department.objects.filter(
        organization_id__in=reachable,
        organization__tier__in=[Tier.SECONDARY, Tier.TERTIARY],
        organization__closed_on__isnull=True,
    )
    lines = {line.department_id: line for row in agreed.values() for line in row.lines.all()}
    ranked = sorted(
        hospitals.select_related("organization"),
        key=lambda d: rank(d, programme, contract, lines.get(d.pk)),
    )
    best = ranked[0] if ranked and takes(ranked[0], lines.get(ranked[0].pk), programme) else None
    return Targets(ranked, best, contract, agreed, lines)


def takes(department: Department, line: AgreementLine | None, programme: str) -> bool:
    """Whether a department takes a disease; see `Targets.takes`."""
    return programme in ((line.programmes if line else None) or department.programmes)


def rank(
    department: Department, programme: str, contract: Contract | None, line: AgreementLine | None = None
) -> tuple[bool, bool, bool, bool, int, str]:
    """Sorts departments: the disease's own, then the contract's secondary hospital, then secondary before tertiary,
    then those that an agreement names."""
    hospital = department.organization
    return (
        not takes(department, line, programme),
        contract is None or hospital.pk != contract.secondary_id,
        hospital.tier == Tier.TERTIARY,
        line is None,
        hospital.pk,
        department.code,
    )


def asks_reason(department: Department, urgency: str) -> bool:
    """Whether going there needs a reason: a tertiary hospital does, unless it is an emergency."""
    return department.organization.tier == Tier.TERTIARY and urgency != Urgency.EMERGENCY
