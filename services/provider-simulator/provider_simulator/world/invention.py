"""From true recordings to each provider's own entries: spellings, gaps, duplicates."""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from provider_simulator.chance import Chance
from provider_simulator.world.catalogue import (
    Album,
    Artist,
    Credit,
    Given,
    LastfmTrack,
    Recording,
    SpotifyTrack,
    World,
    unique,
)
from provider_simulator.world.coverage import Coverage
from provider_simulator.world.keys import PLAIN_VERSIONS, fold
from provider_simulator.world.truth import Truth, genres, truths

_COMPILATIONS = ("Peak Time Anthems", "Sunrise Sessions", "Warehouse Classics")


def invent(given: Sequence[Given], coverage: Coverage, seed: int) -> World:
    """Make a world; the same tracks, coverage and seed make the same world."""
    world = _Invention(coverage, seed)
    wanted = unique(given)
    for truth in truths(wanted, seed, coverage.distractors):
        world.write_down(truth)
    return World(
        tuple(world.spotify),
        tuple(world.musicbrainz),
        tuple(world.lastfm),
        given=len(wanted),
        covered=world.covered,
    )


class _Invention:
    """The entries written so far."""

    def __init__(self, coverage: Coverage, seed: int) -> None:
        self._coverage = coverage
        self._seed = seed
        self._artist = lru_cache(maxsize=None)(self._invent_artist)
        self.spotify: list[SpotifyTrack] = []
        self.musicbrainz: list[Recording] = []
        self.lastfm: list[LastfmTrack] = []
        self.covered = {"spotify": 0, "musicbrainz": 0, "lastfm": 0}

    def write_down(self, truth: Truth) -> None:
        """Enter a recording with every provider that has it."""
        chance = Chance(self._seed, truth.key)
        shares = {
            "spotify": self._coverage.spotify,
            "musicbrainz": self._coverage.musicbrainz,
            "lastfm": self._coverage.lastfm,
        }
        if truth.providers is None:
            has = {name for name, share in shares.items() if chance.share(name) < share}
        else:
            has = set(truth.providers)
        if not truth.distractor:
            for name in has & self.covered.keys():
                self.covered[name] += 1
        tracks: list[SpotifyTrack] = []
        if "spotify" in has:
            tracks = list(self._spotify_tracks(truth, chance))
            self.spotify.extend(tracks)
        if "musicbrainz" in has:
            self.musicbrainz.extend(self._recordings(truth, chance, tracks))
        if "lastfm" in has:
            self.lastfm.append(self._lastfm_track(truth, chance))

    def _invent_artist(self, folded: str, name: str) -> Artist:
        chance = Chance(self._seed, "artist", folded)
        return Artist(
            name, chance.mbid("mbid"), chance.spotify_id("id"), genres(folded, chance)
        )

    def _album(self, truth: Truth, chance: Chance, title: str, kind: str) -> Album:
        various = kind == "Compilation"
        owner = "" if various else truth.credit
        own = Chance(self._seed, "album", fold(owner), fold(title), kind)
        tracks = {"Single": 2, "EP": 4, "Album": 12, "Compilation": 40}
        return Album(
            title=title,
            kind=kind,
            mbid=own.mbid("release"),
            group_mbid=own.mbid("group"),
            spotify_id=own.spotify_id("id"),
            label=truth.label,
            released=truth.released,
            tracks=tracks.get(kind, 10) + chance.between("tracks", 0, 3),
            various=various,
        )

    def _artists(self, names: Sequence[str]) -> tuple[Artist, ...]:
        once = {fold(name) or name: name for name in reversed(names)}
        return tuple(
            self._artist(folded, name) for folded, name in reversed(once.items())
        )

    def _spotify_tracks(self, truth: Truth, chance: Chance) -> Iterator[SpotifyTrack]:
        names = [name for name, _ in truth.artists] + list(truth.featured)
        if chance.share("remixer credited") < 0.6:
            names += truth.remixers
        has_isrc = chance.share("spotify isrc") < self._coverage.spotify_isrcs
        homes = [(truth.album, truth.kind)]
        if chance.share("on a compilation") < 0.25:
            title = chance.choice("compilation", _COMPILATIONS)
            homes.append((title, "Compilation"))
        for edition, (title, kind) in enumerate(homes):
            yield SpotifyTrack(
                id=chance.spotify_id(f"spotify:{edition}"),
                name=_spotify_title(truth, chance),
                artists=self._artists(names),
                album=self._album(truth, chance, title, kind),
                isrc=truth.isrc if has_isrc else None,
                duration_ms=truth.duration_ms + 7 * edition,
                popularity=max(0, truth.popularity - 9 * edition),
                number=chance.between(f"number:{edition}", 1, 12),
            )

    def _credit(self, truth: Truth, chance: Chance) -> tuple[Credit, ...]:
        parts = [*truth.artists]
        if truth.featured:
            parts[-1] = (parts[-1][0], " feat. ")
            last = len(truth.featured) - 1
            parts += [
                (name, " & " if place < last else "")
                for place, name in enumerate(truth.featured)
            ]
        stripped = chance.share("credited plainly") < 0.15
        return tuple(
            Credit(
                self._artist(fold(name) or name, name),
                _plain(name) if stripped else name,
                join,
            )
            for name, join in parts
        )

    def _recordings(
        self, truth: Truth, chance: Chance, tracks: Sequence[SpotifyTrack]
    ) -> Iterator[Recording]:
        coverage = self._coverage
        has_isrc = chance.share("mb isrc") < coverage.isrcs
        owners = truth.isrc_recordings or _isrc_recordings(chance)
        for copy in range(owners if has_isrc else 1):
            remark, apart_ms, kind = _COPIES[copy % len(_COPIES)]
            length = round(truth.duration_ms + apart_ms, -3) + 1000 * (copy // 4)
            known = chance.share(f"length:{copy}") < coverage.lengths
            home = self._album(truth, chance, truth.album, truth.kind)
            mixed = self._album(truth, chance, _COMPILATIONS[copy % 3], "Compilation")
            linked = chance.share("url") < coverage.spotify_urls and not copy
            merged = chance.share(f"merged:{copy}") < 0.02
            yield Recording(
                mbid=chance.mbid(f"recording:{copy}"),
                title=_musicbrainz_title(truth, chance),
                credit=self._credit(truth, chance),
                length=length if known else None,
                isrcs=(truth.isrc,) if has_isrc else (),
                albums=(home, mixed) if kind == "both" else (mixed,),
                first_released=_partial_date(truth.released, chance),
                tags=_weighted(truth.genres, chance, "mb tags", 0.4, 7),
                disambiguation=remark,
                indexed=chance.share(f"indexed:{copy}") < coverage.indexed,
                urls=_urls(tracks) if linked else (),
                merged=(chance.mbid(f"merged:{copy}"),) if merged else (),
            )

    def _lastfm_track(self, truth: Truth, chance: Chance) -> LastfmTrack:
        guests = f" feat. {', '.join(truth.featured)}" if truth.featured else ""
        name = _lastfm_title(truth, chance)
        in_title = bool(guests) and chance.share("guest in title") < 0.4
        shown = truth.credit if in_title else truth.credit + guests
        names = [name]
        if fold(truth.version or "") in ("", *PLAIN_VERSIONS):
            names += [truth.title, f"{truth.title} (Original Mix)"]
        spellings = [truth.credit, truth.credit + guests]
        if len(truth.artists) > 1 and chance.share("first artist") < 0.5:
            spellings.append(truth.artists[0][0])
        aliases = [(artist, title) for artist in spellings for title in names]
        return LastfmTrack(
            artist=shown,
            name=f"{name} ({guests.strip()})" if in_title else name,
            mbid=chance.mbid("recording:0")
            if chance.share("lastfm mbid") < 0.4
            else "",
            listeners=truth.listeners,
            playcount=truth.listeners * chance.between("plays", 2, 11),
            duration_ms=(
                0
                if chance.share("lastfm length") < 0.4
                else round(truth.duration_ms, -3)
            ),
            album=truth.album if chance.share("lastfm album") < 0.6 else None,
            tags=_weighted(truth.genres, chance, "lastfm tags", 0.85, 100),
            aliases=tuple(aliases),
        )


# What sets the recordings of one ISRC apart: remark, milliseconds, where it is found.
_COPIES = (
    ("", 0, "both"),
    ("music video", 3_000, "compilation"),
    ("clean", 0, "compilation"),
    ("DJ-mix", -45_000, "compilation"),
)


def _isrc_recordings(chance: Chance) -> int:
    """Draw how many recordings an ISRC owns: 12 % several, 3 % four or more."""
    drawn = chance.share("isrc owners")
    if drawn < 0.03:
        return chance.between("many owners", 4, 6)
    return chance.between("few owners", 2, 3) if drawn < 0.12 else 1


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _shown_version(truth: Truth, chance: Chance, purpose: str) -> str | None:
    """Return the version as printed; "Original Mix" comes and goes."""
    if truth.version and fold(truth.version) not in PLAIN_VERSIONS:
        return truth.version
    return "Original Mix" if chance.share(purpose) < 0.08 else None


def _spotify_title(truth: Truth, chance: Chance) -> str:
    title = truth.title
    if chance.share("spotify plain") < 0.1:
        title = _plain(title)
    if truth.featured and chance.share("feat in title") < 0.5:
        title += f" (feat. {' & '.join(truth.featured)})"
    version = _shown_version(truth, chance, "spotify original mix")
    if version is None:
        return title
    bracket = chance.share("version in brackets") < 0.2
    return f"{title} ({version})" if bracket else f"{title} - {version}"


def _musicbrainz_title(truth: Truth, chance: Chance) -> str:
    title = truth.title
    if chance.share("typographic") < 0.3:
        title = title.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")
    version = _shown_version(truth, chance, "mb original mix")
    if version is None:
        return title
    # MusicBrainz writes common nouns of versions in lower case.
    for noun in ("Mix", "Remix", "Edit", "Version", "Live", "Instrumental", "Dub"):
        version = " ".join(
            word.lower() if word == noun else word for word in version.split(" ")
        )
    return f"{title} ({version})"


def _lastfm_title(truth: Truth, chance: Chance) -> str:
    title = _plain(truth.title) if chance.share("lastfm plain") < 0.15 else truth.title
    version = _shown_version(truth, chance, "lastfm original mix")
    if version is None:
        return title
    dash = chance.share("lastfm dash") < 0.25
    return f"{title} - {version}" if dash else f"{title} ({version})"


def _partial_date(released: str, chance: Chance) -> str:
    drawn = chance.share("date precision")
    if drawn < 0.1:
        return released[:4]
    return released[:7] if drawn < 0.17 else released


def _weighted(
    names: Sequence[str], chance: Chance, purpose: str, share: float, top: int
) -> tuple[tuple[str, int], ...]:
    if chance.share(purpose) >= share:
        return ()
    return tuple((name, max(1, top // (place + 1))) for place, name in enumerate(names))


def _urls(tracks: Sequence[SpotifyTrack]) -> tuple[tuple[str, str], ...]:
    return tuple(
        ("free streaming", f"https://open.spotify.com/track/{track.id}")
        for track in tracks[:1]
    )
