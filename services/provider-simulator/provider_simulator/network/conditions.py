"""What the network to a provider is like: distances, losses and habits, with units."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from provider_simulator.registry import NAMES
from provider_simulator.settings import changed


@dataclass(frozen=True, slots=True)
class Network:
    """
    The way to one provider; all seconds are real ones, whatever the clock's scale.

    Args:
        connect_delay_seconds: from the connection's first packet to the provider's
            first answer to it: the TLS handshake begins that late, so the client's
            opening takes that long.
        round_trip_seconds: half of it is added to whatever passes, in each direction.
        first_byte_delay_seconds: silence before an answer's first byte.
        reset_share: share of requests after which the connection is reset; one half
            of them never reaches the provider.
        half_close_share: share of requests whose answer ends in its middle: the
            provider's side is closed, and it continues listening.
        blackhole: nothing that is sent arrives; neither an opening nor a request is
            ever answered.
        slow_body_bytes_per_second: pace of an answer's bytes; 0 is without bound.
        connection_close: every answer says `Connection: close`, and ends its
            connection.
        idle_close_seconds: a connection without traffic for so long is closed; 0 is
            never.
    """

    connect_delay_seconds: float = 0.0
    round_trip_seconds: float = 0.0
    first_byte_delay_seconds: float = 0.0
    reset_share: float = 0.0
    half_close_share: float = 0.0
    blackhole: bool = False
    slow_body_bytes_per_second: float = 0.0
    connection_close: bool = False
    idle_close_seconds: float = 0.0


# "far" is another continent: 300 ms to open a connection over TLS, 120 ms for a round
# trip, one request in a hundred lost with its connection, idle connections closed.
PRESETS: Mapping[str, Network] = MappingProxyType(
    {
        "near": Network(),
        "far": Network(
            connect_delay_seconds=0.3,
            round_trip_seconds=0.12,
            reset_share=0.01,
            idle_close_seconds=5.0,
        ),
    }
)


def read_conditions(
    present: Mapping[str, Network], row: Mapping[str, object]
) -> dict[str, Network]:
    """
    Return the conditions of all providers after a change.

    Args:
        row: `provider` (all, if it is left out), `preset`, and names of `Network`
            with their values, which are applied after the preset.

    Raises:
        ValueError: with the reason.
    """
    values = dict(row)
    provider = values.pop("provider", None)
    preset = values.pop("preset", None)
    if provider is not None and provider not in NAMES:
        raise ValueError(f"provider must be one of {', '.join(NAMES)}")
    if preset is not None and preset not in PRESETS:
        raise ValueError(f"preset must be one of {', '.join(PRESETS)}")
    after = dict(present)
    for name in NAMES if provider is None else (str(provider),):
        before = after[name] if preset is None else PRESETS[str(preset)]
        after[name] = _checked(changed(before, values))
    return after


def read_option(text: str, value: object) -> dict[str, object]:
    """Return the row of `[PROVIDER.]NAME` and its value, as the command has them."""
    provider, dot, name = text.rpartition(".")
    return {name: value, **({"provider": provider} if dot else {})}


def everywhere(
    preset: str, rows: Iterable[Mapping[str, object]] = ()
) -> dict[str, Network]:
    """Return a preset for every provider, changed by rows. Raises ValueError."""
    conditions = dict.fromkeys(NAMES, PRESETS[preset])
    for row in rows:
        conditions = read_conditions(conditions, row)
    return conditions


def _checked(network: Network) -> Network:
    shares = (network.reset_share, network.half_close_share)
    seconds = (
        network.connect_delay_seconds,
        network.round_trip_seconds,
        network.first_byte_delay_seconds,
        network.slow_body_bytes_per_second,
        network.idle_close_seconds,
    )
    if not all(0 <= share <= 1 for share in shares):
        raise ValueError("a share lies between 0 and 1")
    if min(seconds) < 0:
        raise ValueError("seconds and bytes per second are not negative")
    return network
