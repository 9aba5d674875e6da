"""The answers this process saw last, as Redis holds them: bounded by size and age."""

from collections import OrderedDict

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
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._entries: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self.bytes = 0

    def get(self, key: str, now: float) -> bytes | None:
        """Give the value, unless it is too old; `now` is Unix seconds."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if now - entry[1] > self._seconds:
            self.drop(key)
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def keep(self, key: str, value: bytes, now: float) -> None:
        """Keep a value, unless it alone is larger than all may be together."""
        self.drop(key)
        size = len(value) + ENTRY_BYTES
        if size > self._most_bytes:
            return
        self._entries[key] = value, now
        self.bytes += size
        while self.bytes > self._most_bytes:
            _, (oldest, _) = self._entries.popitem(last=False)
            self.bytes -= len(oldest) + ENTRY_BYTES

    def drop(self, key: str) -> None:
        """Forget a value, if it is there."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.bytes -= len(entry[0]) + ENTRY_BYTES
