"""Invented tracks and the answers that providers give for them: equal for every run."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from enrichment.contract.identity.identity import track_key
from enrichment.contract.identity.titles import parse_name
from enrichment.contract.messages import EnrichmentRequest
from enrichment.model import Candidate, ProviderName

_SYLLABLES = "ka lo mi ren sa tu vel dor an ix bra che fo gul hei jun ny pel qua ros"
_WORDS = """
    night river glass signal harbour velvet orbit summer static mirror engine paper
    silver garden echo horizon tunnel winter neon shadow
"""
_TAGS = ("electronic", "house", "techno", "trance", "progressive house", "dance")
# A DJ plays each artist more than once: some tracks to one name.
TRACKS_PER_ARTIST = 6


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One track: what is queued for it, and what each provider answers.

    Args:
        answers: the candidates by provider, the right one among them.
    """

    request: EnrichmentRequest
    answers: dict[ProviderName, tuple[Candidate, ...]]


def entries(count: int, *, first: int = 0) -> Iterator[Entry]:
    """Yield tracks by number: number n is the same track in every run."""
    for number in range(first, first + count):
        yield _entry(number)


def _entry(number: int) -> Entry:
    chance = random.Random(number)  # noqa: S311 (invented names)
    artist = _artist(number // TRACKS_PER_ARTIST)
    base = " ".join(chance.sample(_words(), 2)).title() + f" {_syllables(number)}"
    maker = _artist(chance.randrange(1_000_000))
    version = chance.choice(("", "", "", " (Extended Mix)", f" ({maker} Remix)"))
    title = base + version
    key = track_key(parse_name(artist, title))
    if key is None:
        raise AssertionError(f"{artist} - {title} names no track")
    request = EnrichmentRequest(
        track_id=key.track_id, artist=artist, title=title, source="bench"
    )
    duration = chance.randrange(180_000, 480_000)
    siblings = (f"{base} (Tidal Engine Remix)", f"{base} (Dub)")
    return Entry(
        request,
        {
            ProviderName("musicbrainz"): tuple(
                _recording(number + n * 1_000_000, artist, printed, duration + n * 9000)
                for n, printed in enumerate((title, *siblings))
            ),
            ProviderName("lastfm"): (_scrobbled(chance, artist, title, duration),),
            ProviderName("spotify"): tuple(
                _listed(number, artist, title, duration, album)
                for album in (base, "Harbour Nights 7")
            ),
        },
    )


def _recording(number: int, artist: str, title: str, duration: int) -> Candidate:
    return Candidate(
        provider=ProviderName("musicbrainz"),
        id=f"{number:08x}-0000-4000-8000-{number:012x}",
        artist=artist,
        title=title,
        artists=(artist,),
        artist_ids=(f"{_hash(artist):08x}-0000-4000-8000-000000000000",),
        duration_ms=duration,
        isrcs=(f"ZZBCH{number % 10_000_000:07d}",),
        release_date="2014-05-19",
        genres=tuple((tag, 9 - n) for n, tag in enumerate(_TAGS[:3])),
        label="Bench Records",
        score=100,
    )


def _listed(
    number: int, artist: str, title: str, duration: int, album: str
) -> Candidate:
    return Candidate(
        provider=ProviderName("spotify"),
        id=f"{_hash(album) % 62:02d}{number:020d}",
        artist=artist,
        title=title,
        artists=(artist,),
        artist_ids=(f"{_hash(artist):022d}",),
        album=album,
        duration_ms=duration + 350,
        isrcs=(f"ZZBCH{number % 10_000_000:07d}",),
        release_date="2014-05-19",
        popularity=number % 100,
        artwork_url=f"https://i.scdn.co/image/ab67616d0000b273{number:024x}",
        url=f"https://open.spotify.com/track/{number:022d}",
    )


def _scrobbled(
    chance: random.Random, artist: str, title: str, duration: int
) -> Candidate:
    url = f"https://www.last.fm/music/{artist}/_/{title}".replace(" ", "+")
    return Candidate(
        provider=ProviderName("lastfm"),
        id=url,
        artist=artist,
        title=title,
        artists=(artist,),
        artist_ids=("",),
        duration_ms=duration // 1000 * 1000,
        genres=tuple((tag, 100 - 10 * n) for n, tag in enumerate(_TAGS)),
        listeners=chance.randrange(1_000_000),
        playcount=chance.randrange(10_000_000),
        url=url,
    )


@lru_cache(maxsize=4096)
def _artist(number: int) -> str:
    chance = random.Random(number)  # noqa: S311 (invented names)
    name = _syllables(number).title()
    if chance.random() < 0.2:
        return f"{name} & {_syllables(number + 17).title()}son"
    return f"DJ {name}" if chance.random() < 0.1 else f"{name} {_words()[number % 20]}"


def _syllables(number: int) -> str:
    known = _SYLLABLES.split()
    digits: list[str] = []
    while number or len(digits) < 2:
        number, digit = divmod(number, len(known))
        digits.append(known[digit])
    return "".join(digits)


def _words() -> list[str]:
    return _WORDS.split()


def _hash(text: str) -> int:
    return sum((n + 1) * ord(letter) for n, letter in enumerate(text)) % 0xFFFFFFFF
