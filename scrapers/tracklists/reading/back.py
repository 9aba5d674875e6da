"""What is behind the names: times, and remarks on the file or the video."""

import re

from scrapers.tracklists.reading.dress import ALONE, Dress
from scrapers.tracklists.reading.names import parted_alone
from scrapers.tracklists.reading.times import SPAN, Time, read_time

_ENDS_OF_TIMES = frozenset(")]}>»›0123456789smhn\"”″'’M.")
# Times and remarks are looked for in this much of the end.
_MOST_CHARACTERS = 90
_MOST_TIMES = 2
# The longest is "[12:34:56.789 p.m. ]".
_MOST_OF_A_TIME = 20
# Asked first because it is cheap: a digit, and what only times have behind it.
_IN_A_TIME = re.compile("\\d[:hm'’′]")
_MOST_REMARKS = 4
_MOST_OF_A_REMARKS_END = 12
_ENDS_OF_REMARKS = (
    *("video", "audio", "album", "visualizer", "visualiser", "clip", "lyrics"),
    *("official", "hd", "hq", "4k", "mv", "m/v", "bpm"),
    *(f"{digit}{letter}" for digit in range(10) for letter in "ab"),
    *(".mp3", ".mp4", ".mov", ".wav", ".flac", ".m4a", ".aif", ".aiff", ".avi", ".mkv"),
)
_TIME = re.compile(
    rf"\s*[\[(<{{«‹]\s?(?:[~≈@]\s?|(?:ca|approx|around|at|from)\b\.?\s?)?{SPAN}\s?[\])>}}»›]$"
    rf"|(?:\s?(?:[-–—=]>|[-–—|@~,/:→=]{{1,2}}|[.…]{{2,60}}|\sat)|\s)\s?{SPAN}$"
)
# Behind a length stand a shop's links.
_SHOPS_WORDS = ("lyrics", "buy track", "video", "info", "download")
_BEHIND_LENGTH = re.compile(rf"(?<=\d:\d\d)(?:\s(?:{'|'.join(_SHOPS_WORDS)})){{1,3}}$")
_BRACKETS = " []()<>{}«»‹›-–—|@~,/:→=.…"
_DASH_END = re.compile(r"\s[-‐-―−|~]{1,2}$|[-–—]$")
# Says what a file or a video holds, not which recording.
_OF_THE_FILE = re.compile(
    r"(?<=\S)\s*[\[(](?:(?:official|music|lyrics?|performance|full|not the|hd|4k)\s+)*"
    r"(?:video|audio|album|visuali[sz]er|clip|lyrics|official|hd|hq|4k|m/?v)[\])]$"
    r"|(?<=\S)\s+[\[(]\d{2,3}(?:\.\d{1,2})?\s?bpm[\])]$"
    # key and tempo, as DJ software appends them: "| 8A | 128"
    r"|(?<=\S)\s[|/]\s(?:(?:1[0-2]|[1-9])[AB]|\d{2,3}(?:\.\d{1,2})?\s?bpm"
    r"|(?<=\d[AB]\s[|/]\s)\d{2,3}(?:\.\d{1,2})?)$"
    r"|(?<=\S)\s*\.(?:mp[34]|mov|wav|flac|m4a|aiff?|avi|mkv)$",
    re.IGNORECASE,
)


def without_time(text: str, dress: Dress = ALONE) -> tuple[str, Time | None]:
    """Take the time off the end; a title that looks like one stays ("12:51")."""
    if text.endswith(_SHOPS_WORDS):
        text = _BEHIND_LENGTH.sub("", text)
    time = None
    for _ in range(_MOST_TIMES):
        if text[-1:] not in _ENDS_OF_TIMES or not _IN_A_TIME.search(
            text, max(0, len(text) - _MOST_OF_A_TIME)
        ):
            break
        start = max(0, len(text) - _MOST_CHARACTERS)
        found = _TIME.search(text, start)
        # behind the separator is the title, whatever it looks like
        rest = text[: found.start()] if found else ""
        if not found or not rest.strip() or _is_title(found[0], rest, dress):
            break
        time = time or read_time(found[0].strip(_BRACKETS))
        text = rest.rstrip()
    return text, time


def _is_title(ending: str, rest: str, dress: Dress) -> bool:
    """Return whether nothing but the time is behind the only dash."""
    if ending.lstrip()[:1] in "[(<{":
        return bool(_DASH_END.search(rest))
    dashed = ending.lstrip()[:1] in "-–—" or bool(_DASH_END.search(rest))
    return dashed and parted_alone(rest.rstrip(_BRACKETS), dress) is None


def without_remarks(text: str) -> str:
    """Take off what a file's name or a video's title says besides."""
    for _ in range(_MOST_REMARKS):
        ending = text[-_MOST_OF_A_REMARKS_END:].rstrip(")]").casefold()
        if not ending.endswith(_ENDS_OF_REMARKS) and not _is_column(ending, text):
            break
        found = _OF_THE_FILE.search(text, max(1, len(text) - _MOST_CHARACTERS))
        if not found:
            break
        text = text[: found.start()]
    return text


def _is_column(ending: str, text: str) -> bool:
    """Return whether a number behind a sign ends a text, as a tempo does."""
    return text[-1:].isdigit() and ("| " in ending or "/ " in ending)
