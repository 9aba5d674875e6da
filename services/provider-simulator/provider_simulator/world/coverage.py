"""How much of a scene each provider knows: profiles, made of what its folder says."""

from collections.abc import Mapping
from types import MappingProxyType

from provider_simulator.registry import SIDES
from provider_simulator.world.ground import Coverage

# "full": every track everywhere, for counting calls without absences in between.
# "festival": sets of festivals, which providers know in part.
# "charts": older charts, where nearly everything is known to all.
_NAMES = ("full", "festival", "charts")
PROFILES: Mapping[str, Coverage] = MappingProxyType(
    {
        profile: Coverage({name: side.shares[profile] for name, side in SIDES.items()})
        for profile in _NAMES
    }
)
