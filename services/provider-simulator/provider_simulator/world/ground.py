"""What a provider's folder is told when it writes a recording of the usual world."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Coverage:
    """
    How much of a scene each provider knows.

    Args:
        shares: of tracks, by provider, 0 to 1; `Side.shares` says what they mean.
        distractors: factor on the chance of each kind of sibling, cover and namesake.
    """

    shares: Mapping[str, Mapping[str, float]]
    distractors: float = 1.0


@dataclass(frozen=True, slots=True)
class Ground:
    """
    Where a recording is written down.

    Args:
        shares: of the provider, as the coverage has them.
        pages: addresses of the recording at providers that have it, with the type of
            their relation, by provider; for those who link to others.
    """

    seed: int
    shares: Mapping[str, float]
    pages: Mapping[str, tuple[str, str]] = field(default_factory=dict)
