"""What was played: recordings by their labels in mixes, named as their lines print."""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

from provider_simulator.chance import Chance
from provider_simulator.world.catalogue import Given
from provider_simulator.world.hostile.names import given_of
from provider_simulator.world.keys import fold
from provider_simulator.world.printed import Printed, split

# "Track of the week: Artist - Title": the splitter takes all of it for the artist.
_PROGRAMME = ": "
# A text with fewer lines may be taken for no tracklist at all.
_LEAST_LINES = 5
# A line whose title is less like the recording's than this has another's label.
_LIKE_TITLE = 0.6


@dataclass(frozen=True, slots=True)
class Played:
    """
    A recording that is asked for, and the line that asks.

    Args:
        key: what makes two spellings one recording in this world.
        given: the name that most of its lines print.
        others: names of all its lines; misspellings are among them.
    """

    key: str
    given: Given
    line: str
    others: tuple[Given, ...] = ()


@dataclass(frozen=True, slots=True)
class Mix:
    """One mix: its title and the lines of it that are asked."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Playlist:
    """
    All that is asked, and the names around it.

    Args:
        known: every recording of all mixes, asked or not, by key.
        left_out: lines that say nothing to this world, by reason.
    """

    mixes: tuple[Mix, ...]
    played: tuple[Played, ...]
    known: Mapping[str, Given]
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    given: Given
    key: str


def read_playlist(path: Path, tracks: int, seed: int) -> Playlist:
    """Draw mixes until so many recordings are asked for, each by one line."""
    left_out: Counter[str] = Counter()
    mixes = list(_mixes(path, left_out))
    lines = _by_label(mixes)
    named = _named(lines)
    asked: dict[str, Played] = {}
    chosen: list[Mix] = []
    for place in _shuffled(len(mixes), seed):
        title, rows = mixes[place]
        usable = _usable(rows, named, lines, asked, left_out)
        if len(usable) >= _LEAST_LINES:
            some = usable[: _part(len(usable), tracks - len(asked))]
            asked |= {one.key: one for one in some}
            chosen.append(Mix(title, tuple(one.line for one in some)))
        if len(asked) >= tracks:
            break
    known = {line.key: line.given for line in named.values()}
    return Playlist(tuple(chosen), tuple(asked.values()), known, dict(left_out))


def _part(usable: int, wanted: int) -> int:
    """Return how many lines to take, so that enough are left for the next mix."""
    taken = min(usable, wanted)
    lacking = _LEAST_LINES - (wanted - taken)
    if 0 < lacking < _LEAST_LINES and taken - lacking >= _LEAST_LINES:
        return taken - lacking
    return taken


def _usable(
    rows: Sequence[tuple[str, _Line]],
    named: Mapping[str, _Line],
    lines: Mapping[str, Sequence[_Line]],
    asked: Mapping[str, Played],
    left_out: Counter[str],
) -> list[Played]:
    """Return the lines of a mix that ask for something new."""
    found: dict[str, Played] = {}
    for label, line in rows:
        name = named[label]
        if name.key in asked or name.key in found:
            continue
        if not _is_meant(line, name):
            left_out["labelled as another recording"] += 1
            continue
        others = {one.text: one.given for one in lines[label]}
        found[name.key] = Played(
            name.key, name.given, line.text, tuple(others.values())
        )
    return list(found.values())


def _mixes(
    path: Path, left_out: Counter[str]
) -> Iterator[tuple[str, list[tuple[str, _Line]]]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        for text in file:
            mix = json.loads(text)
            yield str(mix["title"]), list(_labelled(mix["tracklist"], left_out))


def _labelled(
    rows: Sequence[Mapping[str, object]], left_out: Counter[str]
) -> Iterator[tuple[str, _Line]]:
    for row in rows:
        line = " ".join(str(row["line"]).split())
        names = split(line) if row["recording"] else None
        if not row["recording"]:
            left_out["without a label"] += 1
        elif names is None or not _has_letters(names):
            left_out["not to be split"] += 1
        elif _PROGRAMME in names.artist:
            left_out["a programme's words before the artist"] += 1
        else:
            given = given_of(names)
            yield str(row["recording"]), _Line(line, given, given.key)


def _has_letters(names: Printed) -> bool:
    return bool(fold(names.artist) and fold(names.title))


def _by_label(
    mixes: Sequence[tuple[str, list[tuple[str, _Line]]]],
) -> Mapping[str, list[_Line]]:
    lines: defaultdict[str, list[_Line]] = defaultdict(list)
    for _, rows in mixes:
        for label, line in rows:
            lines[label].append(line)
    return lines


def _named(lines: Mapping[str, Sequence[_Line]]) -> dict[str, _Line]:
    """Name each label by the commonest of its lines; the first one among equals."""
    named: dict[str, _Line] = {}
    by_key: dict[str, _Line] = {}
    for label, several in lines.items():
        [(key, _)] = Counter(line.key for line in several).most_common(1)
        common = next(line for line in several if line.key == key)
        named[label] = by_key.setdefault(key, common)
    return named


def _is_meant(line: _Line, name: _Line) -> bool:
    """Return whether a line means the recording that its label names."""
    if line.key == name.key:
        return True
    if line.key.rsplit("|", 1)[1] != name.key.rsplit("|", 1)[1]:
        return False
    one, other = fold(line.given.title), fold(name.given.title)
    return SequenceMatcher(None, one, other).ratio() >= _LIKE_TITLE


def _shuffled(count: int, seed: int) -> list[int]:
    chance = Chance(seed, "mixes")
    return sorted(range(count), key=lambda place: chance.number(str(place)))
