"""
Spotify's search language: words and filters, and which tracks they find.

https://developer.spotify.com/documentation/web-api/reference/search
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from provider_simulator.search.index import words
from provider_simulator.wire.spotify.entries import SpotifyTrack

_FILTERS = "album|artist|track|year|upc|isrc|genre|tag"
_FILTER = re.compile(rf"\b({_FILTERS}):", re.IGNORECASE)
# Operators stand outside quotes: an even number of them follows.
_OUTSIDE = r'(?=(?:[^"]*"[^"]*")*[^"]*$)'
_ALTERNATIVE = re.compile(r"\bOR\b" + _OUTSIDE)
_OPERATOR = re.compile(r"\b(?:AND|NOT)\b" + _OUTSIDE)
_YEARS = re.compile(r"(\d{4})(?:-(\d{4}))?")
# Words of a plain query may be missing in a track, but not more than these shares.
_MOST_MISSING = 0.34
# A word that is in more tracks makes none of them near.
_RARE_ENOUGH = 400


class SearchInvalid(ValueError):  # noqa: N818 - it says what is the matter
    """A query that is answered with 400."""


@dataclass(frozen=True, slots=True)
class Search:
    """Words anywhere, and words by filter."""

    words: tuple[str, ...]
    filters: tuple[tuple[str, str], ...]
    # Apostrophes and colons inside a filter lose the hits (facts: 2.6).
    lost: bool = False


def read_search(text: str) -> Search:
    """
    Read a query; raises `SearchInvalid`.

    Operators are taken for what they are: after OR the rest is another query, of which
    the answer holds nothing (a batch by OR is undocumented and unproven).
    """
    if text.count('"') % 2:
        raise SearchInvalid("Bad request.")
    text = _ALTERNATIVE.split(text, maxsplit=1)[0]
    text = _OPERATOR.sub(" ", text)
    parts = _FILTER.split(text)
    free = parts[0]
    filters: list[tuple[str, str]] = []
    lost = False
    for name, raw in zip(parts[1::2], parts[2::2], strict=True):
        value, rest, quoted = _filter_value(raw)
        free += " " + rest
        if not quoted and ("&" in value or re.search(r"(^|\s)'", value)):
            raise SearchInvalid("Bad request.")
        lost = lost or (name.lower() != "tag" and bool(re.search(r"['’:]", value)))
        filters.append((name.lower(), value))
    return Search(words(free), tuple(filters), lost)


def _filter_value(raw: str) -> tuple[str, str, bool]:
    stripped = raw.strip()
    if stripped.startswith('"'):
        value, _, rest = stripped[1:].partition('"')
        return value, rest, True
    return stripped, "", False


class TrackIndex:
    """Which words are in which tracks."""

    def __init__(self, tracks: Sequence[SpotifyTrack]) -> None:
        self._tracks = tracks
        self._words: dict[str, defaultdict[str, set[int]]] = {
            name: defaultdict(set) for name in ("track", "artist", "album", "genre")
        }
        self._anywhere: defaultdict[str, set[int]] = defaultdict(set)
        self._isrcs: defaultdict[str, list[int]] = defaultdict(list)
        for number, track in enumerate(tracks):
            self._enter(number, track)

    def _enter(self, number: int, track: SpotifyTrack) -> None:
        genres = [genre for artist in track.artists for genre in artist.genres]
        texts = {
            "track": track.name,
            "artist": " ".join(artist.name for artist in track.artists),
            "album": track.album.title,
            "genre": " ".join(genres),
        }
        for field, text in texts.items():
            for word in words(text):
                self._words[field][word].add(number)
                if field != "genre":
                    self._anywhere[word].add(number)
        if track.isrc:
            self._isrcs[track.isrc].append(number)

    def find(self, search: Search) -> list[SpotifyTrack]:
        """Return the tracks found, best first."""
        if search.lost:
            return []
        found: set[int] | None = None
        for name, value in search.filters:
            matching = self._filtered(name, value)
            found = matching if found is None else found & matching
        scores = self._scored(search.words, found)
        ranked = sorted(
            scores, key=lambda n: (-scores[n], -self._tracks[n].popularity, n)
        )
        return [self._tracks[number] for number in ranked]

    def near(
        self, search: Search, found: Sequence[SpotifyTrack], rows: int
    ) -> list[SpotifyTrack]:
        """Return tracks that share words with a search by names and fill its page."""
        if search.lost or any(name in ("isrc", "upc") for name, _ in search.filters):
            return []
        held: Counter[int] = Counter()
        for name, value in (*search.filters, ("", " ".join(search.words))):
            postings = self._words.get(name, self._anywhere)
            for word in words(value):
                numbers = postings.get(word, set())
                if len(numbers) <= _RARE_ENOUGH:
                    held.update(numbers)
        known = {track.id for track in found}
        ranked = sorted(held, key=lambda n: (-held[n], -self._tracks[n].popularity, n))
        near = (self._tracks[n] for n in ranked if self._tracks[n].id not in known)
        return list(near)[: max(0, rows - len(found))]

    def _filtered(self, name: str, value: str) -> set[int]:
        if name == "isrc":
            return set(self._isrcs.get(value.strip(), ()))
        if name == "year":
            return self._of_years(value)
        if name not in self._words:
            return set()
        wanted = words(value)
        if not wanted:
            return set()
        return set.intersection(*(self._words[name].get(w, set()) for w in wanted))

    def _of_years(self, value: str) -> set[int]:
        years = _YEARS.match(value.strip())
        if years is None:
            return set()
        first, last = years.group(1), years.group(2) or years.group(1)
        return {
            number
            for number, track in enumerate(self._tracks)
            if first <= track.album.released[:4] <= last
        }

    def _scored(
        self, wanted: tuple[str, ...], within: set[int] | None
    ) -> dict[int, float]:
        if not wanted:
            return dict.fromkeys(within or (), 1.0)
        holding = sorted(
            (self._anywhere.get(word, set()) for word in set(wanted)), key=len
        )
        may_miss = int(len(holding) * _MOST_MISSING)
        # Who misses no more than that has at least one of the rarest words.
        candidates = set[int]().union(*holding[: may_miss + 1])
        if within is not None:
            candidates &= within
        held: Counter[int] = Counter()
        for numbers in holding:
            held.update(candidates & numbers)
        least = len(holding) - may_miss
        return {number: float(n) for number, n in held.items() if n >= least}
