"""The demo alliance as data: organizations, departments, teams, villages and the people who work there. All invented."""

from dataclasses import dataclass
from typing import Final

from alliances.models import Role, Tier

HEART: Final = ("hypertension", "chd", "stroke")
SUGAR: Final = ("diabetes", "dyslipidaemia")


@dataclass(frozen=True, slots=True)
class Place:
    """An organization. Its telephone leads nowhere: no local number begins with 0."""

    code: str
    name: str
    short: str
    tier: Tier
    phone: str
    area: str = "500113"
    parent: str = "banan-bureau"


@dataclass(frozen=True, slots=True)
class Centre:
    """What a community centre adds: how many of the residents, its hospital by contract, street, teams, villages."""

    code: str
    share: float
    hospital: str
    street: str
    teams: tuple[str, ...]
    villages: tuple[str, ...]


PLACES: Final = (
    Place("banan-bureau", "巴南区卫生健康委员会", "区卫健委", Tier.BUREAU, "023-00660001", parent=""),
    Place("banan-cdc", "巴南区疾病预防控制中心", "区疾控", Tier.CDC, "023-00660010"),
    Place("first", "重庆市第一人民医院", "市一医院", Tier.TERTIARY, "023-00680000", "500103", ""),
    Place("banan", "巴南区人民医院", "区人民医院", Tier.SECONDARY, "023-00661000"),
    Place("huaxi", "巴南区花溪医院", "花溪医院", Tier.SECONDARY, "023-00662000"),
    Place("nanquan", "南泉街道社区卫生服务中心", "南泉中心", Tier.COMMUNITY, "023-00663000"),
    Place("longzhou", "龙洲湾街道社区卫生服务中心", "龙洲湾中心", Tier.COMMUNITY, "023-00663100"),
    Place("yunzhuan", "云篆山街道社区卫生服务中心", "云篆山中心", Tier.COMMUNITY, "023-00663200"),
    Place("taohua", "桃花桥镇卫生院", "桃花桥卫生院", Tier.COMMUNITY, "023-00663300"),
    Place("qiaoping", "樵坪镇卫生院", "樵坪卫生院", Tier.COMMUNITY, "023-00663400"),
    Place("jiantan", "箭滩河镇卫生院", "箭滩河卫生院", Tier.COMMUNITY, "023-00663500"),
)

_AREAS: Final = ("第一片区团队", "第二片区团队", "第三片区团队", "第四片区团队", "第五片区团队")

#: The share of a centre is that of all residents; villages are dealt out to the area teams in turn.
CENTRES: Final = (
    Centre("nanquan", 0.42, "banan", "南泉街道", (*_AREAS, "慢病专科团队"),
           ("南泉社区", "新市街社区", "虎啸社区", "迎龙社区", "白鹤村", "红旗村", "和平村", "自由村", "石坪村", "柏树村")),
    Centre("longzhou", 0.16, "banan", "龙洲湾街道", _AREAS[:3], ("龙洲社区", "沙井湾社区", "道角社区", "独石村", "盘龙村")),
    Centre("yunzhuan", 0.13, "huaxi", "云篆山街道", _AREAS[:3], ("云篆社区", "金竹社区", "干湾村", "沿河村")),
    Centre("taohua", 0.11, "huaxi", "桃花桥镇", _AREAS[:3], ("桃花桥社区", "双河村", "水源村", "四桥村")),
    Centre("qiaoping", 0.10, "huaxi", "樵坪镇", _AREAS[:3], ("樵坪社区", "新屋村", "茶园村", "石岗村")),
    Centre("jiantan", 0.08, "banan", "箭滩河镇", _AREAS[:2], ("箭滩社区", "白云村", "凤凰村")),
)  # fmt: skip

