"""The recordings as they truly are, before any provider writes them down its way."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from provider_simulator.chance import Chance
from provider_simulator.world.catalogue import Given
from provider_simulator.world.keys import CREDIT_JOIN, fold, recording_key

_GENRES = (
    ("house", "tech house", "deep house", "progressive house", "electro house"),
    ("techno", "melodic techno", "minimal techno", "hard techno", "industrial techno"),
    ("trance", "uplifting trance", "progressive trance", "psytrance", "vocal trance"),
    ("drum and bass", "liquid funk", "neurofunk", "jungle", "dubstep"),
    ("electronic", "dance", "electronica", "ambient", "downtempo"),
)
_LABELS = ("Meridian Cut", "Night Ferry", "Salt Lamp", "Third Rail Audio", "Paper Sun")
_WORDS = (
    *("Harbour", "Static", "Velvet", "Lantern", "Orbit", "Copper", "Tidal", "Mirror"),
    *("Cinder", "Atlas", "Fever", "Glass", "Northern", "Signal", "Ember", "Parallel"),
)
REMIXERS = ("Oskar Feld", "Mira Quent", "DJ Tallow", "Nine Volt Choir", "Kestrel 88")
COVER_ARTISTS = ("The Parlour Quintet", "Tin Roof Sessions", "Juno Marsh")
KARAOKE_ARTISTS = ("Singalong Cellar", "Backing Track Bureau")


@dataclass(frozen=True, slots=True)
class Truth:
    """
    A recording with nothing missing.

    Args:
        artists: names with what joins each to the next.
        distractor: in no tracklist; it is beside a recording that is in one.
    """

    key: str
    artists: tuple[tuple[str, str], ...]
    featured: tuple[str, ...]
    remixers: tuple[str, ...]
    title: str
    version: str | None
    label: str
    album: str
    kind: str
    isrc: str
    duration_ms: int
    released: str
    genres: tuple[str, ...]
    listeners: int
    popularity: int
    providers: frozenset[str] | None = None
    isrc_recordings: int | None = None
    distractor: bool = False

    @property
    def credit(self) -> str:
        """Return the credit as printed, without featured artists."""
        return "".join(name + join for name, join in self.artists)


def truths(
    given: Sequence[Given], seed: int, distractors: float, taken: Iterable[str] = ()
) -> Iterator[Truth]:
    """Invent what is missing, then the recordings that are in the way of matching."""
    isrcs = {one.isrc for one in given if one.isrc} | set(taken)
    keys = {one.key for one in given}
    for one in given:
        truth = complete(one, Chance(seed, one.key), isrcs)
        yield truth
        for sibling in _siblings(truth, given, Chance(seed, one.key), distractors):
            key = recording_key(sibling.credit, sibling.title, sibling.version)
            if key not in keys:
                keys.add(key)
                yield _registered(replace(sibling, key=key), truth, seed, isrcs)


def complete(given: Given, chance: Chance, isrcs: set[str]) -> Truth:
    """Invent what a given track does not tell."""
    year = chance.between("year", 1996, 2025)
    month, day = chance.between("month", 1, 12), chance.between("day", 1, 28)
    released = given.release_date or f"{year}-{month:02d}-{day:02d}"
    digits = released[:4]
    kind = chance.choice("kind", ("Single", "Single", "EP", "Album", "Compilation"))
    isrc = given.isrc or new_isrc(
        chance, int(digits) if digits.isdigit() else year, isrcs
    )
    # Few tracks are known to millions, most to thousands.
    listeners = given.listeners or int(10 ** (2 + 4.3 * chance.share("fame") ** 1.5))
    return Truth(
        key=given.key,
        artists=_joined(given, chance),
        featured=given.featured,
        remixers=given.remixers,
        title=given.title,
        version=given.version,
        label=given.label or chance.choice("label", _LABELS),
        album=given.album or _album(given.title, kind, chance),
        kind=kind,
        isrc=isrc,
        duration_ms=given.duration_ms or duration_of(given.version, chance),
        released=released,
        genres=given.tags or genres(fold(given.artist), chance),
        listeners=listeners,
        popularity=given.popularity or min(90, int(listeners**0.3)),
        providers=given.providers,
        isrc_recordings=given.isrc_recordings,
    )


def genres(artist: str, chance: Chance) -> tuple[str, ...]:
    """Draw genres of one family; the family is the artist's."""
    family = _GENRES[sum(artist.encode()) % len(_GENRES)]
    return chance.some("genres", family, chance.between("genre count", 1, 4))


