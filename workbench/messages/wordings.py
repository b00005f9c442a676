"""Texts of messages: what is built in, what an organization or an alliance wrote instead, a preview, the history."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from alliances.guards import SignedInRequest, requires
from alliances.models import Alliance, Organization, Role
from alliances.permissions import TABLE, Permission
from journal import letters, wordings
from journal.letters import MessageKind, Text
from journal.models import OUTSIDE, Channel, Language, Owner, Wording
from journal.wordings import MOST_SEGMENTS, Place, WordingRefused

HISTORY = 20


class WordingForm(forms.Form):
    """Subject and body with variables in braces."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=100, required=False)
    body = forms.CharField(
        label=gettext_lazy("Text"), max_length=1000, widget=forms.Textarea(attrs={"rows": 6})
    )

    def __init__(self, *args: Any, kind: MessageKind, channel: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.channel = kind, channel
        if channel == Channel.SMS:
            del self.fields["subject"]

    def clean(self) -> dict[str, Any]:
        """Every variable exists, the needed ones are there, a text message is not too long."""
        found = super().clean() or {}
        needed = [name for name, variable in self.kind.variables.items() if variable.needed]
        for field, must in (("subject", []), ("body", needed)):
            try:
                wordings.check(found.get(field, ""), field=field, allowed=self.kind.variables, needed=must)
            except WordingRefused as refused:
                self.add_error(
                    refused.field if refused.field in self.fields else None,
                    _(refused.message) % refused.params,
                )
        if self.channel == Channel.SMS and "body" in found and not self.errors:
            size = wordings.size_of(preview(self.kind, Text("", found["body"]), Language.CHINESE).body)
            if size.segments > MOST_SEGMENTS:
                self.add_error("body", _("The text message would take %(n)s parts; %(most)s at most.") % {
                    "n": size.segments, "most": MOST_SEGMENTS})  # fmt: skip
        return found


def preview(kind: MessageKind, text: Text, language: str) -> letters.Letter:
    """The text as a made-up person would get it."""
    return letters.filled(text, {name: v.sample for name, v in kind.variables.items()}, language)


def _owner(request: SignedInRequest) -> tuple[str, int, str]:
    """Whose texts the person writes: of the alliance, or of the organization of the post that allows it."""
    for post in request.scope.posts:
        if Permission.WORDING_MANAGE not in TABLE[Role(post.role)].may:
            continue
        if post.alliance_id:
            return Owner.ALLIANCE, post.alliance_id, str(Alliance.objects.get(pk=post.alliance_id))
        return (
            Owner.ORGANIZATION,
            post.organization_id,
            str(Organization.objects.get(pk=post.organization_id)),
        )
    raise Http404


@require_GET
@requires(Permission.WORDING_MANAGE)
def wordings_of_owner(request: SignedInRequest) -> HttpResponse:
    """Every kind with its channels and languages, and which of them are written anew."""
    owner, owner_id, name = _owner(request)
    rows = Wording.objects.filter(owner=owner, owner_id=owner_id).order_by("number")
    written = {(w.kind, w.channel, w.language): bool(w.body) for w in rows}
    kinds = [(kind, [(c, tongue, written.get((kind.code, c, tongue), False)) for tongue in Language for c in OUTSIDE])
             for kind in letters.kinds()]  # fmt: skip
    return render(request, "workbench/wordings.html", {"kinds": kinds, "owner": name})


@require_http_methods(["GET", "POST"])
@requires(Permission.WORDING_MANAGE)
def wording(request: SignedInRequest, kind: str, channel: str, language: str) -> HttpResponse:
    """One text: written, looked at, or put back to what is built in."""
    try:
        known = letters.kind_of(kind)
    except LookupError:
        raise Http404 from None
    if channel not in OUTSIDE or language not in Language.values:
        raise Http404
    owner, owner_id, name = _owner(request)
    place = Place(kind, channel, language, owner, owner_id)
    built_in = known.built_in(channel, language)
    editions = list(place.editions()[:HISTORY])
    now = Text(editions[0].subject, editions[0].body) if editions and editions[0].body else built_in
    act = request.POST.get("act", "") if request.method == "POST" else ""
    if act == "reset":
        wordings.write(place, subject="", body="", by=request.user)
        messages.success(request, _("The built-in text counts again."))
        return redirect(request.path)
    form = WordingForm(
        request.POST if act else None,
        initial={"subject": now.subject, "body": now.body},
        kind=known,
        channel=channel,
    )
    if act and form.is_valid():
        now = Text(form.cleaned_data.get("subject", ""), form.cleaned_data["body"])
        if act == "save":
            wordings.write(place, subject=now.subject, body=now.body, by=request.user)
            messages.success(request, _("Saved. It counts for every message that leaves from now on."))
            return redirect(request.path)
    seen = preview(known, now, language)
    context = {
        "form": form, "kind": known, "channel": Channel(channel), "tongue": Language(language), "owner": name,
        "editions": editions, "seen": seen, "size": wordings.size_of(seen.body), "built_in": built_in,
        "is_written": bool(editions and editions[0].body), "back": reverse("workbench:wordings"),
    }  # fmt: skip
    return render(
        request,
        "workbench/wording.html",
        context,
        status=422 if form.errors or act not in {"", "look"} else 200,
    )
