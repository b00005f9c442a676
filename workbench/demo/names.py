"""Invented Chinese names, telephones and identity numbers that look real and can belong to nobody."""

from datetime import date
from typing import Final

from stdnum.cn import ric

from patients.models.patient import Sex
from workbench.demo.chance import Chance

# Frequencies are rough, in percent of the people of Chongqing; the rest are single surnames of one part each.
_SURNAMES: Final = (
    ("李", 8.2), ("王", 6.9), ("张", 6.3), ("刘", 5.6), ("陈", 5.4), ("杨", 4.1), ("周", 3.1), ("罗", 2.5), ("黄", 2.4),
    ("何", 2.3), ("唐", 2.1), ("邓", 2.0), ("吴", 1.9), ("赵", 1.8), ("胡", 1.8), ("谭", 1.7), ("冯", 1.6), ("徐", 1.5),
    ("廖", 1.4), ("蒋", 1.4), ("秦", 1.3), ("彭", 1.3), ("曾", 1.2), ("向", 1.1), ("冉", 1.1), ("程", 1.0), ("谢", 1.0),
    ("朱", 1.0), ("郑", 0.9), ("余", 0.9), ("袁", 0.8), ("熊", 0.8), ("龚", 0.8), ("夏", 0.7), ("石", 0.7), ("孙", 0.7),
    ("马", 0.7), ("万", 0.6), ("田", 0.6), ("江", 0.6), ("牟", 0.5), ("陶", 0.5), ("喻", 0.4), ("傅", 0.4), ("欧阳", 0.2),
)  # fmt: skip

# Characters by the year of birth and sex: what parents liked.
_GIVEN: Final[tuple[tuple[int, dict[str, str]], ...]] = (
    (1950, {"male": "国德明光清云福昌贵荣华忠义文金树兴发永顺全富炳正", "female": "素淑秀桂珍玉兰芳英琼碧华贞群清芬菊蓉"}),
    (1966, {"male": "国建明华军志文平光荣忠林强永云德勇祥川富学", "female": "秀玉淑桂英芳珍兰萍琼素群惠蓉莲凤清莉霞"}),
    (1980, {"male": "勇军伟强波涛建华林斌刚平峰辉杰海松健鹏飞", "female": "红燕丽梅敏霞艳芳萍静玲莉琴娟英兰娅蓉容"}),
    (1995, {"male": "杰鹏超磊洋俊宇浩龙亮飞凯波伟涛鑫川", "female": "婷婧雪娟倩丹璐莎佳慧颖静琳娜敏玲"}),
    (9999, {"male": "宇轩浩然子航俊博睿泽铭昊天一鸣思远", "female": "欣怡雨桐诗涵梓萱思琪可馨语嫣佳宁"}),
)  # fmt: skip
_SINGLE: Final = ((1950, 0.12), (1966, 0.22), (1980, 0.45), (1995, 0.38), (9999, 0.06))

#: No county has this code, so no real person has such a number; the sample roster uses 500113.
AREA: Final = "500199"


def name_of(chance: Chance, sex: str, born: int) -> str:
    """A full name as people of the sex and year of birth have them."""
    characters = next(known[sex] for until, known in _GIVEN if born < until)
    single = next(share for until, share in _SINGLE if born < until)
    given = chance.choice(characters)
    if not chance.happens(single):
        given += chance.choice(characters.replace(given, ""))
    return chance.weighted(_SURNAMES) + given


def number_of(born: date, sex: str, serial: int) -> str:
    """A resident identity number with its check digit. `serial` counts the people born on one day."""
    last = serial * 2 + (1 if sex == Sex.MALE else 0)
    first = f"{AREA}{born:%Y%m%d}{last % 1000:03d}"
    return first + ric.calc_check_digit(first + "0")


def mobile_of(chance: Chance) -> str:
    """A number of the right form. The segment 169 is given to no subscriber that we know of."""
    return f"169{chance.between(0, 99_999_999):08d}"
