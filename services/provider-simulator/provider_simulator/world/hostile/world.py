"""The hostile world put together, with what every id of it truly is."""

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from provider_simulator.chance import Chance
from provider_simulator.registry import SIDES
from provider_simulator.world.catalogue import World
from provider_simulator.world.hostile.companions import Names, companions, is_plain
from provider_simulator.world.hostile.names import single_names
from provider_simulator.world.hostile.playlist import Played, Playlist, read_playlist
from provider_simulator.world.hostile.right import RIGHT, Right
from provider_simulator.world.hostile.shares import BESIDE, COPY_KINDS
from provider_simulator.world.truth import Truth, complete


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
        return self.kind in COPY_KINDS


@dataclass
class Hostile:
    """
    The world, and the truth about it.

    Args:
        present: providers that have each played recording, by its key.
        meanings: what each id is, by provider.
        beside: kinds of what is beside a recording, by provider and key.
        isrcs: by id, where a provider knows them and others are asked by them.
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
        self._entries: dict[str, list[Any]] = {name: [] for name in SIDES}
        self._met: dict[str, set[Hashable]] = {name: set() for name in SIDES}
        self.made = Hostile(
            playlist,
            meanings={name: {} for name in SIDES},
            beside={name: defaultdict(set) for name in SIDES},
        )

    def finish(self) -> Hostile:
        """Write all down."""
        for played in self._playlist.played:
            self._enter(played)
        made = self.made
        made.world = World(
            {name: tuple(entries) for name, entries in self._entries.items()},
            given=len(self._playlist.played),
            covered={
                name: sum(name in has for has in made.present.values())
                for name in SIDES
            },
        )
        return made

    def _enter(self, played: Played) -> None:
        chance = Chance(self._seed, played.key)
        truth = complete(played.given, chance, self._isrcs)
        self.made.present[played.key] = frozenset(
            name
            for name, side in SIDES.items()
            if chance.share(name) >= side.hostile.absent
        )
        for name in SIDES:
            self._write_right(name, truth, played)
        for other in companions(
            truth, self._names, self._seed, self._isrcs, self._taken
        ):
            for name in SIDES:
                # drawn for each provider apart, whether or not it has the right one
                if chance.share(f"{name} beside {other.kind}") < BESIDE[other.kind]:
                    self._write(name, other.truth, Meaning(played.key, other.kind))

    def _write_right(self, name: str, truth: Truth, played: Played) -> None:
        is_there = name in self.made.present[played.key]
        if is_there:
            self._write(name, truth, Meaning(played.key, RIGHT))
        right = Right(truth, played, self._names, self._seed, is_there)
        for kind, entry in SIDES[name].hostile.beside(right):
            self._add(name, entry, Meaning(played.key, kind))

    def _write(self, name: str, truth: Truth, meaning: Meaning) -> None:
        for entry in SIDES[name].hostile.entries(truth, self._seed):
            self._add(name, entry, meaning)

    def _add(self, name: str, entry: Any, meaning: Meaning) -> None:  # noqa: ANN401 (of any folder)
        writing = SIDES[name].hostile
        if writing.same is not None:
            if writing.same(entry) in self._met[name]:
                return
            self._met[name].add(writing.same(entry))
        self._entries[name].append(entry)
        for one in writing.ids(entry):
            self.made.meanings[name][one] = meaning
            if isrcs := writing.isrcs(entry):
                self.made.isrcs[one] = isrcs
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
