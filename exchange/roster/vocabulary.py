"""The words of the roster's closed columns and what they are called here."""

import re
from types import MappingProxyType
from typing import Final

LABEL_SEPARATORS: Final = re.compile(r"[、,;/\s]+")
MEDICINE_SEPARATORS: Final = re.compile(r"[;；\n]+")

SEXES: Final = MappingProxyType(
    # GB/T 2261.1 words and codes; unknown and not stated are read from the identity number.
    {"男": "male", "女": "female", "男性": "male", "女性": "female", "1": "male", "2": "female"}
    | {"未知": "", "未说明": "", "0": "", "9": ""}
)
PACKAGES: Final = MappingProxyType(
    {"基础包": "basic", "基础": "basic", "个性化": "personalised", "个性化包": "personalised"}
)
SMOKING: Final = MappingProxyType({"从不吸烟": "never", "已戒烟": "former", "吸烟": "current"})
METHODS: Final = MappingProxyType({"门诊": "clinic", "家庭": "home", "电话": "phone", "视频": "video"})
ADHERENCE: Final = MappingProxyType({"规律": "regular", "间断": "intermittent", "不服药": "none"})
YES_NO: Final = MappingProxyType({"无": "no", "有": "yes"})
# Symptoms of the national forms (hypertension, diabetes); any other word is kept in the visit's note.
SYMPTOMS: Final = MappingProxyType(
    {
        "头痛头晕": "headache_dizziness",
        "恶心呕吐": "nausea_vomiting",
        "眼花耳鸣": "blurred_vision",
        "视力模糊": "blurred_sight",
        "视物模糊": "blurred_sight",
        "呼吸困难": "dyspnoea",
        "心悸胸闷": "palpitation",
        "鼻衄出血不止": "nosebleed",
        "四肢发麻": "numbness",
        "手脚麻木": "numbness",
        "下肢水肿": "leg_oedema",
        "下肢浮肿": "leg_oedema",
        "多饮": "thirst",
        "多食": "hunger",
        "多尿": "polyuria",
        "感染": "infection",
        "体重明显下降": "weight_loss",
        "其他": "other",
    }
)
