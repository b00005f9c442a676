"""A few residents whose visits are written down rather than drawn, so that the story can be lived and every group of a
doctor's day has somebody in it. Days count back from the day of the demo; their assessments come from the protocols."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from patients.models.patient import Sex, Smoking
from patients.programmes import Programme

#: How the visit was done, systolic and diastolic (mmHg), fasting glucose (mmol/L) or None.
Script = tuple[str, int, int, float | None]


@dataclass(frozen=True, slots=True)
class Piece:
    """One resident of the Nanquan centre."""

    name: str
    sex: Sex
    born: date
    team: str
    diagnosed: tuple[tuple[Programme, date], ...]
    visits: tuple[tuple[int, Script], ...]
    allergies: tuple[str, ...] = ()
    height: str = "160.0"
    bmi: float = 25.0
    smoking: Smoking = Smoking.NEVER


_HEART = Programme.HYPERTENSION
_SUGAR = Programme.DIABETES
_TEAM: Final = "第三片区团队"

PIECES: Final = (
    # The story: uncontrolled in both a fortnight ago, so that a second such visit today advises a referral.
    Piece("李佩兰", Sex.FEMALE, date(1958, 3, 2), _TEAM,
          ((_HEART, date(2016, 5, 18)), (_SUGAR, date(2019, 9, 3))),
          ((306, ("clinic", 148, 86, 6.9)), (214, ("home", 144, 84, 6.7)), (122, ("clinic", 146, 82, 6.8)),
           (14, ("clinic", 158, 92, 8.2))),
          allergies=("青霉素",), height="156.0", bmi=25.1),
    # Due today like her, for one disease each.
    Piece("秦德华", Sex.MALE, date(1966, 7, 12), _TEAM, ((_HEART, date(2020, 11, 4)),),
          ((279, ("clinic", 138, 86, None)), (188, ("clinic", 132, 84, None)), (97, ("home", 136, 82, None)),
           (14, ("clinic", 146, 94, None))),
          height="169.0", smoking=Smoking.CURRENT),
    Piece("邓桂珍", Sex.FEMALE, date(1960, 2, 23), _TEAM, ((_SUGAR, date(2017, 6, 30)),),
          ((268, ("home", 128, 76, 6.5)), (177, ("clinic", 130, 78, 6.8)), (85, ("clinic", 126, 74, 6.6)),
           (14, ("clinic", 132, 80, 7.7))),
          allergies=("磺胺",), height="155.0", bmi=24.2),
    # Yesterday's emergency, not referred yet.
    Piece("谭国荣", Sex.MALE, date(1951, 8, 21), _TEAM, ((_HEART, date(2012, 3, 6)),),
          ((290, ("home", 152, 88, None)), (198, ("clinic", 148, 84, None)), (105, ("clinic", 156, 90, None)),
           (91, ("home", 146, 84, None)), (1, ("clinic", 188, 108, None))),
          height="166.0", smoking=Smoking.CURRENT),
    # Advised at the second visit in a row; the resident is thinking it over.
    Piece("罗淑芬", Sex.FEMALE, date(1963, 11, 9), _TEAM, ((_HEART, date(2018, 10, 15)), (_SUGAR, date(2020, 4, 27))),
          ((270, ("clinic", 136, 84, 6.8)), (176, ("clinic", 138, 82, 6.6)), (84, ("home", 134, 80, 6.9)),
           (17, ("clinic", 148, 92, 7.4)), (3, ("clinic", 152, 94, 7.8))),
          height="158.0", bmi=26.3),
    # In hospital and back: the return waits for the team's receipt.
    Piece("何永富", Sex.MALE, date(1955, 1, 30), _TEAM, ((_HEART, date(2010, 6, 2)),),
          ((280, ("clinic", 154, 92, None)), (265, ("clinic", 146, 86, None)), (172, ("home", 148, 88, None)),
           (76, ("clinic", 158, 94, None)), (62, ("clinic", 156, 92, None)), (48, ("phone", 154, 90, None)),
           (34, ("clinic", 160, 92, None)), (20, ("clinic", 158, 90, None)), (6, ("phone", 152, 86, None))),
          height="168.0", smoking=Smoking.FORMER),
)  # fmt: skip

#: Whose return waits for receipt.
RETURNED: Final = "何永富"
