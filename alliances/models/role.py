"""What somebody does in a post."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What somebody does in a post. What each role sees and may do stands in alliances/permissions.py."""

    GENERAL_PRACTITIONER = "general_practitioner", _("general practitioner")
    SPECIALIST = "specialist", _("specialist")
    HEALTH_MANAGER = "health_manager", _("health manager")
    NURSE = "nurse", _("nurse")
    PHARMACIST = "pharmacist", _("pharmacist")
    PUBLIC_HEALTH_PHYSICIAN = "public_health_physician", _("public-health physician")
    TCM_PHYSICIAN = "tcm_physician", _("TCM physician")
    VILLAGE_DOCTOR = "village_doctor", _("village doctor")
    TEAM_LEAD = "team_lead", _("team lead")
    REFERRAL_DESK = "referral_desk", _("referral desk")
    ORGANIZATION_ADMIN = "organization_admin", _("organization administrator")
    ALLIANCE_ADMIN = "alliance_admin", _("alliance administrator")
    PRIVACY_OFFICER = "privacy_officer", _("privacy officer")
    CDC_ANALYST = "cdc_analyst", _("CDC analyst")
    BUREAU_VIEWER = "bureau_viewer", _("health bureau")
    OPERATOR = "operator", _("operator")
