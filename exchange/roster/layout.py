"""The two sheets of a roster and their columns, as data.

`HEADINGS` are the words printed in the workbook (Chinese in every language of the screen: they are the form's own).
Every column must be there: a heading written differently would otherwise lose a whole column of diagnoses silently.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """One sheet: its name; per field of our code the heading of its column; how many characters a text may have."""

    name: str
    headings: dict[str, str]
    longest: dict[str, int]

    def heading(self, field: str) -> str:
        """The column's heading as the workbook prints it."""
        return self.headings[field]


ARCHIVE: Final = SheetLayout(
    "居民档案",
    {
        "name": "姓名",
        "sex": "性别",
        "number": "身份证号",
        "birth_date": "出生日期",
        "ethnicity": "民族",
        "phone": "联系电话",
        "address": "现住址",
        "village": "社区/村",
        "team": "家庭医生团队",
        "doctor": "责任医生",
        "archived_on": "建档日期",
        "contracted_on": "签约日期",
        "package": "签约类型",
        "groups": "人群分类",
        "hypertension_on": "高血压确诊日期",
        "diabetes_on": "糖尿病确诊日期",
        "height": "身高(cm)",
        "weight": "体重(kg)",
        "waist": "腰围(cm)",
        "smoking": "吸烟状况",
        "allergies": "药物过敏史",
        "secondary": "签约二级医院",
        "tertiary": "签约三级医院",
    },
    {"name": 60, "ethnicity": 30, "village": 60, "address": 200},
)

VISITS: Final = SheetLayout(
    "随访记录",
    {
        "number": "身份证号",
        "name": "姓名",
        "visited_on": "随访日期",
        "method": "随访方式",
        "systolic": "收缩压(mmHg)",
        "diastolic": "舒张压(mmHg)",
        "heart_rate": "心率(次/分)",
        "fasting_glucose": "空腹血糖(mmol/L)",
        "weight": "体重(kg)",
        "symptoms": "症状",
        "adherence": "服药依从性",
        "adverse_reaction": "药物不良反应",
        "medicines": "用药",
        "doctor": "随访医生",
    },
    {"doctor": 60},
)

LONGEST_LABEL: Final = 30  # of a word in a list: groups, allergies
LONGEST_MEDICINE: Final = 80  # of a name, and of its dose

LAYOUTS: Final = (ARCHIVE, VISITS)
