"""When and by whom a line was said, as chats and logs print it in front."""

import re
from typing import NamedTuple

from scrapers.tracklists.reading.names import parted
from scrapers.tracklists.reading.times import Time, read_time

_DATE = r"(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2\d{2,4})"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,6})?(?:\s?[ap]\.?m\b\.?)?"
_ZONE = r"(?:Z|\s?[+-]\d{2}:?\d{2})?"
_STAMP = re.compile(
    rf"[\[(<]?{_DATE}(?:,?\s|T)({_CLOCK}){_ZONE}[\])>]?(?:\s?[-–—:|,;]\s|\s)(?=\S)",
    re.IGNORECASE,
)
# "Tom: " in front of what Tom says; in chat rooms he is "<tom>".
_SPEAKER = re.compile(r"<[^<>\s]{1,40}>\s|[^\s:<>\[\]][^:<>\[\]]{0,39}:\s(?=\S)")
_FIRST_SIGNS = frozenset("[(<0123456789")
# A line of its own above what is said: "Tom — 12/03/2024 21:03", "today at 9:04 PM".
_SAID = re.compile(rf"(?:{_DATE}|today|yesterday),?\s(?:at\s)?{_CLOCK}", re.IGNORECASE)


class Stamp(NamedTuple):
    """A date and a time taken off the front of a line."""

    time: Time | None
    rest: str


def stamp_of(text: str) -> Stamp | None:
    """Take off date, time and speaker; None where no date and time are in front."""
    if text[:1] not in _FIRST_SIGNS:
        return None
    found = _STAMP.match(text)
    if found is None:
        return None
    time = read_time(found[3])
    dated = time and time.on_a_day()
    return Stamp(dated, without_speaker(text[found.end() :]))


def without_speaker(text: str) -> str:
    """Take off who says it, where artist and title follow."""
    found = _SPEAKER.match(text)
    if found and parted(found[0]) is None and parted(text[found.end() :]):
        return text[found.end() :]
    return text


def is_stamp(text: str) -> bool:
    """Return whether a text is nothing but a date and a time of day."""
    return ":" in text and _SAID.fullmatch(text) is not None
