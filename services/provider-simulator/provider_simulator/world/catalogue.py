"""The world of tracks: what each provider has, and the files it is made from."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from provider_simulator.world.keys import recording_key


class CatalogueInvalid(ValueError):  # noqa: N818 - it says what is the matter
    """A catalogue that cannot be read: says which line."""


@dataclass(frozen=True, slots=True)
class Given:
    """
    One track as a file gives it; what is missing is invented.

    Args:
        artist: the credit as printed, without featured artists.
        title: base title.
        artists: the single artists of the credit, in printed order.
        providers: who has it; None leaves it to the coverage profile.
        isrc_recordings: how many MusicBrainz recordings its ISRC owns; None: by chance.
    """

    artist: str
    title: str
    version: str | None = None
    artists: tuple[str, ...] = ()
    featured: tuple[str, ...] = ()
    remixers: tuple[str, ...] = ()
    label: str | None = None
    album: str | None = None
    isrc: str | None = None
    duration_ms: int | None = None
    release_date: str | None = None
    tags: tuple[str, ...] = ()
    listeners: int | None = None
    popularity: int | None = None
    providers: frozenset[str] | None = None
    isrc_recordings: int | None = None

    @property
    def key(self) -> str:
        """Return what makes two spellings the same recording, for this world."""
        return recording_key(self.artist, self.title, self.version)


@dataclass(frozen=True, slots=True)
class Artist:
    """A credited name; one per spelling-independent name in the whole world."""

    name: str
    mbid: str
    spotify_id: str
    genres: tuple[str, ...]
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Album:
    """What a recording came out on; `kind`: Album, Single, EP, Compilation, DJ-mix."""

    title: str
    kind: str
    mbid: str
    group_mbid: str
    spotify_id: str
    label: str
    released: str
    tracks: int
    various: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """
    All that the providers know; each has its own part, nobody has all.

    Args:
        entries: of each provider, as its folder writes them.
        given: tracks asked for; the rest are distractors.
        covered: how many of those that were asked for each provider has.
    """

    entries: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    given: int = 0
    covered: Mapping[str, int] = field(default_factory=dict)

    def of(self, provider: str) -> tuple[Any, ...]:
        """Return what a provider has."""
        return self.entries.get(provider, ())


def read_given(path: Path) -> list[Given]:
    """Read tracks from JSON Lines, a JSON list, or an object with `recordings`."""
    text = path.read_text(encoding="utf-8")
    if text.lstrip().startswith("["):
        return list(given_from(json.loads(text)))
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        return list(given_from(_lines(text, path.name)))
    if isinstance(whole, dict) and isinstance(whole.get("recordings"), list):
        return list(given_from(whole["recordings"]))
    return list(given_from([whole]))


def given_from(rows: Iterable[Mapping[str, object]]) -> Iterator[Given]:
    """Read tracks; rows that name no track (ID - ID) are left out."""
    for row in rows:
        artist = _text(row, "artist")
        title = _text(row, "full_title") or _text(row, "title")
        if row.get("identified") is False or not artist or not title:
            continue
        version = _text(row, "version")
        yield Given(
            artist=artist,
            title=_base_title(title, version),
            version=version or _bracketed_version(title),
            artists=_texts(row, "artists"),
            featured=_texts(row, "featured"),
            remixers=_texts(row, "remixers"),
            label=_text(row, "label"),
            album=_text(row, "album"),
            isrc=_text(row, "isrc"),
            duration_ms=_count(row, "duration_ms"),
            release_date=_text(row, "release_date"),
            tags=_texts(row, "tags"),
            listeners=_count(row, "listeners"),
            popularity=_count(row, "popularity"),
            providers=frozenset(_texts(row, "providers")) or None,
            isrc_recordings=_count(row, "isrc_recordings"),
        )


def unique(given: Sequence[Given]) -> list[Given]:
    """Keep the first of each recording."""
    seen: dict[str, Given] = {}
    for one in given:
        seen.setdefault(one.key, one)
    return list(seen.values())


_VERSION = re.compile(
    r"\s+[(\[]([^()\[\]]*\b(?:re-?mix|mix|edit|version|dub|rework|bootleg|vip|live|"
    r"instrumental|acoustic|mashup|flip|re-?work|acap+ella|remaster(?:ed)?)\b"
    r"[^()\[\]]*)[)\]]\s*$",
    re.IGNORECASE,
)


def _bracketed_version(title: str) -> str | None:
    found = _VERSION.search(title)
    return found.group(1).strip() if found else None


def _base_title(title: str, version: str | None) -> str:
    if not version:
        base = _VERSION.sub("", title)
        return base.strip() or title
    for opening, closing in (("(", ")"), ("[", "]"), ("- ", "")):
        tail = f"{opening}{version}{closing}"
        if title.casefold().endswith(tail.casefold()):
            return title[: -len(tail)].strip() or title
    return title


def _lines(text: str, name: str) -> Iterator[Mapping[str, object]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as fault:
            raise CatalogueInvalid(f"{name}, line {number}: {fault}") from fault
        if not isinstance(row, dict):
            raise CatalogueInvalid(f"{name}, line {number}: not an object")
        yield row


def _text(row: Mapping[str, object], name: str) -> str | None:
    value = row.get(name)
    return value.strip() or None if isinstance(value, str) else None


def _texts(row: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = row.get(name)
    if not isinstance(value, list):
        return ()
    return tuple(text for text in cast("list[object]", value) if isinstance(text, str))


def _count(row: Mapping[str, object], name: str) -> int | None:
    value = row.get(name)
    return int(value) if isinstance(value, (int, float)) else None