#: (organization, code, name, programmes, extension of the telephone)
DEPARTMENTS: Final = (
    ("banan", "cardiology", "心血管内科", HEART, "8101"),
    ("banan", "endocrinology", "内分泌科", SUGAR, "8102"),
    ("banan", "nephrology", "肾内科", ("ckd",), "8103"),
    ("huaxi", "cardiology", "心血管内科", HEART, "8201"),
    ("huaxi", "endocrinology", "内分泌科", SUGAR, "8202"),
    ("first", "cardiology", "心血管内科", HEART, "8301"),
    ("first", "endocrinology", "内分泌与代谢科", SUGAR, "8302"),
    ("first", "nephrology", "肾内科", ("ckd",), "8303"),
    ("first", "respiratory", "呼吸与危重症医学科", ("copd",), "8304"),
)


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody with a post. `signs_in`: gets a password and a line in the list of sign-ins."""

    username: str
    name: str
    role: Role
    organization: str
    team: str = ""
    departments: tuple[str, ...] = ()
    in_alliance: bool = False
    signs_in: bool = True


_T3: Final = "第三片区团队"
WORKERS: Final = (
    Worker("zhouwenbo", "周文博", Role.GENERAL_PRACTITIONER, "nanquan", _T3),
    Worker("hejing", "何静", Role.TEAM_LEAD, "nanquan", _T3),
    Worker("tangxue", "唐雪", Role.NURSE, "nanquan", _T3),
    Worker("luoyi", "罗怡", Role.HEALTH_MANAGER, "nanquan", _T3),
    Worker("dengshiquan", "邓世全", Role.VILLAGE_DOCTOR, "nanquan", _T3),
    Worker("fengjie", "冯洁", Role.PHARMACIST, "nanquan"),
    Worker("qinhao", "秦浩", Role.PUBLIC_HEALTH_PHYSICIAN, "nanquan", "慢病专科团队"),
    Worker("tanzhongyi", "谭忠毅", Role.TCM_PHYSICIAN, "nanquan", "慢病专科团队"),
    Worker("xiangli", "向莉", Role.ORGANIZATION_ADMIN, "nanquan"),
    Worker("liujingming", "刘景明", Role.SPECIALIST, "banan", departments=("cardiology",)),
    Worker("yanghongmei", "杨红梅", Role.SPECIALIST, "banan", departments=("cardiology",)),
    Worker("xumin", "许敏", Role.SPECIALIST, "banan", departments=("endocrinology",)),
    Worker("tianlei", "田蕾", Role.SPECIALIST, "banan", departments=("nephrology",), signs_in=False),
    Worker("chenyao", "陈瑶", Role.REFERRAL_DESK, "banan", departments=("cardiology", "endocrinology", "nephrology")),
    Worker("wangchuan", "王川", Role.SPECIALIST, "huaxi", departments=("cardiology",)),
    Worker("pengyating", "彭雅婷", Role.SPECIALIST, "huaxi", departments=("endocrinology",)),
    Worker("jianglan", "蒋兰", Role.REFERRAL_DESK, "huaxi", departments=("cardiology", "endocrinology")),
    Worker("zhangqiming", "张启明", Role.SPECIALIST, "first", departments=("cardiology",)),
    Worker("linruoqing", "林若清", Role.SPECIALIST, "first", departments=("endocrinology",)),
    Worker("gaoyuan", "高远", Role.SPECIALIST, "first", departments=("nephrology",), signs_in=False),
    Worker("mengfan", "孟凡", Role.SPECIALIST, "first", departments=("respiratory",), signs_in=False),
    Worker("songyu", "宋宇", Role.REFERRAL_DESK, "first",
           departments=("cardiology", "endocrinology", "nephrology", "respiratory")),
    Worker("shenliqun", "沈立群", Role.ALLIANCE_ADMIN, "first", in_alliance=True),
    Worker("yuanfang", "袁方", Role.PRIVACY_OFFICER, "first", in_alliance=True),
    Worker("ranbo", "冉波", Role.CDC_ANALYST, "banan-cdc"),
    Worker("zhengyi", "郑毅", Role.BUREAU_VIEWER, "banan-bureau"),
    Worker("wankai", "万凯", Role.OPERATOR, "first"),
    Worker("malin", "马琳", Role.GENERAL_PRACTITIONER, "longzhou", "第一片区团队"),
)  # fmt: skip

ALLIANCE: Final = ("banan-alliance", "巴南区医疗联合体")
CLIENT: Final = ("nanquan-his", "南泉中心 HIS 接口")
PACKAGES: Final = (("basic", "基础包", "basic", 0), ("personalised", "个性化服务包", "personalised", 36000))
