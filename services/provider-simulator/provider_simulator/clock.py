"""The time limiters and latencies go by: real, faster than real, or turned by hand."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Simulated seconds since the start, and how they relate to real ones."""

    scale: float

    def now(self) -> float:
        """Return simulated seconds since the start."""
        ...

    def wall(self) -> float:
        """Return the real time, as seconds of the epoch."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for simulated seconds."""
        ...


class ScaledClock:
    """A clock on which one real second counts as `scale` simulated ones."""

    def __init__(self, scale: float = 1.0) -> None:
        if scale <= 0:
            raise ValueError(f"a time scale must be above 0, not {scale}")
        self.scale = scale
        self._origin = time.monotonic()

    def now(self) -> float:
        """Return simulated seconds since the start."""
        return (time.monotonic() - self._origin) * self.scale

    def wall(self) -> float:
        """Return the real time, as seconds of the epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait for simulated seconds."""
        if seconds > 0:
            await asyncio.sleep(seconds / self.scale)


class ManualClock:
    """A clock that moves only when it is told to; sleeping takes no time."""

    scale = 1.0

    def __init__(self, now: float = 0.0) -> None:
        self._now = now

    def advance(self, seconds: float) -> None:
        """Let simulated seconds pass."""
        self._now += seconds

    def now(self) -> float:
        """Return simulated seconds since the start."""
        return self._now

    def wall(self) -> float:
        """Return the simulated time as if it were the real one."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Let simulated seconds pass at once."""
        self._now += max(seconds, 0.0)
