"""What is written on a referral: why, what was tried, and what comes back. Words of the demo, in the language of its staff."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from followups.models import Klass
from followups.plans.care_plans import Target
from patients.programmes import Programme
from referrals.cases import reason_in_words, values_in_words
from referrals.models import ServiceRequest
from workbench.demo.organs import VESSELS

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
_LUNGS: Final = {
    "diagnosis": ("慢性阻塞性肺疾病 GOLD 2 级，B 组", "慢性阻塞性肺疾病，近期加重后恢复"),
    "findings": ("肺功能示中度阻塞性通气功能障碍，胸片未见感染征象。", "血气分析氧分压 68 mmHg，心脏彩超肺动脉压轻度升高。"),
    "treatment": ("调整为双支气管扩张剂吸入，复训吸入装置用法。", "短程口服激素后停药，继续规律吸入治疗，肺康复指导。"),
    "plan": ("每月复查 CAT 和血氧饱和度，每年接种流感疫苗；3 个月后复查肺功能。", "戒烟，家庭呼吸操每日 2 次；咳痰变黄或气促加重及时联系团队。"),
}  # fmt: skip
_KIDNEYS: Final = {
    "diagnosis": ("慢性肾脏病 G3a 期 A2", "慢性肾脏病 G3b 期，高血压"),
    "findings": ("肾脏超声双肾大小正常、皮质回声增强，血钾正常。", "尿蛋白定量 0.8 g/24h，肾动脉超声未见狭窄。"),
    "treatment": ("血管紧张素受体拮抗剂加量，加用钠-葡萄糖协同转运蛋白2抑制剂。", "调整降压方案，停用非甾体抗炎药，低蛋白饮食指导。"),
    "plan": ("2 周后复查血钾和肌酐，血压控制在 130/80 以下；3 个月复查尿白蛋白/肌酐比值。", "每 3 个月复查肾功能、电解质；避免肾毒性药物。"),
}  # fmt: skip
_BRAIN: Final = {
    "diagnosis": ("缺血性卒中恢复期，血压血脂未达标", "脑卒中后遗症期"),
    "findings": ("颈动脉超声示多发斑块，无明显狭窄；头颅 CT 未见新发病灶。", "低密度脂蛋白偏高，动态血压夜间偏高，肝肾功能正常。"),
    "treatment": ("他汀加量并联合依折麦布，继续抗血小板治疗。", "调整降压和调脂方案，康复科评估后居家训练。"),
    "plan": ("4 周后复查血脂和肝酶，低密度脂蛋白目标低于 1.8 mmol/L；血压低于 130/80。", "坚持抗血小板和他汀治疗；肢体无力、言语不清立即就诊。"),
}  # fmt: skip
_CORONARY: Final = {
    "diagnosis": ("冠状动脉粥样硬化性心脏病，稳定型心绞痛", "冠心病，血脂未达标"),
    "findings": ("运动负荷试验未诱发心绞痛，低密度脂蛋白偏高。", "心电图未见急性改变，左室射血分数 58%。"),
    "treatment": ("他汀联合依折麦布，加用β受体阻滞剂。", "调整降压和调脂方案，继续抗血小板治疗。"),
    "plan": ("4 周后复查血脂和肝酶，低密度脂蛋白目标低于 1.8 mmol/L。", "坚持抗血小板和他汀治疗；胸痛超过 15 分钟立即就诊。"),
}  # fmt: skip
_LIPIDS: Final = {
    "diagnosis": ("混合型高脂血症", "高胆固醇血症"),
    "findings": ("甲状腺功能正常，肝酶正常，颈动脉内膜轻度增厚。", "肌酸激酶正常，未见家族性高胆固醇血症依据。"),
    "treatment": ("中等强度他汀联合依折麦布。", "他汀加量，营养科饮食指导。"),
    "plan": ("6 周后复查血脂和肝酶；少油饮食，每周运动 150 分钟。", "3 个月后复查血脂，达标后每半年一次。"),
}  # fmt: skip
_WORDS: Final[Mapping[Programme, Mapping[str, tuple[str, ...]]]] = {
    Programme.DIABETES: _SUGAR, Programme.COPD: _LUNGS, Programme.CKD: _KIDNEYS, Programme.STROKE: _BRAIN,
    Programme.CHD: _CORONARY, Programme.DYSLIPIDAEMIA: _LIPIDS,
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
    words = _WORDS.get(programme, _HEART)
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
    if life.course.hypertensive or not life.organs.programmes.isdisjoint((*VESSELS, Programme.CKD)):
        found += [
            Target("systolic", high=Decimal(140 if old else 130)),
            Target("diastolic", high=Decimal(90 if old else 80)),
        ]
    if life.course.diabetic:
        found += [Target("fasting_glucose", Decimal("4.4"), Decimal("7.0")),
                  Target("hba1c", high=Decimal("8.0" if old else "7.0"))]  # fmt: skip
    if not life.organs.programmes.isdisjoint(VESSELS):
        found.append(Target("ldl", high=Decimal("1.8")))
    elif Programme.DYSLIPIDAEMIA in life.organs.programmes:
        found.append(Target("ldl", high=Decimal("2.6")))
    return found


def _number(value: Any) -> Any:
    return int(value) if value == int(value) else float(value)
