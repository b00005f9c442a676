"""Plans in every state, lifestyle goals with progress, and a haemodialysis pathway under way: by the product's own actions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from accounts.models import User
from followups.models import CarePlan, PlanProposal
from followups.plans import care_plans, care_tasks, lifestyle, proposals
from followups.plans.care_plans import Seen
from followups.plans.content import Content, Target
from followups.plans.lifestyle import Agreement, Session
from followups.plans.pathways import catalogue, running
from journal.models import Communication, CommunicationStatus
from patients.models import Patient, Task
from patients.programmes import Programme
from referrals.models import ServiceRequest
from workbench.demo.alliance import Stage
from workbench.demo.chance import Chance

_WHY: Final = "近两次随访收缩压未达标，家庭自测均值偏高。"
_PRESSURE: Final = Target("systolic", high=Decimal(130)), Target("diastolic", high=Decimal(80))
_FIRST: Final = (
    "原发性高血压 2 级（中危）",
    "苯磺酸氨氯地平片 5 mg，每日 1 次",
    "低盐饮食，每日食盐少于 5 g；每周测压 3 次。",
)
_CHANGED: Final = ("原发性高血压 2 级（高危）", "苯磺酸氨氯地平片 5 mg 每日 1 次；缬沙坦胶囊 80 mg 每日 1 次",
                   "低盐饮食，每日食盐少于 5 g；晨起测压并记录；一个月后复查血钾、肌酐。")  # fmt: skip
#: kind, aim, baseline, target, and (days ago, how, what, minutes, value) of the sessions.
_GOALS: Final[tuple[tuple[Any, ...], ...]] = (
    ("salt", "少吃咸菜和腊肉", "10", "5", (
        (70, "face", "估算每日食盐量，发放限盐勺", 20, "9"), (42, "phone", "回访限盐勺使用情况，教看食品标签", 10, "7.5"),
        (14, "face", "查看三日膳食记录，腌制品减至每周一次", 15, "6"))),
    ("exercise", "晚饭后去河边走路", "60", "150", (
        (70, "face", "评估运动能力，制定快走计划", 15, "80"), (42, "phone", "鼓励结伴快走，避开清晨", 10, "110"),
        (14, "face", "快走耐受良好，增加到每周五次", 10, "150"))),
    ("smoking", "先减到半包以内", "15", "0", (
        (56, "face", "简短戒烟干预，商定减量步骤", 20, "12"), (14, "face", "复评戒断症状，推荐尼古丁贴片", 15, "10"))),
    ("self_measurement", "", "1", "3", ((42, "home", "教家属测压方法并核对血压计", 25, "3"),)),
)  # fmt: skip
_STEPS: Final = (
    (24, "近 4 次透析记录已核对，右前臂内瘘通畅，乙肝、丙肝、梅毒、HIV 均阴性，合并高血压。"),
    (19, "同意在社区维持透析；警惕透析中低血压与高钾。"),
    (17, "已与肾内科值班建立直通联系，透析中急症直接转肾内科病房，先救治后办手续。"),
    (
        11,
        "干体重 58.5 kg，每周 3 次、每次 4 小时，低分子肝素抗凝；目标血压低于 140/90，血红蛋白 110 至 130 g/L。",
    ),
)


@dataclass
class Plans:
    """Writes the plans of a stage as they stand on a day; the history of the residents must be written."""

    stage: Stage
    chance: Chance
    today: date
    told: frozenset[UUID] = frozenset()  # residents whose story is written elsewhere
    known: set[UUID] = field(default_factory=set)

    def write(self) -> None:
        """One resident a state, of the third area team and its doctor; as many as there are."""
        team = self.stage.teams["nanquan", "第三片区团队"]
        rows = CarePlan.objects.filter(revision=0, patient__care_team=team, patient__deceased_on__isnull=True)
        # A referral's snapshot holds the plan of its time: such residents are left as they are.
        rows = rows.exclude(patient__in=ServiceRequest.objects.values("patient"))
        rows = (
            rows.exclude(patient__in=self.told)
            .filter(patient__programmes__contains=[Programme.HYPERTENSION])
            .select_related("patient")
        )
        people: Iterator[Patient] = (plan.patient for plan in rows.order_by("patient_id")[:8])
        for act in (self._followed, self._awaiting, self._sent_back, self._drafted, self._overdue, self._due_soon,
                    self._to_carry_out, self._dialysed):  # fmt: skip
            patient = next(people, None)
            if patient is not None:
                act(patient)
        told = Communication.objects.filter(kind__in=["plan_sent", "plan_sent_back", "plan_signed"])
        told.update(status=CommunicationStatus.COMPLETED, sent_at=F("not_before"), created_at=F("not_before"))
        told.filter(not_before__lt=self._at(3)).update(read_at=F("not_before") + timedelta(hours=6))

    # ---- the states

    def _followed(self, patient: Patient) -> None:
        """Signed twice, carried out, with goals and their progress."""
        self._sign(patient, self._send(patient, 82), 80, review=self.today - timedelta(days=20))
        self._sign(
            patient, None, 30, texts=_CHANGED, why="血压仍未达标，加用缬沙坦。", review=self._later(60)
        )
        for kind, aim, baseline, target, sessions in _GOALS:
            start = self.today - timedelta(days=sessions[0][0])
            agreement = Agreement(kind, Decimal(baseline), Decimal(target), self._later(30), aim)
            lifestyle.agree(patient, agreement, by=self._user("luoyi"), on=start)
        done: list[tuple[int, str, list[Any]]] = [
            (ago, kind, rest) for kind, *_about, sessions in _GOALS for ago, *rest in sessions
        ]
        for ago, kind, (how, what, minutes, value) in sorted(done, key=lambda one: -one[0]):
            soon = self._later(6) if ago == 14 and kind == "salt" else None
            session = Session(kind, how, what, minutes, Decimal(value), soon)
            lifestyle.log(patient, session, by=self._user("luoyi"), organization=patient.organization,
                          on=self.today - timedelta(days=ago), at=self._at(ago))  # fmt: skip
            self._fix_keys(self._at(ago))

    def _awaiting(self, patient: Patient) -> None:
        self._send(patient, 1)

    def _sent_back(self, patient: Patient) -> None:
        sent = self._send(patient, 4)
        reason = "请补充近期血钾、肌酐和尿白蛋白/肌酐比值，再定第二种药物。"
        proposals.send_back(patient, reason, seen=sent.version, by=self._user("liujingming"), at=self._at(2))
        self._fix_keys(self._at(2))

    def _drafted(self, patient: Patient) -> None:
        content = self._content(_FIRST, self._later(90))
        proposals.save_draft(patient, content, _WHY, seen=None, by=self._user("zhouwenbo"), at=self._at(1))

    def _overdue(self, patient: Patient) -> None:
        self._sign(patient, self._send(patient, 97), 96, review=self.today - timedelta(days=5))

    def _due_soon(self, patient: Patient) -> None:
        self._sign(patient, self._send(patient, 84), 82, review=self._later(8))

    def _to_carry_out(self, patient: Patient) -> None:
        self._sign(patient, self._send(patient, 3), 1, review=self._later(89), taken_over=False)

    def _dialysed(self, patient: Patient) -> None:
        """Community haemodialysis, four steps done, the fifth overdue."""
        department = self.stage.departments["banan", "nephrology"]
        specialist = self.stage.specialists.get(department.pk, [self._user("liujingming")])[0]
        template = catalogue.built_in()["community-haemodialysis"]
        doctor, begun = self._user("zhouwenbo"), self._at(27)
        way = running.start(patient, template, department=department, consent=True, by=doctor, at=begun)
        self._fix_keys(begun)
        for position, (ago, note) in enumerate(_STEPS, 1):
            by = specialist if position in (2, 4) else doctor
            running.finish(way, position, note, by=by, at=self._at(ago))
            self._fix_keys(self._at(ago))

    # ---- what they are made of

    def _send(self, patient: Patient, ago: int) -> PlanProposal:
        department = self.stage.departments["banan", "cardiology"]
        sent = proposals.send(
            patient, self._content(_FIRST, self._later(90)), _WHY, department=department, consent=True, seen=None,
            by=self._user("zhouwenbo"), at=self._at(ago),
        )  # fmt: skip
        self._fix_keys(self._at(ago))
        return sent

    def _sign(
        self, patient: Patient, proposal: PlanProposal | None, ago: int, *, review: date, texts: tuple[str, str, str] = _FIRST,
        why: str = _WHY, taken_over: bool = True,
    ) -> None:  # fmt: skip
        revision = CarePlan.objects.values_list("revision", flat=True).get(patient=patient)
        seen = Seen(revision, proposal.pk, proposal.version) if proposal else Seen(revision)
        care_plans.sign_here(
            patient, self._content(texts, review), why=why, seen=seen, by=self._user("liujingming"), at=self._at(ago),
            department=self.stage.departments["banan", "cardiology"],
        )  # fmt: skip
        self._fix_keys(self._at(ago))
        if taken_over:
            care_plans.take_over(patient, by=self._user("zhouwenbo"), at=self._at(ago - 1))

    @staticmethod
    def _content(texts: tuple[str, str, str], review: date) -> Content:
        return Content(*texts, _PRESSURE, review)

    def _user(self, name: str) -> User:
        return self.stage.users[name]

    def _later(self, days: int) -> date:
        return self.today + timedelta(days=days)

    def _at(self, days_ago: int) -> datetime:
        day = self.today - timedelta(days=days_ago)
        return datetime.combine(day, time(9, 40), timezone.get_default_timezone())

    def _fix_keys(self, at: datetime) -> None:
        """Tasks made just now get keys of the seed, so that the same seed gives the same rows; and their own moment."""
        fresh = (
            Task.objects.filter(kind__in=care_tasks.KINDS).exclude(pk__in=self.known).order_by("kind", "role")
        )
        for task in list(fresh):
            Task.objects.filter(pk=task.pk).delete()
            task.pk, task.created_at = self.chance.key(at), at
            task.save(force_insert=True)
            self.known.add(task.pk)
