"""How Last.fm has a recording in the usual world."""

from collections.abc import Iterator

from provider_simulator.chance import Chance
from provider_simulator.wire.lastfm.entries import LastfmTrack
from provider_simulator.world.ground import Ground
from provider_simulator.world.keys import PLAIN_VERSIONS, fold
from provider_simulator.world.truth import Truth
from provider_simulator.world.writing import plain, shown_version, weighted


def write(truth: Truth, ground: Ground) -> Iterator[LastfmTrack]:
    """Yield the page of a recording, with the spellings that lead to it."""
    chance = Chance(ground.seed, truth.key)
    guests = f" feat. {', '.join(truth.featured)}" if truth.featured else ""
    name = _title(truth, chance)
    in_title = bool(guests) and chance.share("guest in title") < 0.4
    shown = truth.credit if in_title else truth.credit + guests
    names = [name]
    if fold(truth.version or "") in ("", *PLAIN_VERSIONS):
        names += [truth.title, f"{truth.title} (Original Mix)"]
    spellings = [truth.credit, truth.credit + guests]
    if len(truth.artists) > 1 and chance.share("first artist") < 0.5:
        spellings.append(truth.artists[0][0])
    aliases = [(artist, title) for artist in spellings for title in names]
    yield LastfmTrack(
        artist=shown,
        name=f"{name} ({guests.strip()})" if in_title else name,
        mbid=chance.mbid("recording:0") if chance.share("lastfm mbid") < 0.4 else "",
        listeners=truth.listeners,
        playcount=truth.listeners * chance.between("plays", 2, 11),
        duration_ms=(
            0 if chance.share("lastfm length") < 0.4 else round(truth.duration_ms, -3)
        ),
        album=truth.album if chance.share("lastfm album") < 0.6 else None,
        tags=weighted(truth.genres, chance, "lastfm tags", 0.85, 100),
        aliases=tuple(aliases),
    )


def _title(truth: Truth, chance: Chance) -> str:
    title = plain(truth.title) if chance.share("lastfm plain") < 0.15 else truth.title
    version = shown_version(truth, chance, "lastfm original mix")
    if version is None:
        return title
    dash = chance.share("lastfm dash") < 0.25
    return f"{title} - {version}" if dash else f"{title} ({version})"
