"""Agreements, directors and mentoring, trainings and certificates of the demo alliance."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.utils import timezone

from accounts.models import User
from alliances import certificates
from alliances.certificates import NEEDED
from alliances.models import (
    Agreement,
    AgreementLine,
    Attendance,
    Certificate,
    CertificateKind,
    MentoringPair,
    MentoringSession,
    MentoringTarget,
    Organization,
    PairKind,
    PractitionerRole,
    Role,
    SessionMethod,
    Training,
    TrainingAttendance,
)
from alliances.paper_fields import period_of
from journal.models import Communication, CommunicationStatus
from workbench.demo import places
from workbench.demo.alliance import Stage
from workbench.demo.chance import Chance

_GREEN: Final = "急危重症患者先救治后办手续；凭转诊单免挂号，由转诊办专人引导，床位优先安排。"
_TOPICS: Final = (
    "血压反复不达标的处理",
    "胰岛素起始与调整",
    "心电图判读",
    "糖尿病足筛查",
    "高血压合并肾病的用药",
    "家庭医生查房示教",
)
#: (specialist, centre): directors, and (specialist, practitioner's user name, centre, target): mentoring.
_DIRECTORS: Final = (
    ("liujingming", "nanquan"), ("yanghongmei", "longzhou"), ("xumin", "jiantan"), ("wangchuan", "yunzhuan"),
    ("pengyating", "taohua"),
)  # fmt: skip
_MENTORED: Final = (
    ("liujingming", "zhouwenbo", "nanquan", 12), ("xumin", "hejing", "nanquan", 8),
    ("yanghongmei", "malin", "longzhou", 6), ("zhangqiming", "qinhao", "nanquan", None),
)  # fmt: skip


@dataclass(frozen=True)
class Papers:
    """Writes the papers of a stage as they stand on a day."""

    stage: Stage
    chance: Chance
    today: date

    def write(self) -> None:
        """All of them."""
        self._agreements()
        for number, (mentor, centre) in enumerate(_DIRECTORS):
            self._pair(mentor, None, centre, 6 + number % 3)
        for mentor, mentee, centre, target in _MENTORED:
            self._pair(mentor, mentee, centre, target)
        self._held_training()
        self._coming_training()
        self._certificates()
        _notices(self.today)

    def _agreements(self) -> None:
        """Each centre with its hospital and with the tertiary one; one ends soon and is renewed, one has ended."""
        year = self.today.year
        for number, centre in enumerate(places.CENTRES):
            hospital = "first" if number == len(places.CENTRES) - 1 else centre.hospital
            self._agree(centre.code, hospital, date(year - 1, 1, 1), date(year + 1, 12, 31), beds=2)
        soon = self.today + timedelta(days=36)
        self._agree("nanquan", "first", self.today - timedelta(days=329), soon, beds=1)
        self._agree("nanquan", "first", soon + timedelta(days=1), soon + timedelta(days=365), beds=1)
        self._agree(
            "longzhou", "first", self.today - timedelta(days=500), self.today - timedelta(days=136), beds=0
        )

    def _agree(self, source: str, target: str, first: date, last: date, *, beds: int) -> None:
        hospital = self.stage.places[target]
        agreement = Agreement.objects.create(
            source=self.stage.places[source], target=hospital, period=period_of(first, last), green_channel=True,
            green_channel_terms=_GREEN, answer_emergency_minutes=30, answer_urgent_hours=24, answer_routine_days=2,
            phone=f"{hospital.phone}-8000",
        )  # fmt: skip
        AgreementLine.objects.bulk_create(
            AgreementLine(agreement=agreement, department=department, programmes=department.programmes,
                          clinic_slots=4 if beds else 2, beds=beds)
            for (place, _code), department in self.stage.departments.items()
            if place == target
        )  # fmt: skip

    def _pair(self, mentor: str, mentee: str | None, centre: str, target: int | None) -> None:
        """A pair since last year, with this year's sessions up to yesterday."""
        user, taught = self.stage.users[mentor], self.stage.users[mentee] if mentee else None
        pair = MentoringPair.objects.create(
            kind=PairKind.MENTORING if mentee else PairKind.DIRECTOR, mentor=user, mentor_organization=_place_of(user),
            organization=self.stage.places[centre], mentee=taught, topic="慢病规范诊疗" if mentee else "",
            period=period_of(date(self.today.year - 1, 3, 1), date(self.today.year + 1, 12, 31)),
        )  # fmt: skip
        if target is not None:
            MentoringTarget.objects.create(pair=pair, year=self.today.year, sessions=target)
        first, last = date(self.today.year, 1, 1), self.today - timedelta(days=1)
        held = self.chance.between(3, target or 5) if last >= first else 0
        MentoringSession.objects.bulk_create(
            MentoringSession(
                pair=pair, on=self.chance.day(first, last), method=self.chance.choice(SessionMethod.values),
                topic=self.chance.choice(_TOPICS), minutes=30 * self.chance.between(1, 4), recorded_by=taught or user,
            )
            for _number in range(held)
        )  # fmt: skip

    def _held_training(self) -> None:
        """Three weeks ago, for the alliance: most came."""
        training = Training.objects.create(
            organization=self.stage.places["first"], alliance=self.stage.alliance, title="基层高血压规范管理培训班",
            topic="高血压", lecturer="张启明", place="市一医院学术报告厅", minutes=180,
            begins_at=self._moment(-21, 14),
        )  # fmt: skip
        marks = ((Attendance.ATTENDED, 0.86), (Attendance.EXCUSED, 0.09), (Attendance.ABSENT, 0.05))
        TrainingAttendance.objects.bulk_create(
            TrainingAttendance(training=training, user=user, organization=place,
                               status=self.chance.weighted(marks), recorded_by=self.stage.users["shenliqun"])
            for user, place in self._people((Role.GENERAL_PRACTITIONER, Role.TEAM_LEAD, Role.NURSE))
        )  # fmt: skip

    def _coming_training(self) -> None:
        """In ten days, for the people of one centre."""
        training = Training.objects.create(
            organization=self.stage.places["nanquan"], title="糖尿病患者胰岛素注射与低血糖处理", topic="糖尿病",
            lecturer="许敏", method="remote", place="远程会议室", minutes=90, begins_at=self._moment(10, 15),
        )  # fmt: skip
        TrainingAttendance.objects.bulk_create(
            TrainingAttendance(training=training, user=user, organization=place)
            for user, place in self._people((Role.GENERAL_PRACTITIONER, Role.NURSE, Role.VILLAGE_DOCTOR))
            if place == training.organization
        )

    def _certificates(self) -> None:
        """Everybody has the paper the post asks for, but the pharmacist; one ends soon, one has ended."""
        ends = {"zhouwenbo": self.today + timedelta(days=28), "dengshiquan": self.today - timedelta(days=12)}
        made = []
        for number, (user, role) in enumerate(self._practitioners()):
            if user.username == "fengjie":
                continue
            issued = self.chance.day(self.today - timedelta(days=1500), self.today - timedelta(days=400))
            last = ends.get(user.username, issued + timedelta(days=365 * 5))
            endless = NEEDED[role] == CertificateKind.PHYSICIAN and user.username not in ends
            made.append(
                Certificate(
                    user=user, kind=NEEDED[role], number=f"000500113{number:06d}", issued_by="巴南区卫生健康委员会",
                    issued_on=issued, expires_on=None if endless else last,
                )
            )  # fmt: skip
        Certificate.objects.bulk_create(made)

    def _practitioners(self) -> list[tuple[User, Role]]:
        """Everybody whose post asks for a certificate, with the first such role."""
        posts = PractitionerRole.objects.filter(role__in=list(NEEDED)).select_related("user").order_by("pk")
        found: dict[int, tuple[User, Role]] = {}
        for post in posts:
            found.setdefault(post.user_id, (post.user, Role(post.role)))
        return list(found.values())

    def _people(self, roles: tuple[Role, ...]) -> list[tuple[User, Organization]]:
        posts = (
            PractitionerRole.objects.filter(role__in=roles)
            .select_related("user", "organization")
            .order_by("pk")
        )
        return list({post.user_id: (post.user, post.organization) for post in posts}.values())

    def _moment(self, days: int, hour: int) -> datetime:
        on = self.today + timedelta(days=days)
        return datetime.combine(on, time(hour), timezone.get_default_timezone())


def _place_of(user: User) -> Organization:
    return (
        PractitionerRole.objects.select_related("organization")
        .filter(user=user)
        .order_by("pk")[0]
        .organization
    )


def _notices(today: date) -> None:
    """The warnings of today, delivered."""
    certificates.warn(on=today)
    rows = Communication.objects.filter(kind="certificate_ending")
    for row in rows:
        row.status, row.sent_at = CommunicationStatus.COMPLETED, row.not_before
        row.save(update_fields=["status", "sent_at"])
