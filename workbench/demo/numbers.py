"""Numbers of the demo's organizations: the shape and the check characters are right, the organizations invented."""

from typing import Final

from stdnum.cn import uscc

from alliances.identifiers import organization_check_digit
from alliances.models import AreaKind, CareTeam, Organization, ServiceArea, Tier
from workbench.demo import places

#: Institution class of WS 218 (general hospital, community centre, township hospital, CDC) by tier and name.
_CLASSES: Final = {Tier.TERTIARY: "A100", Tier.SECONDARY: "A100", Tier.CDC: "F100", Tier.BUREAU: "Z000"}
_TOWNSHIP: Final = "C220"
_CENTRE: Final = "B100"
_STATE_OWNED: Final = "11"
_PUBLIC: Final = "1"


def organization_code(number: int) -> str:
    """A code of nine that no register gives out: it begins with 9900."""
    first = f"9900{number:04d}"
    return first + organization_check_digit(first)


def social_credit_code(place: places.Place, number: int) -> str:
    """Of a government office (11) or a public institution (12)."""
    body = ("11" if place.tier == Tier.BUREAU else "12") + place.area + organization_code(number)
    check: str = uscc.calc_check_digit(body)
    return body + check


def institution_code(place: places.Place, number: int) -> str:
    """Of WS 218: organization code, area, economy, class, management. An office that treats nobody has none."""
    if place.tier == Tier.BUREAU:
        return ""
    kind = _CLASSES.get(place.tier) or (_TOWNSHIP if place.name.endswith("卫生院") else _CENTRE)
    return organization_code(number) + place.area + _STATE_OWNED + kind + _PUBLIC


def areas(centre: places.Centre, organization: Organization, teams: list[CareTeam]) -> list[ServiceArea]:
    """The communities and villages of a centre, unsaved, each with the area team that covers it."""
    return [
        ServiceArea(
            organization=organization, name=name, care_team=team,
            kind=AreaKind.VILLAGE if name.endswith("村") else AreaKind.COMMUNITY,
        )
        for team in teams
        for name in team.areas
        if name in centre.villages
    ]  # fmt: skip
