"""The part of the visit page in which a doctor decides otherwise than the protocol: empty for whoever does not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext, gettext_lazy

from followups.entry.override import Override, Wish
from followups.entry.visit import Fault
from followups.overrides import CLASSES, REASON_TO
from followups.protocols.terms import ACTION_LABELS, CLASS_LABELS, Action
from patients.programmes import Programme

_ = gettext_lazy
AS_SAID: Final = ("", _("as the protocol says"))


@dataclass(frozen=True, slots=True)
class Line:
    """One disease: its name and the two choices."""

    name: str
    klass: BoundField
    action: BoundField


class OverrideForm(forms.Form):
    """Class and action by programme, a date, and the reason for all of it; `kept` is a decision that stands already."""

    override_due_on = forms.DateField(
        label=_("Next follow-up on"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    override_reason = forms.CharField(
        label=_("Reason"), required=False, max_length=REASON_TO, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, data: Any = None, *, programmes: Sequence[str], kept: Override | None = None) -> None:
        super().__init__(data, initial=_initial(kept) if kept else None)
        self.programmes, self.kept = tuple(programmes), kept
        classes = [AS_SAID, *((klass.value, gettext_lazy(CLASS_LABELS[klass])) for klass in CLASSES)]
        actions = [AS_SAID, *((action.value, gettext_lazy(ACTION_LABELS[action])) for action in Action)]
        for programme in self.programmes:
            self.fields[_klass(programme)] = forms.ChoiceField(
                label=_("Class"), choices=classes, required=False
            )
            self.fields[_action(programme)] = forms.ChoiceField(
                label=_("What follows"), choices=actions, required=False
            )

    def lines(self) -> Iterator[Line]:
        """The choices by disease."""
        for programme in self.programmes:
            yield Line(str(Programme(programme).label), self[_klass(programme)], self[_action(programme)])

    @property
    def used(self) -> bool:
        """Whether anything was chosen or written, so that the part stands open."""
        return any(self[name].value() for name in self.fields)

    @property
    def stands(self) -> bool:
        """Whether the kept decision was sent back as it is: then it is nobody's new one."""
        sent = self.override()
        return sent is not None and self.kept is not None and _plain(sent) == _plain(self.kept)

    def override(self) -> Override | None:
        """What was decided otherwise; None where nothing was chosen and nothing written."""
        if not self.is_bound:
            return None
        self.is_valid()
        cleaned = self.cleaned_data
        wishes = {
            programme: Wish(cleaned.get(_klass(programme)) or "", cleaned.get(_action(programme)) or "")
            for programme in self.programmes
        }
        chosen = {name: wish for name, wish in wishes.items() if wish.klass or wish.action}
        reason, due_on = cleaned.get("override_reason") or "", cleaned.get("override_due_on")
        return Override(reason, chosen, due_on) if chosen or reason or due_on else None

    def refuse(self, fault: Fault) -> None:
        """Put what the use-case refused beside its field."""
        parts = fault.field.split(".")
        if parts[1:2] == ["programmes"]:
            name = _action(parts[2]) if parts[-1] == "action" else _klass(parts[2])
        else:
            name = "override_" + {"next_due_on": "due_on"}.get(parts[-1], "reason")
        sentence = fault.sentence(gettext)
        if sentence not in self.errors.get(name, []):
            self.add_error(name, sentence)

    def refused(self) -> list[tuple[str, str]]:
        """Key and label of each field that cannot be saved so."""
        return [
            (self[name].id_for_label, str(self[name].label)) for name in self.errors if name in self.fields
        ]


def _initial(kept: Override) -> dict[str, Any]:
    start: dict[str, Any] = {"override_reason": kept.reason, "override_due_on": kept.next_due_on}
    for programme, wish in kept.programmes.items():
        start |= {_klass(programme): wish.klass, _action(programme): wish.action}
    return start


def _plain(override: Override) -> Override:
    """Without what a browser does to the ends of lines."""
    return replace(override, reason=" ".join(override.reason.split()))


def _klass(programme: str) -> str:
    return f"override_{programme}_class"


def _action(programme: str) -> str:
    return f"override_{programme}_action"
