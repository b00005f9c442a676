"""What stands in and beside the boxes of the map: names that fit, counts, and what a reader hears."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alliances.members import Member
from alliances.models import Tier
from workbench.alliance_map.layout import Box, Drawing, Line
from workbench.alliance_map.picture import Picture

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

#: The tiers in a word.
TIERS: "Final[dict[Tier, StrPromise]]" = {
    Tier.TERTIARY: gettext_lazy("tertiary"),
    Tier.SECONDARY: gettext_lazy("secondary"),
    Tier.COMMUNITY: gettext_lazy("community"),
    Tier.CDC: gettext_lazy("CDC"),
    Tier.BUREAU: gettext_lazy("bureau"),
}
_WIDE: Final = 13.2  # of a Chinese character at 13 px, others take about half
_SUFFIXES: Final = ("街道社区卫生服务中心", "社区卫生服务中心", "社区卫生服务站", "中心卫生院", "卫生院")


@dataclass(frozen=True, slots=True)
class Node:
    """A member as the map and the list show it."""

    member: Member
    box: Box
    name: str
    notes: list[str]
    up: int
    down: int
    teams: int
    chosen: bool
    says: str

    @property
    def name_y(self) -> float:
        """Where the name's line stands in the box."""
        return self.box.y + (self.box.height - 17 * (len(self.notes) + 1)) / 2 + 13

    @property
    def lines(self) -> list[tuple[str, float]]:
        """The notes below the name, each with where it stands."""
        return [(note, self.name_y + 17 * at) for at, note in enumerate(self.notes, start=1)]


def nodes(picture: Picture, drawing: Drawing, direction: str, chosen: int | None) -> list[Node]:
    """Every member that stands in a tier, in the order of the tiers."""
    made = [
        _node(picture, drawing.boxes[member.pk], member, direction, chosen=member.pk == chosen)
        for tier in (Tier.TERTIARY, Tier.SECONDARY, Tier.COMMUNITY)
        for member in picture.of_tier(tier)
    ]
    return sorted(made, key=lambda node: (-node.box.tier, node.box.y, node.box.x))


def _node(picture: Picture, box: Box, member: Member, direction: str, *, chosen: bool) -> Node:
    up, down = picture.sent_and_back(member.pk, direction)
    teams = len(picture.teams.get(member.pk, []))
    words = {"up": up, "down": down}
    if member.tier is Tier.COMMUNITY:
        notes = [_("↑%(up)s ↓%(down)s") % words]
        notes += [ngettext("%(n)s team", "%(n)s teams", teams) % {"n": teams}] if teams else []
        spoken = _("%(up)s sent up, %(down)s came back") % words
    else:
        notes = [_("received %(up)s") % words, _("returned %(down)s") % words]
        spoken = _("%(up)s received, %(down)s returned") % words
    marks = marks_of(member)
    if member.tier is Tier.COMMUNITY:
        notes = [*notes[:1], *marks] if marks else notes
    else:
        notes = _joined([*marks[:1], *notes], box.width - 12)
    says = _("%(name)s: %(spoken)s") % {
        "name": ", ".join([str(member.organization), member.organization.get_tier_display(), *marks]),
        "spoken": spoken,
    }  # fmt: skip
    return Node(member, box, fitting(member, box.width - 12), notes, up, down, teams, chosen, says)


def _joined(notes: list[str], room: float) -> list[str]:
    """The notes on one line where they fit, else on two."""
    whole = " · ".join(notes)
    return [whole] if _length(whole) <= room else [" · ".join(notes[:-1]), notes[-1]]


def marks_of(member: Member) -> list[str]:
    """What is special about a member: leads, left, closed."""
    closed = member.organization.closed_on is not None and not member.present
    left = member.left_on is not None and not member.present
    return [
        word
        for word, holds in (
            (_("lead"), member.leads),
            (_("no longer open"), closed),
            (_("left"), left and not closed),
        )
        if holds
    ]


def brief(member: Member) -> str:
    """The short name where there is one."""
    return member.organization.short_name or member.organization.name


def fitting(member: Member, room: float) -> str:
    """The fullest name that fits in so many pixels: name, short name, name without its kind, or its beginning."""
    organization = member.organization
    bare = next((organization.name.removesuffix(s) for s in _SUFFIXES if organization.name.endswith(s)), "")
    candidates = [name for name in (organization.name, organization.short_name, bare) if name]
    fits = next((name for name in candidates if _length(name) <= room), None)
    if fits:
        return fits
    cut = organization.short_name or bare or organization.name
    while len(cut) > 1 and _length(cut + "…") > room:
        cut = cut[:-1]
    return cut + "…"


def _length(text: str) -> float:
    return sum(_WIDE if ord(letter) > 0x2E7F or letter == "…" else _WIDE * 0.56 for letter in text)


def labelled(lines: list[Line]) -> list[tuple[Line, str]]:
    """The lines whose count is written beside them."""
    return [(line, f"{'↑' if line.direction == 'up' else '↓'}{line.count}") for line in lines if line.label]
