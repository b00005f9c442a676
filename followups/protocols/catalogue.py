"""Which protocols exist: one line a programme. A programme of `terms.PROGRAMMES` that is not here is not assessed yet."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from followups.protocols.definition import DEFAULTS, Protocol, Settings
from followups.protocols.diabetes import diabetes
from followups.protocols.hypertension import hypertension

BUILDERS = (hypertension, diabetes)


@lru_cache(maxsize=64)
def protocols(settings: Settings = DEFAULTS) -> Mapping[str, Protocol]:
    """Every protocol by programme, as it reads under these settings."""
    built = (build(settings) for build in BUILDERS)
    return MappingProxyType({protocol.programme: protocol for protocol in built})