def _joined(given: Given, chance: Chance) -> tuple[tuple[str, str], ...]:
    """Return the single artists of a credit, with the joins as printed."""
    if given.artists:
        return _joined_as_told(given)
    parts = CREDIT_JOIN.split(given.artist)
    names, joins = parts[::2], parts[1::2]
    # "A & B" is often one act of that name.
    one_act = len(names) == 2 and "&" in joins[0] and chance.share("act") < 0.3
    if one_act or not all(names):
        return ((given.artist, ""),)
    return tuple(zip(names, [*joins, ""], strict=True))


def _joined_as_told(given: Given) -> tuple[tuple[str, str], ...]:
    places, start = [], 0
    for name in given.artists:
        place = given.artist.find(name, start)
        if place < 0:
            return ((given.artist, ""),)
        places.append(place)
        start = place + len(name)
    ends = [*places[1:], len(given.artist)]
    return tuple(
        (name, given.artist[place + len(name) : end])
        for name, place, end in zip(given.artists, places, ends, strict=True)
    )


def new_isrc(chance: Chance, year: int, taken: set[str]) -> str:
    """Draw an ISRC that nobody has yet."""
    attempt = 0
    while (isrc := chance.isrc(f"isrc:{attempt}", year)) in taken:
        attempt += 1
    taken.add(isrc)
    return isrc


def duration_of(version: str | None, chance: Chance) -> int:
    """Draw a length, in milliseconds, as such a version has it."""
    words = (version or "").casefold()
    if "radio" in words or "short" in words:
        least, most = 165_000, 235_000
    elif "extended" in words or "club" in words or "original" in words:
        least, most = 290_000, 480_000
    else:
        least, most = 180_000, 430_000
    return chance.between("duration", least, most)


def _album(title: str, kind: str, chance: Chance) -> str:
    if kind == "Single":
        return title
    if kind == "EP":
        return f"{title} EP"
    return " ".join(chance.some("album", _WORDS, 2))


def _siblings(
    truth: Truth, given: Sequence[Given], chance: Chance, factor: float
) -> Iterator[Truth]:
    def met(kind: str, share: float) -> bool:
        return chance.share(f"distractor {kind}") < share * factor

    if truth.version and met("original", 0.6):
        yield replace(truth, version=None, remixers=())
    if met("remix", 0.3):
        remixer = chance.choice("remixer", REMIXERS)
        yield replace(truth, version=f"{remixer} Remix", remixers=(remixer,))
    if not truth.version and met("mix", 0.3):
        mix = chance.choice("mix", ("Extended Mix", "Radio Edit", "Club Mix"))
        yield replace(truth, version=mix)
    if met("live", 0.06):
        yield replace(truth, version="Live", remixers=())
    if met("instrumental", 0.05):
        yield replace(truth, version="Instrumental", remixers=())
    if met("karaoke", 0.05):
        yield by_another(
            truth, chance.choice("karaoke by", KARAOKE_ARTISTS), "Karaoke Version"
        )
    if met("cover", 0.05):
        yield by_another(truth, chance.choice("cover by", COVER_ARTISTS), None)
    if met("namesake", 0.08):
        yield by_another(truth, chance.choice("namesake by", given).artist, None)


def by_another(truth: Truth, artist: str, version: str | None) -> Truth:
    """Return the same title by somebody else."""
    return replace(
        truth,
        artists=((artist, ""),),
        featured=(),
        remixers=(),
        version=version,
        album=truth.title,
        kind="Single",
    )


def _registered(sibling: Truth, of: Truth, seed: int, isrcs: set[str]) -> Truth:
    """Return a sibling its own key, length and ISRC; some mixes share the ISRC."""
    chance = Chance(seed, sibling.key)
    same_act = sibling.artists == of.artists
    mix = (sibling.version or "").endswith(("Mix", "Edit"))
    shares = same_act and mix and chance.share("shares isrc") < 0.15
    year = int(of.released[:4]) if of.released[:4].isdigit() else 2010
    return replace(
        sibling,
        isrc=of.isrc if shares else new_isrc(chance, year, isrcs),
        duration_ms=duration_of(sibling.version, chance),
        listeners=max(10, of.listeners // chance.between("fame", 3, 40)),
        popularity=max(0, of.popularity - chance.between("popularity", 5, 40)),
        providers=of.providers,
        isrc_recordings=None,
        distractor=True,
    )
