"""How MusicBrainz writes a recording down in the usual world."""

from collections.abc import Iterator

from provider_simulator.chance import Chance
from provider_simulator.wire.musicbrainz.entries import Credit, Recording, joined
from provider_simulator.world.catalogue import Album
from provider_simulator.world.ground import Ground
from provider_simulator.world.truth import Truth
from provider_simulator.world.writing import (
    COMPILATIONS,
    album,
    artist,
    plain,
    shown_version,
    weighted,
)

# What sets the recordings of one ISRC apart: remark, milliseconds, where it is found.
_COPIES = (
    ("", 0, "both"),
    ("music video", 3_000, "compilation"),
    ("clean", 0, "compilation"),
    ("DJ-mix", -45_000, "compilation"),
)


def write(truth: Truth, ground: Ground) -> Iterator[Recording]:
    """Yield the recordings of one ISRC: the right one, and copies of it."""
    chance, shares = Chance(ground.seed, truth.key), ground.shares
    has_isrc = chance.share("mb isrc") < shares["isrcs"]
    owners = truth.isrc_recordings or _isrc_recordings(chance)
    for copy in range(owners if has_isrc else 1):
        remark, apart_ms, kind = _COPIES[copy % len(_COPIES)]
        length = round(truth.duration_ms + apart_ms, -3) + 1000 * (copy // 4)
        known = chance.share(f"length:{copy}") < shares["lengths"]
        home = album(truth, truth.album, truth.kind, truth.released, ground.seed)
        mixed = _compiled(truth, COMPILATIONS[copy % 3], ground.seed)
        linked = chance.share("url") < shares["urls"] and not copy
        merged = chance.share(f"merged:{copy}") < 0.02
        yield Recording(
            mbid=chance.mbid(f"recording:{copy}"),
            title=_title(truth, chance),
            credit=_credit(truth, chance, ground.seed),
            length=length if known else None,
            isrcs=(truth.isrc,) if has_isrc else (),
            albums=(home, mixed) if kind == "both" else (mixed,),
            first_released=_partial_date(truth.released, chance),
            tags=weighted(truth.genres, chance, "mb tags", 0.4, 7),
            disambiguation=remark,
            indexed=chance.share(f"indexed:{copy}") < shares["indexed"],
            urls=tuple(ground.pages.values()) if linked else (),
            merged=(chance.mbid(f"merged:{copy}"),) if merged else (),
        )


def _compiled(truth: Truth, title: str, seed: int) -> Album:
    return album(truth, title, "Compilation", truth.released, seed)


def _credit(truth: Truth, chance: Chance, seed: int) -> tuple[Credit, ...]:
    parts = joined(truth.artists, truth.featured)
    stripped = chance.share("credited plainly") < 0.15
    return tuple(
        Credit(
            artist(name, seed),
            plain(name) if stripped else name,
            join,
        )
        for name, join in parts
    )


def _isrc_recordings(chance: Chance) -> int:
    """Draw how many recordings an ISRC owns: 12 % several, 3 % four or more."""
    drawn = chance.share("isrc owners")
    if drawn < 0.03:
        return chance.between("many owners", 4, 6)
    return chance.between("few owners", 2, 3) if drawn < 0.12 else 1


def _title(truth: Truth, chance: Chance) -> str:
    title = truth.title
    if chance.share("typographic") < 0.3:
        title = title.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")
    version = shown_version(truth, chance, "mb original mix")
    if version is None:
        return title
    # MusicBrainz writes common nouns of versions in lower case.
    for noun in ("Mix", "Remix", "Edit", "Version", "Live", "Instrumental", "Dub"):
        version = " ".join(
            word.lower() if word == noun else word for word in version.split(" ")
        )
    return f"{title} ({version})"


def _partial_date(released: str, chance: Chance) -> str:
    drawn = chance.share("date precision")
    if drawn < 0.1:
        return released[:4]
    return released[:7] if drawn < 0.17 else released
