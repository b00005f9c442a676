"""A resident's archive: who it is and who is responsible, with the facts of the last visit that lists need."""

from datetime import date
from typing import ClassVar

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from alliances.models import CareTeam, Organization
from journal.enumerations import all_known, known
from journal.keys import new_key
from journal.triggers import VERSION, feed
from patients.programmes import Programme
from patients.scope import PatientOwnedQuerySet


class Sex(models.TextChoices):
    """GB/T 2261.1, in FHIR words."""

    UNKNOWN = "unknown", _("unknown")
    MALE = "male", _("male")
    FEMALE = "female", _("female")
    OTHER = "other", _("not stated")


class Smoking(models.TextChoices):
    NEVER = "never", _("never smoked")
    FORMER = "former", _("gave up")
    CURRENT = "current", _("smokes")


# A resident whose row is written while the keeper merges or closes waits for the end of it, and is refused then.
OPEN_KEEPER = pgtrigger.Trigger(
    name="open_keeper",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("organization_id"),
    declare=[("closed", "date")],
    func="""
        SELECT closed_on INTO closed FROM alliances_organization WHERE id = NEW.organization_id FOR KEY SHARE;
        IF closed IS NOT NULL THEN
            RAISE EXCEPTION 'organization % is closed: no record is kept there', NEW.organization_id
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)


class PatientQuerySet(PatientOwnedQuerySet["Patient"]):
    """Residents, in the words of their doctors."""

    patient_prefix = ""

    def living(self) -> "PatientQuerySet":
        return self.filter(deceased_on__isnull=True)

    def managed(self) -> "PatientQuerySet":
        """In at least one programme now (kept on the row by `enrolment`)."""
        return self.exclude(programmes=[])


class Patient(models.Model):
    """A resident with an archive. Document number, telephone and address stand in Identity alone.

    `organization` and `care_team` repeat the current Responsibility, `programmes` the running enrolments and `last_*`
    the latest visit: lists and the rollup read them without a join. Use-cases keep them; `tests/db/patients` compares.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    archive_number = models.CharField(_("archive number"), max_length=17, null=True, blank=True, unique=True)
    name = models.CharField(_("full name"), max_length=60)
    pinyin = models.CharField(
        max_length=120, help_text="Full pinyin without tones, the sort key of Chinese names."
    )
    initials = models.CharField(max_length=30, help_text="Pinyin initials, for search.")
    sex = models.CharField(_("sex"), max_length=8, choices=Sex)
    birth_date = models.DateField(_("date of birth"))
    ethnicity = models.CharField(_("ethnic group"), max_length=30, blank=True)
    community = models.CharField(_("community or village"), max_length=60, blank=True)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    care_team = models.ForeignKey(CareTeam, models.PROTECT, null=True, blank=True, related_name="+")
    programmes = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    labels = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    height = models.DecimalField(_("height"), max_digits=4, decimal_places=1, null=True, blank=True)
    smoking = models.CharField(_("smoking"), max_length=8, choices=Smoking, blank=True)
    allergies = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    archived_on = models.DateField(_("archive made on"), null=True, blank=True)
    deceased_on = models.DateField(null=True, blank=True)
    last_visit_on = models.DateField(null=True)
    last_method = models.CharField(max_length=8, blank=True)
    last_systolic = models.SmallIntegerField(null=True)
    last_diastolic = models.SmallIntegerField(null=True)
    last_fasting_glucose = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    created_at = models.DateTimeField(db_default=Now())
    version = models.BigIntegerField(default=1)

    objects = PatientQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("sex", Sex, table="patient"),
            models.CheckConstraint(
                condition=Q(smoking__in=["", *Smoking.values]), name="patient_smoking_known"
            ),
            all_known("programmes", Programme, table="patient"),
            models.CheckConstraint(
                condition=Q(deceased_on__isnull=True) | Q(deceased_on__gte=models.F("birth_date")),
                name="patient_lived_before_death",
            ),
            models.CheckConstraint(
                condition=Q(height__isnull=True) | Q(height__gte=80, height__lte=230),
                name="patient_height_possible",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "pinyin", "id"], name="patient_list"),
            models.Index(fields=["care_team", "pinyin", "id"], name="patient_by_team"),
            models.Index(fields=["organization", "initials"], name="patient_by_initials"),
            GinIndex(OpClass("name", "gin_trgm_ops"), name="patient_name_part"),
        ]
        triggers: ClassVar = [VERSION, OPEN_KEEPER, *feed("patient", patient="id")]

    def __str__(self) -> str:
        return self.name

    @property
    def patient_id(self) -> object:
        """The patient's own id, so that audit treats a patient like every patient-owned row."""
        return self.pk

    def age(self, *, on: date) -> int:
        """Full years on a day."""
        had_birthday = (on.month, on.day) >= (self.birth_date.month, self.birth_date.day)
        return on.year - self.birth_date.year - (not had_birthday)


PatientHistory = pghistory.create_event_model(
    Patient,
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    fields=[
        "name",
        "sex",
        "birth_date",
        "community",
        "organization",
        "care_team",
        "deceased_on",
        "allergies",
    ],
    model_name="PatientHistory",
    abstract=False,
)
