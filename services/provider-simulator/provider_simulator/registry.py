"""The providers there are: each has a folder in `wire`, and is called as it is."""

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

from provider_simulator.clock import Clock
from provider_simulator.faults import Fault, FaultInvalid, FaultKind, fault_from
from provider_simulator.settings import Settings, changed_settings
from provider_simulator.side import Side
from provider_simulator.wire import Wire
from provider_simulator.world.catalogue import World

_WIRE = Path(__file__).parent / "wire"
NAMES = tuple(
    sorted(found.name for found in pkgutil.iter_modules([str(_WIRE)]) if found.ispkg)
)
SIDES: Mapping[str, Side] = MappingProxyType(
    {name: import_module(f"provider_simulator.wire.{name}.side").SIDE for name in NAMES}
)
DEFAULTS = Settings(providers={name: side.settings for name, side in SIDES.items()})


def settings_of(**values: object) -> Settings:
    """
    Return settings by their names, as `spotify_extended`; the others are default.

    Raises:
        ValueError: with the reason.
    """
    return changed_settings(DEFAULTS, values)


def hostile_settings() -> dict[str, object]:
    """Return the settings that the hostile world changes, by their names."""
    return {
        f"{provider}_{name}": value
        for provider, side in SIDES.items()
        for name, value in side.hostile.settings.items()
    }


def wires(world: World, settings: Settings, clock: Clock) -> dict[str, Wire]:
    """Return what answers for each provider."""
    return {name: side.wire(world, settings, clock) for name, side in SIDES.items()}


def summary(world: World) -> dict[str, Any]:
    """Count what is in a world."""
    return {
        "tracks": world.given,
        "covered": dict(world.covered),
        **{name: dict(side.counted(world.of(name))) for name, side in SIDES.items()},
    }


def read_fault(row: Mapping[str, object]) -> Fault:
    """Read one fault of a script; raises `FaultInvalid` with the reason."""
    side = SIDES.get(str(row.get("provider")))
    if side is None:
        raise FaultInvalid(f"provider must be one of {', '.join(NAMES)}")
    return fault_from(row, (*FaultKind, *side.odd.kinds))
