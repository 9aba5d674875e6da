"""Times printed in exports, as seconds in the mix."""

import re
from collections.abc import Iterable

DAY_SECONDS = 24 * 60 * 60

_HALF_DAY_HOURS = 12
_TIME_OF_DAY = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([ap]m)?", re.ASCII | re.IGNORECASE
)
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})(?:\.\d{1,9})?", re.ASCII)


def clock_seconds(text: str) -> int | None:
    """Read `mm:ss` and `h:mm:ss`; None for anything else, `4?:??` included."""
    found = _CLOCK.fullmatch(text.strip())
    if not found:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def time_of_day_seconds(text: str) -> int | None:
    """Read the time at the end of a date and time, `11:58:00 PM` included."""
    times = list(_TIME_OF_DAY.finditer(text))
    if not times:
        return None
    found = times[-1]
    hours, half = int(found[1]), (found[4] or "").lower()
    if half:
        hours = hours % _HALF_DAY_HOURS + (_HALF_DAY_HOURS if half == "pm" else 0)
    return hours * 3600 + int(found[2]) * 60 + int(found[3] or 0)


def since_first(
    starts: Iterable[int | None], *, wrap_seconds: int | None = None
) -> list[int | None]:
    """
    Turn times of day or Unix times into seconds after the first one known.

    Args:
        starts: the times as printed; None where there is none.
        wrap_seconds: what the clock counts to before it begins again.
    """
    known = list(starts)
    first = next((start for start in known if start is not None), None)
    if first is None:
        return known
    elapsed: list[int | None] = []
    for start in known:
        passed = None if start is None else start - first
        if passed is not None and passed < 0:
            passed = passed % wrap_seconds if wrap_seconds else None
        elapsed.append(passed)
    return elapsed
