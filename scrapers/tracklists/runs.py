"""The run of neighbouring lines in a text that are tracks, among lines that are not."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from enrichment.contract.spelling import tidied

_CLOCK = r"\d{1,3}:[0-5]\d(?::[0-5]\d)?(?:\.\d{1,3})?"
_NUMBER = re.compile(r"#?\s?(\d{1,3})(?:\s?[.)\]:|](?!\d)\s*|\s+[-–—]\s+|\s+)(?=\S)")
_CUE_FIRST = re.compile(
    rf"""(?:
      [\[(]\s*(?P<bracketed>{_CLOCK}|\d{{1,3}}|[\d?]*\?[\d?:]*|[\d?]+:[\d?:]+)\s*[\])]
    | (?P<clock>{_CLOCK})(?![:\d])
    | (?P<dotted>\d{{1,2}}\.[0-5]\d(?:\.[0-5]\d)?)(?=\s+\S)
    )\s*(?:[-–—:|]+\s+)?""",
    re.VERBOSE,
)
# "A - T 00:38:08", and what a show calls the track behind it
_CUE_LAST = re.compile(
    rf"\s+[\[(]?(?P<clock>{_CLOCK})[\])]?(?:\s*[-–—]\s+.{{1,60}}|\s+\([^()]*\))?$"
)
_DASH = re.compile(r"\s[-‐-―−]{1,2}\s|(?<=\S)[-–—]\s+(?=\S)|\s+[-–—](?=\S)")
_PLAYED_WITH = re.compile(r"(?:w/|\+|with:|vs\.?)\s", re.IGNORECASE)
_BULLET = re.compile(r"[-*•·►▶–—]\s+")
_GAP = re.compile(r"(?:\.{3,}|…+)$")
_ADDRESS = re.compile(
    r"https?://|www\.|^@\S+$|\b[a-z0-9-]{1,63}\.(?:com|net|org|fm|de|co|uk|tv|me|it|es|ly|to"
    r"|ru|io|link)(?:/|\b)|\w@\w+\.\w",
    re.IGNORECASE,
)
# Other lists that have dashes: dates of a tour, credits, addresses.
_DATE = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)\w*,?\s*)?(?:\d{1,4}(?:st|nd|rd|th)?[./ -]*|"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[., ]*){2,4}",
    re.IGNORECASE,
)
_NOT_ARTISTS = frozenset(
    {
        *("instagram", "facebook", "soundcloud", "twitter", "spotify", "beatport"),
        *("youtube", "bandcamp", "website", "booking", "bookings", "contact", "email"),
        *("artwork", "mastering", "mastered by", "mixed by", "produced by", "label"),
        *("written by", "recorded at", "recorded", "photo", "photos", "genre", "date"),
        *("format", "release", "release date", "catalogue", "catalog", "venue"),
        *("location", "duration", "length", "tempo", "doors", "tickets", "landing"),
    }
)
_PATH = re.compile(r"\.(?:mp3|wav|flac|m4a|aiff?|ogg|cue)$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[!?…]$")
# Longer lines with as many words are prose, dashes or not.
MOST_CHARACTERS = 240
# No rule is asked about longer lines.
_MOST_READ = 1000
_MOST_WORDS = 32
_PROSE_WORDS = 14
_SENTENCE_WORDS = 8
# Labels or remarks on lines of their own between two marked lines.
_MOST_FOREIGN = 2

HEADING = re.compile(
    r"(?:track\s?list(?:ing|e)?|set\s?list|play\s?list|tracks(?:\s+played)?)"
    r"\W*(?:\(.{0,40}\)\W*)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Line:
    """
    One line of a text.

    Args:
        number: what it begins with, if it may be a place in a list.
        cue: its time as printed, in front or behind.
        name: what is left of it without number, cue and bullet.
        named: it parts into artist and title.
    """

    text: str
    number: int | None = None
    cue: str | None = None
    name: str = ""
    named: bool = False
    played_with: bool = False
    is_gap: bool = False
    is_address: bool = False

    @property
    def is_blank(self) -> bool:
        """Nothing can be seen on it."""
        return not self.text


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring lines of one list; `start` and `end` are places in the text."""

    lines: tuple[Line, ...]
    start: int
    end: int

    @property
    def tracks(self) -> tuple[Line, ...]:
        """The lines without the gaps."""
        return tuple(line for line in self.lines if not line.is_gap)

    @property
    def is_prose(self) -> bool:
        """All lines end as sentences do."""
        return all(line.text.endswith(".") for line in self.tracks)

    @property
    def named(self) -> int:
        """How many lines name artist and title, or say that they are unknown."""
        return sum(line.named or is_unknown(line.name) for line in self.tracks)


def is_unknown(name: str) -> bool:
    """Say whether a line says that the track is not known."""
    return name.strip(" ?[]()").casefold() in {"", "id", "unknown", "unreleased id"}


