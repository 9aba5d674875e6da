"""Chance without state: the same words give the same number, id or choice forever."""

import hashlib
import uuid
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_REGISTRANT = _LETTERS + "0123456789"
# Countries dance music is registered in, without any claim to proportion.
_COUNTRIES = ("GB", "US", "NL", "DE", "SE", "BE", "FR", "CA", "AU", "IT", "JP", "BR")


class Chance:
    """Draws from a seed and words; one track's draws do not depend on another's."""

    def __init__(self, seed: int, *words: str) -> None:
        self._prefix = "\x1f".join((str(seed), *words))

    def number(self, purpose: str) -> int:
        """Draw a number below 2**256."""
        return int.from_bytes(self._digest(purpose))

    def share(self, purpose: str) -> float:
        """Draw from 0 up to 1."""
        return (self.number(purpose) >> 203) / (1 << 53)

    def between(self, purpose: str, least: int, most: int) -> int:
        """Draw a whole number, both ends among them."""
        return least + self.number(purpose) % (most - least + 1)

    def choice(self, purpose: str, options: Sequence[T]) -> T:
        """Draw one of several."""
        return options[self.number(purpose) % len(options)]

    def some(self, purpose: str, options: Sequence[T], count: int) -> tuple[T, ...]:
        """Draw several different ones, in drawn order."""
        ranked = sorted(
            range(len(options)), key=lambda place: self.number(f"{purpose}:{place}")
        )
        return tuple(options[place] for place in ranked[:count])

    def mbid(self, purpose: str) -> str:
        """Draw a MusicBrainz id (a UUID of version 4)."""
        return str(uuid.UUID(bytes=self._digest(purpose)[:16], version=4))

    def spotify_id(self, purpose: str) -> str:
        """Draw a Spotify id: 22 digits in base 62."""
        rest, digits = self.number(purpose), []
        for _ in range(22):
            rest, digit = divmod(rest, 62)
            digits.append(_BASE62[digit])
        return "".join(digits)

    def isrc(self, purpose: str, year: int) -> str:
        """Draw an ISRC: country, registrant, year, designation."""
        rest = self.number(purpose)
        country = _COUNTRIES[rest % len(_COUNTRIES)]
        rest //= len(_COUNTRIES)
        registrant = ""
        for _ in range(3):
            rest, place = divmod(rest, len(_REGISTRANT))
            registrant += _REGISTRANT[place]
        return f"{country}{registrant}{year % 100:02d}{rest % 100_000:05d}"

    def _digest(self, purpose: str) -> bytes:
        return hashlib.sha256(f"{self._prefix}\x1e{purpose}".encode()).digest()
