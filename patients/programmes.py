"""The programmes (慢病病种) a resident can be managed in. Which of them have a protocol is for followups to know."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Programme(models.TextChoices):
    """A chronic-disease programme, also the code of the diagnosis that leads to it."""

    HYPERTENSION = "hypertension", _("hypertension")
    DIABETES = "diabetes", _("type-2 diabetes")
    COPD = "copd", _("COPD")
    DYSLIPIDAEMIA = "dyslipidaemia", _("dyslipidaemia")
    STROKE = "stroke", _("stroke")
    CHD = "chd", _("coronary heart disease")
    CKD = "ckd", _("chronic kidney disease")
    ELDERLY = "elderly", _("elderly")


# Letter and two digits only: the Chinese extensions of ICD-10 differ by edition (facts 8.5).
ICD10 = {
    Programme.HYPERTENSION: "I10",
    Programme.DIABETES: "E11",
    Programme.COPD: "J44",
    Programme.DYSLIPIDAEMIA: "E78",
    Programme.STROKE: "I64",
    Programme.CHD: "I25",
    Programme.CKD: "N18",
}
