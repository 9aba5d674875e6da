"""The hostile world put together, with what every id of it truly is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from provider_simulator.chance import Chance
from provider_simulator.wire.lastfm import page_url
from provider_simulator.world.catalogue import (
    LastfmTrack,
    Recording,
    SpotifyTrack,
    World,
)
from provider_simulator.world.hostile import lastfm, musicbrainz, spotify
from provider_simulator.world.hostile.companions import Names, companions, is_plain
from provider_simulator.world.hostile.names import single_names
from provider_simulator.world.hostile.playlist import Played, Playlist, read_playlist
from provider_simulator.world.hostile.shares import ABSENT, BESIDE, COPIES, PROVIDERS
from provider_simulator.world.truth import Truth, complete

RIGHT = "right"
# A cut of a DJ mix, whatever the provider calls it.
_CUT = "dj-mix"


@dataclass(frozen=True, slots=True)
class Meaning:
    """
    What an id is.

    Args:
        beside: key of the played recording that it is or is beside.
        kind: "right", a kind of copy, or what sets it apart from that recording.
    """

    beside: str
    kind: str

    @property
    def is_copy(self) -> bool:
        """Return whether it is a copy of the very recording."""
        return self.kind in musicbrainz.COPY_KINDS


@dataclass
class Hostile:
    """
    The world, and the truth about it.

    Args:
        present: providers that have each played recording, by its key.
        meanings: what each id is, by provider.
        beside: kinds of what is beside a recording, by provider and key.
        isrcs: of each MusicBrainz recording, by its id.
    """

    playlist: Playlist
    world: World = field(default_factory=World)
    present: dict[str, frozenset[str]] = field(default_factory=dict)
    meanings: dict[str, dict[str, Meaning]] = field(default_factory=dict)
    beside: dict[str, defaultdict[str, set[str]]] = field(default_factory=dict)
    isrcs: dict[str, tuple[str, ...]] = field(default_factory=dict)


def hostile_world(mixes: Path, tracks: int, seed: int) -> Hostile:
    """Make the world of so many played recordings; equal for equal seeds."""
    playlist = read_playlist(mixes, tracks, seed)
    return _Building(playlist, seed).finish()


class _Building:
    """The entries written so far."""

    def __init__(self, playlist: Playlist, seed: int) -> None:
        self._seed = seed
        self._playlist = playlist
        self._names = _names(playlist)
        self._isrcs: set[str] = set()
        self._taken = set(playlist.known)
        self._spotify: list[SpotifyTrack] = []
        self._musicbrainz: list[Recording] = []
        self._lastfm: dict[tuple[str, str], LastfmTrack] = {}
        self.made = Hostile(
            playlist,
            meanings={name: {} for name in PROVIDERS},
            beside={name: defaultdict(set) for name in PROVIDERS},
        )

    def finish(self) -> Hostile:
        """Write all down."""
        for played in self._playlist.played:
            self._enter(played)
        made = self.made
        made.world = World(
            tuple(self._spotify),
            tuple(self._musicbrainz),
            tuple(self._lastfm.values()),
            given=len(self._playlist.played),
            covered={
                name: sum(name in has for has in made.present.values())
                for name in PROVIDERS
            },
        )
        return made

    def _enter(self, played: Played) -> None:
        chance = Chance(self._seed, played.key)
        truth = complete(played.given, chance, self._isrcs)
        has = frozenset(n for n in PROVIDERS if chance.share(n) >= ABSENT[n])
        self.made.present[played.key] = has
        self._write_right(truth, played, has, chance)
        for other in companions(
            truth, self._names, self._seed, self._isrcs, self._taken
        ):
            for name in PROVIDERS:
                # drawn for each provider apart, whether or not it has the right one
                if chance.share(f"{name} beside {other.kind}") < BESIDE[other.kind]:
                    self._write(name, other.truth, Meaning(played.key, other.kind))

    def _write_right(
        self, truth: Truth, played: Played, has: frozenset[str], chance: Chance
    ) -> None:
        right = Meaning(played.key, RIGHT)
        for name in has:
            self._write(name, truth, right)
        if chance.share("mixed cut") < COPIES["mixed cut"]:
            cut = spotify.mixed_cut(truth, self._seed)
            self._add_spotify([cut], Meaning(played.key, _CUT))
        [whole] = musicbrainz.recordings(truth, self._seed)
        for kind, copy in musicbrainz.copies(
            truth, whole, self._seed, is_there="musicbrainz" in has
        ):
            self._add_musicbrainz([copy], Meaning(played.key, kind))
        if "lastfm" in has:
            pages = lastfm.misspellings(truth, played.others, self._seed)
            self._add_lastfm(pages, right)
        elif other := lastfm.leads_elsewhere(truth, self._names, self._seed):
            self._add_lastfm([other], Meaning(played.key, "corrected"))

    def _write(self, name: str, truth: Truth, meaning: Meaning) -> None:
        if name == "spotify":
            self._add_spotify(spotify.tracks(truth, self._seed), meaning)
        elif name == "musicbrainz":
            self._add_musicbrainz(musicbrainz.recordings(truth, self._seed), meaning)
        else:
            self._add_lastfm([lastfm.page(truth, self._seed)], meaning)

    def _add_spotify(self, tracks: Iterable[SpotifyTrack], meaning: Meaning) -> None:
        for track in tracks:
            self._spotify.append(track)
            self._note("spotify", track.id, meaning)

    def _add_musicbrainz(self, rows: Iterable[Recording], meaning: Meaning) -> None:
        for row in rows:
            self._musicbrainz.append(row)
            for mbid in (row.mbid, *row.merged):
                self._note("musicbrainz", mbid, meaning)
                self.made.isrcs[mbid] = row.isrcs

    def _add_lastfm(self, pages: Iterable[LastfmTrack], meaning: Meaning) -> None:
        for page in pages:
            # one page for one spelling of names, whoever came first
            if lastfm.address(page) not in self._lastfm:
                self._lastfm[lastfm.address(page)] = page
                self._note("lastfm", page_url(page), meaning)

    def _note(self, name: str, entry: str, meaning: Meaning) -> None:
        self.made.meanings[name][entry] = meaning
        if meaning.kind != RIGHT:
            self.made.beside[name][meaning.beside].add(meaning.kind)


def _names(playlist: Playlist) -> Names:
    known = playlist.known.values()
    artists = {name: None for given in known for name in single_names(given.artist)}
    remixes = {
        given.version: None
        for given in known
        if given.remixers and not is_plain(given.version)
    }
    return Names(
        tuple(artists),
        tuple(version for version in remixes if version),
        tuple(given.title for given in known),
    )


def summary(made: Hostile) -> Mapping[str, object]:
    """Count what was asked, left out and put in the way."""
    return {
        "asked": len(made.playlist.played),
        "left_out": dict(made.playlist.left_out),
        "entries": {name: len(ids) for name, ids in made.meanings.items()},
    }
