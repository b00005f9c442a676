"""Which protocols exist: one line a programme. A programme of `terms.PROGRAMMES` that is not here is not assessed yet."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from followups.protocols.ckd import ckd
from followups.protocols.copd import copd
from followups.protocols.definition import DEFAULTS, Protocol, Settings
from followups.protocols.diabetes import diabetes
from followups.protocols.dyslipidaemia import dyslipidaemia
from followups.protocols.elderly import elderly
from followups.protocols.hypertension import hypertension
from followups.protocols.vascular import chd, stroke

BUILDERS = (hypertension, diabetes, copd, dyslipidaemia, stroke, chd, ckd, elderly)


@lru_cache(maxsize=64)
def protocols(settings: Settings = DEFAULTS) -> Mapping[str, Protocol]:
    """Every protocol by programme, as it reads under these settings."""
    built = (build(settings) for build in BUILDERS)
    return MappingProxyType({protocol.programme: protocol for protocol in built})
