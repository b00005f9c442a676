"""How the demo's teams are made up, who joins from the hospital, and who was handed from one team to another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Final

from psycopg2.extras import DateRange

from alliances.models import CareTeam, CareTeamMember, Composition, Role, TeamKind
from journal.models import CommunicationStatus
from patients import handover_notices
from patients.models import Handover, HandoverReason, HandoverStatus
from workbench.demo.alliance import Stage
from workbench.demo.chance import Chance
from workbench.demo.residents import Resident, Span
from workbench.demo.write import Rows

_CENTRE: Final = "nanquan"
_SPECIALTY: Final = (_CENTRE, "慢病专科团队")
_TAKES: Final = (_CENTRE, "第三片区团队")
#: A team that lacks somebody: its villages have no pharmacist.
_LACKS: Final = (_CENTRE, "第五片区团队")
_VISITOR: Final = "liujingming"
_BEFORE: Final = 4  # handed over during the history
_WAITING: Final = 2


def compose(stage: Stage, span: Span) -> None:
    """The rules of the teams; the specialty team has its specialist from the hospital."""
    for key, team in stage.teams.items():
        team.composition = (
            [Composition.ONE_ONE_X]
            if team.kind == TeamKind.AREA
            else [Composition.THREE_PRACTITIONERS, Composition.FAMILY_PHARMACIST]
        )
        if key == _LACKS:
            team.composition.append(Composition.FAMILY_PHARMACIST)
    CareTeam.objects.bulk_update(stage.teams.values(), ["composition"])
    CareTeamMember.objects.create(
        care_team=stage.teams[_SPECIALTY],
        user=stage.users[_VISITOR],
        role=Role.SPECIALIST,
        period=DateRange(span.first, None),
    )


def hand_over(people: Sequence[Resident], stage: Stage, span: Span, rows: Rows, chance: Chance) -> None:
    """Some came from the specialty team, stable; two wait for the third area, and one critical for the specialty team.

    Before their lives are lived: visits and follow-ups belong to the team of their day.
    """
    specialty, takes = stage.teams[_SPECIALTY], stage.teams[_TAKES]
    near = (one for one in _movable(people) if one.team == takes)
    offered = Offers(stage, span, rows, chance)
    for one in islice(near, _WAITING):
        one.team = one.patient.care_team = specialty
        offered.add(one, takes, HandoverReason.CASE_MANAGEMENT, "病情平稳，居住在本片区，转片区团队个案管理")
    for one in islice(near, 1):
        offered.add(one, specialty, HandoverReason.CRITICAL, "近期胸闷、血压波动大，请专科团队接管")
    gone = {row.patient.pk for row in rows.of(Handover)}
    for one in islice((one for one in _movable(people) if one.patient.pk not in gone), _BEFORE):
        one.earlier_team = specialty
        one.moved_on = chance.day(span.first + timedelta(days=30), span.last - timedelta(days=20))
        rows.add(_accepted(one, stage, one.moved_on, chance))


def _movable(people: Sequence[Resident]) -> Iterator[Resident]:
    """Managed residents of the centre whose history is drawn, goes on, and knows one team."""
    return (
        one
        for one in people
        if one.centre.code == _CENTRE
        and one.enrolled
        and not one.script
        and one.ended_on is None
        and one.earlier_team is None
    )


def _accepted(one: Resident, stage: Stage, on: date, chance: Chance) -> Handover:
    proposed_at = chance.hour(on - timedelta(days=chance.between(1, 4)))
    return Handover(
        id=chance.key(proposed_at), patient=one.patient, organization=one.team.organization,
        from_team=one.earlier_team, to_team=one.team, reason=HandoverReason.CASE_MANAGEMENT, text="病情平稳，转片区团队个案管理",
        proposed_by=stage.doctor(stage.teams[_SPECIALTY])[1], proposed_at=proposed_at,
        status=HandoverStatus.ACCEPTED, answered_by=stage.doctor(one.team)[1], answered_at=chance.hour(on),
    )  # fmt: skip


@dataclass(frozen=True)
class Offers:
    """Writes offers of yesterday that wait for an answer, with what the other team was told."""

    stage: Stage
    span: Span
    rows: Rows
    chance: Chance

    def add(self, one: Resident, to: CareTeam, reason: HandoverReason, text: str) -> None:
        at = self.chance.hour(self.span.last)
        row = Handover(
            id=self.chance.key(at), patient=one.patient, organization=one.team.organization, from_team=one.team,
            to_team=to, reason=reason, text=text, proposed_by=self.stage.doctor(one.team)[1], proposed_at=at,
        )  # fmt: skip
        self.rows.add(row)
        for message in handover_notices.proposed([row], at=at):
            message.id, message.created_at = self.chance.key(at), at
            message.status, message.sent_at = CommunicationStatus.COMPLETED, at
            self.rows.add(message)
