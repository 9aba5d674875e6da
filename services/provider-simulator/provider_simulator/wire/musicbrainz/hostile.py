"""How MusicBrainz writes a recording down: remarks beside the title, copies, gaps."""

import re
from collections.abc import Iterator
from dataclasses import replace

from provider_simulator.chance import Chance
from provider_simulator.wire.musicbrainz.entries import Credit, Recording, joined
from provider_simulator.world.hostile.right import HostileWriting, Right
from provider_simulator.world.hostile.shares import COPY_KINDS, DRESS
from provider_simulator.world.hostile.writing import (
    DJ_MIXES,
    Spelled,
    later,
    shown_version,
    spelled,
)
from provider_simulator.world.truth import Truth
from provider_simulator.world.writing import COMPILATIONS, album, artist

# Common nouns of versions are in lower case there.
_COMMON = re.compile(
    r"\b(?:Mix|Remix|Edit|Version|Live|Instrumental|Dub|Demo|Acoustic|Acapella)\b"
)
# What is often told in the remark instead of the title.
_REMARKED = re.compile(
    r"(?:Live|Instrumental|Acoustic|Demo|Radio Edit|Extended Mix|Extended Version|Edit"
    r"|Acapella|VIP Mix|Re-Recorded|.*Version|.*Re-Recording|Beatless.*|En Vivo)"
)
_PLACES = ("Hall Nine, Utrecht", "Open Air Concert Hall, Mooka", "The Cellar, Leeds")
# Shares of recordings that have an ISRC, a length, another id merged into theirs, and
# their version in the remark beside the title.
_ISRC, _LENGTH, _MERGED, _REMARK = 0.75, 0.78, 0.02, 0.30
# A video, a cut out of a DJ mix, a clean version.
_COPY = 0.10
# The same where they own the recording's ISRC: of all ISRCs there, one in eight has
# several owners, of what is mixed and made videos of more.
_ISRC_COPIES = 0.28


def recordings(truth: Truth, seed: int) -> Iterator[Recording]:
    """Yield the entry of a recording."""
    chance = Chance(seed, truth.key, "musicbrainz")
    names = spelled(truth, "musicbrainz", chance)
    title, remark = _title(names.title, truth, chance)
    homes = [album(truth, truth.album, truth.kind, truth.released, seed)]
    if chance.share("compiled") < DRESS["compilation"]:
        when = later(truth.released, chance, "compiled later")
        on = chance.choice("compilation", COMPILATIONS)
        homes.append(album(truth, on, "Compilation", when, seed))
    has_isrc = chance.share("isrc") < _ISRC
    known = chance.share("length") < _LENGTH
    merged = chance.share("merged") < _MERGED
    yield Recording(
        mbid=chance.mbid("id"),
        title=title,
        credit=_credit(names, truth, seed),
        length=round(truth.duration_ms, -3) if known else None,
        isrcs=(truth.isrc,) if has_isrc else (),
        albums=tuple(homes),
        first_released=_partial(truth.released, chance),
        tags=_tags(truth, chance),
        disambiguation=remark,
        merged=(chance.mbid("merged"),) if merged else (),
    )


def copies(
    truth: Truth, whole: Recording, seed: int, *, is_there: bool
) -> Iterator[tuple[str, Recording]]:
    """
    Yield copies with what they are: videos, cuts of DJ mixes, clean versions.

    Where the recording itself is not, a clean version is: it is all that is left of it.
    """
    chance = Chance(seed, truth.key, "musicbrainz copies")
    kinds: dict[str, bool] = {}
    if is_there and whole.isrcs and chance.share("owners") < _ISRC_COPIES:
        several = 1 + (chance.share("many") < 0.3)
        kinds = dict.fromkeys(chance.some("owners", COPY_KINDS, several), True)
    if chance.share("copy") < _COPY:
        kinds.setdefault(chance.choice("which", COPY_KINDS), False)
    for kind, of_isrc in kinds.items():
        if kind == "clean" and not is_there:
            continue
        copy = _copy(kind, truth, whole, seed)
        yield kind, replace(copy, isrcs=whole.isrcs if of_isrc else ())


