"""The answers this process saw last, as Redis holds them: bounded by size and age."""

from contextlib import suppress

from cachetools import LRUCache

# What an entry costs beside its value: its key, and the places that hold both.
ENTRY_BYTES = 600


class Memory:
    """
    Values by key; the one that was used longest ago goes first.

    Args:
        most_bytes: of all entries together, with what holds them.
        seconds: how long a value is believed.
    """

    def __init__(self, most_bytes: int, seconds: float) -> None:
        self._seconds = seconds
        self._entries: LRUCache[str, tuple[bytes, float]] = LRUCache(
            most_bytes, getsizeof=_size
        )

    def get(self, key: str, now: float) -> bytes | None:
        """Return the value, unless it is too old; `now` is Unix seconds."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        value, kept_at = entry
        if now - kept_at > self._seconds:
            self.drop(key)
            return None
        return value

    def keep(self, key: str, value: bytes, now: float) -> None:
        """Keep a value, unless it alone is larger than all may be together."""
        self.drop(key)
        with suppress(ValueError):
            self._entries[key] = value, now

    def drop(self, key: str) -> None:
        """Forget a value, if it is there."""
        self._entries.pop(key, None)


def _size(entry: tuple[bytes, float]) -> int:
    return len(entry[0]) + ENTRY_BYTES
