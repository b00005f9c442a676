"""Patients: whose record it is, and who may see it."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    name = "patients"

    def ready(self) -> None:
        # Models can be read only now.
        from alliances import programmes  # noqa: PLC0415
        from journal.addressees import answers_for  # noqa: PLC0415
        from journal.models import Recipient  # noqa: PLC0415
        from patients import addressees, handovers, lifecycle, succession, teams  # noqa: PLC0415
        from patients.programmes import Programme  # noqa: PLC0415

        answers_for(Recipient.PATIENT, addressees.addresses)
        for event, (settle, together) in handovers.SETTLED.items():
            lifecycle.register(event, self.name, settle, together=together)
        teams.register_all()
        succession.register_all()
        programmes.are(Programme.choices)
