"""How Last.fm has a recording: pages by spelling, corrections, pages of nobody."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from provider_simulator.chance import Chance
from provider_simulator.wire.lastfm.entries import LastfmTrack
from provider_simulator.wire.lastfm.wire import page_url
from provider_simulator.world.catalogue import Given
from provider_simulator.world.hostile.companions import Names, is_plain, near_artist
from provider_simulator.world.hostile.right import RIGHT, HostileWriting, Right
from provider_simulator.world.hostile.writing import shown_version, spelled
from provider_simulator.world.keys import fold
from provider_simulator.world.truth import Truth

# The catch-all artist has millions of listeners.
_UNKNOWN_LISTENERS = 2_800_000
_FEW_LISTENERS = 3
# The first three are shares of the tracks whose page it lacks.
_SHARES: Mapping[str, float] = MappingProxyType(
    {
        # autocorrect leads to a page of another artist
        "corrected": 0.05,
        # ... to the page of the title without its version
        "unversioned": 0.05,
        # ... to the catch-all artist
        "[unknown]": 0.02,
        # pages with three listeners, of recordings that lines spell in several ways
        "misspelling": 0.20,
    }
)


def page(truth: Truth, seed: int) -> LastfmTrack:
    """Return the page of a recording; autocorrect leads to it from other spellings."""
    chance = Chance(seed, truth.key, "lastfm")
    names = spelled(truth, "lastfm", chance)
    artist = "".join(name + join for name, join in names.artists)
    guests = f" feat. {', '.join(truth.featured)}" if truth.featured else ""
    in_title = bool(guests) and chance.share("guest in title") < 0.4
    title = _title(names.title, truth, chance)
    return LastfmTrack(
        artist=artist if in_title else artist + guests,
        name=f"{title} ({guests.strip()})" if in_title else title,
        mbid="",
        listeners=truth.listeners,
        playcount=truth.listeners * chance.between("plays", 2, 11),
        duration_ms=(
            0 if chance.share("length") < 0.4 else round(truth.duration_ms, -3)
        ),
        album=truth.album if chance.share("album") < 0.6 else None,
        tags=tuple((n, 100 // (p + 1)) for p, n in enumerate(truth.genres)),
        aliases=tuple(_spellings(truth, guests)),
    )


def misspellings(
    truth: Truth, others: Sequence[Given], seed: int
) -> Iterator[LastfmTrack]:
    """Yield pages that people made by typing a name as other lines print it."""
    chance = Chance(seed, truth.key, "lastfm misspelling")
    if chance.share("any") >= _SHARES["misspelling"]:
        return
    for other in others:
        version = "" if is_plain(other.version) else f" ({other.version})"
        yield replace(
            page(truth, seed),
            artist=other.artist,
            name=f"{other.title}{version}",
            listeners=_FEW_LISTENERS,
            playcount=_FEW_LISTENERS,
            tags=(),
            aliases=(),
        )


def leads_elsewhere(truth: Truth, names: Names, seed: int) -> LastfmTrack | None:
    """Return the page that autocorrect leads to if the recording has none."""
    chance = Chance(seed, truth.key, "lastfm correction")
    drawn = chance.share("which")
    own = page(truth, seed)
    if drawn < _SHARES["corrected"]:
        near = chance.share("near") < 0.5
        other = (
            near_artist(truth.artists[0][0], chance)
            if near
            else chance.choice("who", names.artists)
        )
        return replace(own, artist=other, aliases=own.aliases)
    drawn -= _SHARES["corrected"]
    if drawn < _SHARES["unversioned"]:
        if is_plain(truth.version):
            return None
        return replace(own, name=truth.title)
    if drawn - _SHARES["unversioned"] < _SHARES["[unknown]"]:
        return replace(own, artist="[unknown]", listeners=_UNKNOWN_LISTENERS)
    return None


def address(track: LastfmTrack) -> tuple[str, str]:
    """Return what makes a page another page."""
    return track.artist.casefold(), track.name.casefold()


def _spellings(truth: Truth, guests: str) -> Iterator[tuple[str, str]]:
    titles = [truth.title, f"{truth.title} (Original Mix)"]
    if not is_plain(truth.version):
        titles = [
            f"{truth.title} ({truth.version})",
            f"{truth.title} - {truth.version}",
        ]
    for artist in dict.fromkeys((truth.credit, truth.credit + guests)):
        yield from ((artist, title) for title in titles if fold(title))


def _title(title: str, truth: Truth, chance: Chance) -> str:
    version = shown_version(truth, "lastfm", chance)
    if version is None:
        return title
    dash = chance.share("dash") < 0.25
    return f"{title} - {version}" if dash else f"{title} ({version})"


def _beside(right: Right) -> Iterator[tuple[str, LastfmTrack]]:
    if right.is_there:
        pages = misspellings(right.truth, right.played.others, right.seed)
        yield from ((RIGHT, typed) for typed in pages)
    elif other := leads_elsewhere(right.truth, right.names, right.seed):
        yield "corrected", other


HOSTILE = HostileWriting(
    absent=0.20,
    entries=lambda truth, seed: (page(truth, seed),),
    ids=lambda track: (page_url(track),),
    beside=_beside,
    # one page for one spelling of names, whoever came first
    same=address,
)
