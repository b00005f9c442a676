"""The upload of a roster."""

from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.utils.translation import gettext_lazy as _

from alliances.models import Organization, Tier
from alliances.scope import Scope

MOST_BYTES: Final = 32 * 1024 * 1024


class SealedUploadHandler(MemoryFileUploadHandler):
    """Keeps an upload in memory whatever its size: a roster must never lie on a disk in the clear."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803
        content_length: int,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Take every request that is small enough; a larger one arrives without its file."""
        self.activated = content_length <= MOST_BYTES


class RosterForm(forms.Form):
    """A workbook, and the centre it is for."""

    organization = forms.ModelChoiceField(
        label=_("Centre"), queryset=Organization.objects.none(), empty_label=None
    )
    file = forms.FileField(
        label=_("Workbook"),
        help_text=_("Excel or ODS with the sheets 居民档案 and 随访记录, at most 32 MB."),
        error_messages={
            "required": _("Choose a workbook of at most 32 MB."),
            "empty": _("The file is empty. Choose another one."),
        },
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.xlsb,.ods"}),
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        centres = Organization.objects.filter(
            pk__in=scope.organization_ids, tier=Tier.COMMUNITY, closed_on__isnull=True
        )
        field = self.fields["organization"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  (declared above)
        field.queryset = centres
        self.only_centre = centres.first() if len(centres) == 1 else None
        if self.only_centre is not None:
            field.initial = self.only_centre
            field.widget = field.hidden_widget()

    def content(self) -> bytes:
        """The workbook's bytes, once the form is valid."""
        file = self.cleaned_data["file"]
        assert isinstance(file, UploadedFile)  # noqa: S101  (FileField cleans to it)
        return file.read()