def _copy(kind: str, truth: Truth, whole: Recording, seed: int) -> Recording:
    chance = Chance(seed, truth.key, "musicbrainz", kind)
    mixes = chance.choice("mix", DJ_MIXES)
    copy = replace(
        whole,
        mbid=chance.mbid("id"),
        first_released=_date_of_copy(kind, truth, chance),
        merged=(),
        tags=(),
    )
    if kind == "video":
        remark = chance.choice("remark", ("music video", "Music Video", "PV", "", ""))
        length = truth.duration_ms + chance.between("apart", -2_000, 9_000)
        return replace(
            copy,
            video=True,
            albums=whole.albums[: chance.between("on a release", 0, 1)],
            disambiguation=remark,
            length=round(length, -3) if whole.length else None,
        )
    if kind == "clean":
        return replace(copy, disambiguation="clean")
    forms = ("DJ-mix", "DJ-mixed", "DJ-mixed: {}", "part of “{}” DJ-mix", "")
    remark = chance.choice("remark", forms).format(mixes)
    cut = round(int(truth.duration_ms * (0.4 + chance.share("cut") / 3)), -3)
    on = album(truth, mixes, "DJ-mix", copy.first_released, seed)
    known = cut if whole.length else None
    return replace(copy, disambiguation=remark, length=known, albums=(on,))


def _date_of_copy(kind: str, truth: Truth, chance: Chance) -> str:
    """Return the date: videos often have none, mixes come before and after."""
    drawn = chance.share("date")
    if kind == "clean":
        return truth.released
    if kind == "video" and drawn < 0.25:
        return ""
    if drawn < 0.75:
        return truth.released[:4] if chance.share("year") < 0.5 else truth.released
    return later(truth.released, chance, "later", 4)


def _title(title: str, truth: Truth, chance: Chance) -> tuple[str, str]:
    """Return title and remark: versions are in either."""
    if chance.share("typographic") < 0.3:
        title = title.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")
    version = shown_version(truth, "musicbrainz", chance)
    if version is None:
        return title, ""
    written = _COMMON.sub(lambda noun: noun.group().lower(), version)
    if _REMARKED.fullmatch(version) and chance.share("remark") < 0.6:
        year, place = truth.released, chance.choice("place", _PLACES)
        forms = ("live", f"live, {year[:4]}", f"live, {year}: {place}")
        is_live = version in {"Live", "En Vivo"}
        return title, chance.choice("live", forms) if is_live else written.lower()
    if chance.share("remark") < _REMARK / 6:
        return title, written
    return f"{title} ({written})", ""


def _credit(names: Spelled, truth: Truth, seed: int) -> tuple[Credit, ...]:
    parts = joined(names.artists, truth.featured)
    aliases = (names.alias_of,) if names.alias_of else ()
    return tuple(
        Credit(artist(name, seed, () if place else aliases), name, join)
        for place, (name, join) in enumerate(parts)
    )


def _partial(released: str, chance: Chance) -> str:
    drawn = chance.share("date precision")
    if drawn < 0.1:
        return released[:4]
    return released[:7] if drawn < 0.17 else released


def _tags(truth: Truth, chance: Chance) -> tuple[tuple[str, int], ...]:
    if chance.share("tags") >= 0.4:
        return ()
    return tuple((name, 7 // (n + 1) or 1) for n, name in enumerate(truth.genres))


def _beside(right: Right) -> Iterator[tuple[str, Recording]]:
    [whole] = recordings(right.truth, right.seed)
    return copies(right.truth, whole, right.seed, is_there=right.is_there)


HOSTILE = HostileWriting(
    # it knows 26 to 40 % of what is played at festivals
    absent=0.65,
    entries=recordings,
    ids=lambda recording: (recording.mbid, *recording.merged),
    beside=_beside,
    isrcs=lambda recording: recording.isrcs,
)
