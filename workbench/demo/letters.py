"""What is written on a referral: why, what was tried, and what comes back. Words of the demo, in the language of its staff."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from followups.models import Klass
from followups.plans.care_plans import Target
from patients.programmes import Programme
from referrals.cases import reason_in_words, values_in_words
from referrals.models import ServiceRequest

if TYPE_CHECKING:
    from workbench.demo.visits import Life

_HEART: Final = {
    "diagnosis": ("高血压病2级（高危）", "原发性高血压，血压控制不佳", "高血压病2级，左室肥厚"),
    "findings": ("心脏彩超示左室舒张功能减退，24 小时动态血压均值偏高，肾功能、电解质正常。",
                 "动态血压示夜间血压偏高，呈非杓型；颈动脉内膜增厚；血钾正常。",
                 "心电图左室高电压，尿微量白蛋白轻度升高，肾动脉超声未见狭窄。"),
    "treatment": ("调整降压方案并住院观察血压，排除继发性高血压。", "门诊调整降压药物，加用小剂量利尿剂，进行限盐教育。",
                  "改为长效制剂联合治疗，纠正服药时间。"),
    "plan": ("每 2 周测血压一次，连续 3 次达标后恢复每 3 个月随访；限盐每日 5 克以下；3 个月后复查肾功能和电解质。",
             "家庭自测血压早晚各一次并记录；如血压再次不低于 160/100，请再次转诊。"),
}  # fmt: skip
_SUGAR: Final = {
    "diagnosis": ("2型糖尿病，血糖控制不佳", "2型糖尿病伴血脂异常", "2型糖尿病，早期糖尿病肾病可能"),
    "findings": ("糖化血红蛋白 8.4%，尿白蛋白/肌酐比值正常，眼底未见明显病变。", "糖化血红蛋白 8.9%，低密度脂蛋白偏高，足背动脉搏动正常。",
                 "糖化血红蛋白 9.2%，尿白蛋白/肌酐比值 42 mg/g，建议复查。"),
    "treatment": ("调整口服降糖药，进行饮食和自我监测教育。", "短期住院强化治疗后改为口服药联合基础胰岛素。", "加用钠-葡萄糖协同转运蛋白2抑制剂，营养科会诊。"),
    "plan": ("每 2 周测空腹血糖，3 个月后复查糖化血红蛋白；主食每日 250 克左右，餐后步行 30 分钟。",
             "每周自测空腹和餐后血糖各 2 次；出现低血糖及时联系团队；每年查眼底和尿白蛋白。"),
}  # fmt: skip
_ADDED: Final = {
    Programme.HYPERTENSION: ({"name": "吲达帕胺缓释片", "dosage": "1.5mg qd", "change": "added"},),
    Programme.DIABETES: ({"name": "达格列净片", "dosage": "10mg qd", "change": "added"},),
}


def reason(life: Life) -> str:
    """Why the latest visit asks for it, and the last readings, newest first."""
    lines = [reason_in_words(why) for why in life.advice.reasons] if life.advice else []
    for visit in life.visits[-1:-4:-1]:
        values = values_in_words({name: _number(value) for name, value in visit.observations().items()})
        if values:
            lines.append(f"{visit.on:%Y-%m-%d} {values}")
    return "\n".join(dict.fromkeys(lines))


def impression(life: Life) -> str:
    """The diseases with what the protocol said of the latest visit."""
    judged = sorted(life.judged[life.visits[-1].pk], key=lambda a: a.programme)
    return "；".join(f"{Programme(a.programme).label} {Klass(a.klass).label}" for a in judged)


def tried(life: Life, at: datetime) -> str:
    """What is taken on the day."""
    return "\n".join(f"{m.name} {m.dosage}".strip() for m in life.cupboard.taking(timezone.localdate(at)))


def reply(life: Life, request: ServiceRequest, at: datetime) -> dict[str, Any]:
    """The fields of a reply; `targets` beside them."""
    chance, programme = life.chance, Programme(request.programme)
    words = _SUGAR if programme is Programme.DIABETES else _HEART
    day = timezone.localdate(at)
    taking = life.cupboard.taking(day)
    medicines = [{"name": m.name, "dosage": m.dosage, "change": "kept"} for m in taking]
    names = {m.name for m in taking}
    medicines += [dict(m) for m in _ADDED.get(programme, ()) if m["name"] not in names]
    return {
        **{part: chance.choice(choices) for part, choices in words.items()},
        "medicines": medicines,
        "next_check_on": day + timedelta(days=chance.choice((90, 90, 180))),
        "targets": _targets(life, day),
    }


def _targets(life: Life, day: Any) -> list[Target]:
    """Clinical targets, relaxed for the oldest; never the line of assessment."""
    old = life.one.patient.age(on=day) >= 80
    found = []
    if life.course.hypertensive:
        found += [
            Target("systolic", high=Decimal(140 if old else 130)),
            Target("diastolic", high=Decimal(90 if old else 80)),
        ]
    if life.course.diabetic:
        found += [Target("fasting_glucose", Decimal("4.4"), Decimal("7.0")),
                  Target("hba1c", high=Decimal("8.0" if old else "7.0"))]  # fmt: skip
    return found


def _number(value: Any) -> Any:
    return int(value) if value == int(value) else float(value)