def read_line(text: str) -> Line:
    """Take a line apart."""
    text = tidied(text)
    if len(text) > _MOST_READ:
        return Line(text, name=text)
    # A time comes before a number: "1.30 A - T" is at 1:30, "1. A - T" is the first.
    cue, rest = _cue_first(text)
    number = None
    if cue is None and (found := _NUMBER.match(text)):
        number, rest = int(found[1]), text[found.end() :]
        cue, rest = _cue_first(rest)
    elif cue is not None and (found := _NUMBER.match(rest)) and "." in found[0]:
        number, rest = int(found[1]), rest[found.end() :]
    if cue is None and (last := _CUE_LAST.search(rest)):
        cue, rest = last["clock"], rest[: last.start()]
    bare = _BULLET.sub("", rest, count=1) if _BULLET.match(rest) else rest
    is_address = bool(_ADDRESS.search(bare)) and not _is_credit(bare)
    return Line(
        text=text,
        number=number,
        cue=cue,
        name=bare,
        named=not is_address and _is_named(bare),
        played_with=bool(_PLAYED_WITH.match(rest)),
        is_gap=bool(_GAP.match(text)),
        is_address=is_address,
    )


def _cue_first(text: str) -> tuple[str | None, str]:
    found = _CUE_FIRST.match(text)
    if not found or found.end() == len(text):
        return None, text
    cue = found["bracketed"] or found["clock"] or found["dotted"].replace(".", ":")
    return cue, text[found.end() :]


def _is_credit(text: str) -> bool:
    """Say whether an address is but an artist's handle or a name with a dot."""
    parts = _DASH.split(text, maxsplit=1)
    return len(parts) == 2 and not any(
        re.search(r"https?://|www\.|/\S|^@\S+$", part) for part in parts[1:]
    )


def _is_named(text: str) -> bool:
    found = _DASH.search(text)
    if not found or len(text) > MOST_CHARACTERS or _PATH.search(text):
        return False
    artist, title = text[: found.start()].strip(), text[found.end() :].strip()
    if not artist or not title or len(text.split()) > _MOST_WORDS:
        return False
    if _DATE.fullmatch(artist) or artist.casefold().strip(" :") in _NOT_ARTISTS:
        return False
    words = len(re.sub(r"[(\[].*?[)\]]", "", text).split())
    if text.endswith("."):
        return words <= _SENTENCE_WORDS
    return words <= _PROSE_WORDS or not _SENTENCE_END.search(text)


def numbered_runs(lines: Sequence[Line]) -> list[Run]:
    """Give the runs that count upwards; a blank line may stand between two."""

    def follows(last: Line | None, line: Line) -> bool:
        if line.number is None:
            return False
        return last is None or line.number == (last.number or 0) + 1

    return list(_runs(lines, follows, marked=True))


def cued_runs(lines: Sequence[Line]) -> list[Run]:
    """Give the runs of lines that have times; a few within may lack theirs."""

    def follows(last: Line | None, line: Line) -> bool:
        return line.cue is not None or (last is not None and line.named)

    return list(_runs(lines, follows, marked=True))


def named_runs(lines: Sequence[Line]) -> list[Run]:
    """Give the runs of lines that each name artist and title."""

    def follows(_: Line | None, line: Line) -> bool:
        return line.named

    return list(_runs(lines, follows, marked=False))


def _runs(
    lines: Sequence[Line],
    follows: Callable[[Line | None, Line], bool],
    *,
    marked: bool,
) -> Iterator[Run]:
    """
    Give the runs of lines that follow each other.

    Addresses and gaps neither join nor break a run; what is played with a track belongs
    to it. A blank or a foreign line ends a run, unless the lines are marked by numbers
    or times and the next mark goes on.
    """
    run: list[Line] = []
    last: Line | None = None
    start = end = 0
    blank = False
    for place, line in enumerate(lines):
        if line.is_blank:
            blank = True
            continue
        if line.is_gap:
            run += [line] if run else []
            continue
        breaks = blank and not (marked and _is_marked(line))
        joins = bool(run) and not breaks and (line.played_with or follows(last, line))
        if joins:
            run.append(line)
            end = place + 1
        elif line.is_address or (
            run and marked and _goes_on(lines, place, last, follows)
        ):
            continue
        else:
            if run:
                yield _run(run, start, end)
            starts = not line.played_with and follows(None, line)
            run, last, start, end = [line] if starts else [], None, place, place + 1
        blank = False
        if run and not (joins and line.played_with):
            last = line
    if run:
        yield _run(run, start, end)


def _is_marked(line: Line) -> bool:
    return line.number is not None or line.cue is not None


def _goes_on(
    lines: Sequence[Line],
    place: int,
    last: Line | None,
    follows: Callable[[Line | None, Line], bool],
) -> bool:
    """Say whether the run goes on behind a line or two that are none of its own."""
    below = lines[place + 1 : place + 1 + _MOST_FOREIGN]
    return any(_is_marked(line) and follows(last, line) for line in below)


def _run(lines: list[Line], start: int, end: int) -> Run:
    while lines[-1].is_gap:
        lines.pop()
    return Run(tuple(lines), start, end)
