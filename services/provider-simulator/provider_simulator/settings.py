"""How strict, how slow and how ill-tempered the providers are: numbers with units."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Protocol, TypeVar


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


T = TypeVar("T", bound=_Dataclass)


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """
    What every provider has; its folder adds its own.

    Args:
        latency_seconds: of an answer, before jitter and `Settings.latency`.
        overlap_seconds: extra latency, between these two, of a call made while another
            of the same address runs; (0, 0) is none.
    """

    latency_seconds: float = 0.1
    overlap_seconds: tuple[float, float] = (0.0, 0.0)


S = TypeVar("S", bound=ProviderSettings)


@dataclass(frozen=True, slots=True)
class Settings:
    """
    Everything about the providers' behaviour that is not their world of tracks.

    Args:
        seed: of every random choice at run time (jitter, shedding, faults).
        latency: factor on all latencies; 0 answers at once.
        fractional_retry_after: send Retry-After with decimals. Off, it is what HTTP
            allows: whole real seconds, rounded up, at least 1 (so a scaled clock makes
            short waits longer than asked, never shorter).
        providers: each provider's own, by its name; `registry.DEFAULTS` has all.
    """

    seed: int = 7
    latency: float = 1.0
    fractional_retry_after: bool = False
    providers: Mapping[str, ProviderSettings] = field(default_factory=dict)

    def of(self, kind: type[S]) -> S:
        """Return a provider's own settings."""
        return next(own for own in self.providers.values() if isinstance(own, kind))


def flat(settings: Settings) -> dict[str, object]:
    """Return all settings by name; a provider's begin with its name."""
    common = {
        named.name: getattr(settings, named.name)
        for named in fields(settings)
        if named.name != "providers"
    }
    own = {
        f"{name}_{named.name}": getattr(given, named.name)
        for name, given in settings.providers.items()
        for named in fields(given)
    }
    return common | own


def changed_settings(settings: Settings, values: Mapping[str, object]) -> Settings:
    """Change some settings by their flat names; raises `ValueError` with the reason."""
    known = flat(settings)
    checked = {name: _checked(name, known, value) for name, value in values.items()}
    providers = {
        name: replace(
            own,
            **{
                named.name: checked.pop(f"{name}_{named.name}")
                for named in fields(own)
                if f"{name}_{named.name}" in checked
            },
        )
        for name, own in settings.providers.items()
    }
    return replace(settings, providers=providers, **checked)


def changed(settings: T, values: Mapping[str, object]) -> T:
    """Change some settings by name; raises `ValueError` with the reason."""
    known = {named.name: named.default for named in fields(settings)}
    return replace(
        settings,
        **{name: _checked(name, known, value) for name, value in values.items()},
    )


def _checked(name: str, known: Mapping[str, object], value: object) -> Any:  # noqa: ANN401 (of the setting's type)
    if name not in known:
        raise ValueError(f"no setting is called {name}")
    wanted = type(known[name])
    # JSON has no tuples and writes whole numbers without a point.
    given = tuple(value) if isinstance(value, list) else value
    if wanted is float and isinstance(given, int) and not isinstance(given, bool):
        given = float(given)
    if type(given) is not wanted:
        raise ValueError(f"{name} must be of type {wanted.__name__}")
    return given
