"""Times as people print them, and what the times of a whole list mean."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from scrapers.tracklists.clock import DAY_SECONDS, since_first

_CLOCK = (
    r"\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?(?!\d)"
    r"(?:\s?(?:[AaPp]\.?[Mm]|(?-i:min))\b(?!\.\w)\.?|h\b)?"
)
_WORDS = (
    r"\d{1,2}h\s?\d{1,2}(?:m(?:in)?(?:\s?\d{1,2}s?)?)?(?!\w)|\d{1,3}m\s?\d{1,2}s(?!\w)"
)
_PRIMES = r"\d{1,3}['’′]\d{2}(?:\"|”|″|''|’’)|\d{2}['’′]\d{2}(?!\w)"
# One time in any of its clothes.
TIME = rf"(?:{_CLOCK}|{_WORDS}|{_PRIMES})"
_RANGE_END = rf"(?:\s?(?:[-–—→]|->|to)\s?{TIME})"
# A time, or from where to where.
SPAN = rf"(?:{TIME}{_RANGE_END}?)"

_DIGITS = re.compile(r"\d+")
_FRACTION = re.compile(r"[.,]\d{1,3}(?=\D*$)")
_FIRST_TIME = re.compile(TIME)
_HALF = re.compile(r"([ap])\.?m\b", re.IGNORECASE)
_HOURS_OF_DAY = 24
_HALF_DAY_HOURS = 12
# No list has tracks as short as this on average: such places are hours and minutes.
_LEAST_MEAN_SECONDS = 30
_LEAST_TIMES = 3
# Of the times of a list, the share that may be less than the one before.
_MOST_FALLING_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Time:
    """
    A printed time.

    Args:
        parts: hours, minutes and seconds, or the last two or the last one of them.
        half: "a" or "p" of a time of day.
        in_hours: the first of two parts is hours for sure.
        dated: a date is with it, so it is a time of day for sure.
    """

    parts: tuple[int, ...]
    half: str = ""
    in_hours: bool = False
    dated: bool = False

    def on_a_day(self) -> "Time":
        """Return the same time with a date."""
        return replace(self, dated=True)

    @property
    def seconds(self) -> int:
        """The place in the mix, read as minutes and seconds; one part is minutes."""
        hours, minutes, seconds = self._whole()
        return hours * 3600 + minutes * 60 + seconds

    def _whole(self) -> tuple[int, int, int]:
        if len(self.parts) == 3:
            return self.parts[0], self.parts[1], self.parts[2]
        if len(self.parts) == 1:
            return 0, self.parts[0], 0
        if self.in_hours:
            return self.parts[0], self.parts[1], 0
        return 0, self.parts[0], self.parts[1]

    @property
    def of_day(self) -> int | None:
        """The time of day in seconds, if it can be one."""
        if len(self.parts) < 2 or self.parts[0] >= _HOURS_OF_DAY or self.parts[1] > 59:
            return None
        hours = self.parts[0]
        if self.half:
            hours = hours % _HALF_DAY_HOURS
            hours += _HALF_DAY_HOURS if self.half == "p" else 0
        rest = self.parts[2] if len(self.parts) == 3 else 0
        return hours * 3600 + self.parts[1] * 60 + rest


def read_time(printed: str) -> Time | None:
    """Read what `TIME` or `SPAN` matched, or a whole number of minutes."""
    first = _FIRST_TIME.search(printed)
    text = first[0] if first else printed
    half = _HALF.search(text)
    parts = tuple(map(int, _DIGITS.findall(_FRACTION.sub("", text))))
    if not parts:
        return None
    return Time(parts[:3], half[1].lower() if half else "", in_hours=_in_hours(text))


def _in_hours(text: str) -> bool:
    return "h" in text and ":" not in text and "m" not in text and "s" not in text


def places(times: Sequence[Time | None]) -> list[int | None]:
    """
    Return where each track of a list begins, in seconds of the mix.

    The list decides what its times are: times of day, hours and minutes where minutes
    and seconds would make tracks too short, or how long each track lasts, which is no
    place at all.
    """
    known = [time for time in times if time is not None]
    if _are_of_day(known):
        return since_first(
            (time.of_day if time else None for time in times), wrap_seconds=DAY_SECONDS
        )
    seconds = [time.seconds if time else None for time in times]
    return [None] * len(seconds) if are_durations(known) else seconds


def are_durations(times: Sequence[Time]) -> bool:
    """Return whether the times fall too often to be places in a mix."""
    seconds = [time.seconds for time in times]
    falls = sum(later < earlier for earlier, later in pairwise(seconds))
    return falls > _MOST_FALLING_SHARE * len(seconds)


def mean_step(times: Sequence[Time]) -> float:
    """Return the mean number of seconds between two times that follow each other."""
    if len(times) < 2:
        return 0.0
    return (times[-1].seconds - times[0].seconds) / (len(times) - 1)


def _are_of_day(times: Sequence[Time]) -> bool:
    if not times or any(time.of_day is None for time in times):
        return False
    dated = sum(time.dated for time in times)
    if dated or sum(bool(time.half) for time in times) * 2 > len(times):
        return dated in {0, len(times)}
    if len(times) < _LEAST_TIMES or any(len(time.parts) != 2 for time in times):
        return False
    if any(time.in_hours for time in times):
        return False
    steps = [later.seconds - earlier.seconds for earlier, later in pairwise(times)]
    # past midnight the clock begins again, once
    passed = [step for step in steps if step >= 0]
    if len(steps) - len(passed) > 1:
        return False
    return sum(passed) < _LEAST_MEAN_SECONDS * len(passed)
