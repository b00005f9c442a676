"""What the database knows when a roster is judged: teams, hospitals, and where a number's archive is kept."""

from collections.abc import Collection, Mapping
from uuid import UUID

from alliances.models import CareTeam, Organization, Tier
from exchange.roster.archive import Standing
from patients.identity import patients_by_number
from patients.models import Patient


class DatabaseRegistry:
    """The world outside the workbook, as one centre sees it. Two statements at the start, two per batch of numbers."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        teams = CareTeam.objects.filter(organization=organization, closed_on__isnull=True)
        self.teams: dict[str, CareTeam] = {team.name: team for team in teams}
        self.hospitals: dict[str, Organization] = {}
        open_ones = Organization.objects.filter(
            tier__in=[Tier.SECONDARY, Tier.TERTIARY], closed_on__isnull=True
        )
        for hospital in open_ones.without_tree_fields():
            for name in filter(None, (hospital.short_name, hospital.name)):
                self.hospitals[name] = hospital
        below = Organization.objects.descendants(organization, include_self=True)
        self._here = set(below.values_list("pk", flat=True))

    def standing(self, numbers: Collection[str]) -> Mapping[str, Standing]:
        """Here when this centre or a station below it is responsible, elsewhere otherwise; nothing for new numbers."""
        patient_of = patients_by_number(numbers)
        responsible = _responsible(patient_of.values())
        return {
            number: Standing.HERE if responsible.get(patient) in self._here else Standing.ELSEWHERE
            for number, patient in patient_of.items()
        }

    def patients_here(self, numbers: Collection[str]) -> dict[str, UUID]:
        """The archives of this centre among the numbers: number → patient id."""
        patient_of = patients_by_number(numbers)
        responsible = _responsible(patient_of.values())
        return {
            number: patient
            for number, patient in patient_of.items()
            if responsible.get(patient) in self._here
        }


def _responsible(patients: Collection[UUID]) -> dict[UUID, int]:
    ids = list(patients)
    return dict(Patient.objects.filter(pk__in=ids).values_list("pk", "organization_id")) if ids else {}
