"""`enrichment tracks`: find, add, correct and delete tracks by hand."""

from collections.abc import Sequence
from dataclasses import asdict

import asyncpg
from rich.table import Table

from enrichment.app.settings import Settings
from enrichment.cli.actions import providers
from enrichment.cli.actions.operations import postgres, say
from enrichment.cli.terminal import Terminal, cell, print_json, tell_none
from enrichment.contract import sources
from enrichment.contract.identity.identity import track_key
from enrichment.contract.identity.titles import parse_name
from enrichment.contract.messages import EnrichmentRequest, Lane, priority_of
from enrichment.errors import InputInvalid
from enrichment.pipeline.explaining.explain import explain, ids_of
from enrichment.scheduling import due
from enrichment.store.admit import admit
from enrichment.store.tracks import by_hand

_NO_SUCH_TRACK = 1


async def search(settings: Settings, text: str, *, limit: int, as_json: bool) -> int:
    """Print the tracks that a text means; give 1 where there is none."""
    async with postgres(settings) as pool:
        found = await by_hand.search(pool, text, limit)
    if as_json:
        print_json([asdict(each) for each in found])
    elif found:
        Terminal().print(_table(found))
    else:
        tell_none(f"no track is named {text}")
    return 0 if found else _NO_SUCH_TRACK


def _table(found: Sequence[by_hand.Found]) -> Table:
    table = Table("track", "state", "ISRC", "rows", "track id")
    for each in found:
        table.add_row(
            cell(f"{each.artist} - {each.title}"),
            (each.outcome or each.status).replace("_", " "),
            each.isrc or "",
            str(each.rows),
            each.track_id,
        )
    return table


async def add(settings: Settings, artist: str, title: str, isrc: str | None) -> None:
    """
    Write the row of a track; the scheduler of any worker publishes its message.

    Raises:
        InputInvalid: the names mean no track.
    """
    key = track_key(parse_name(artist, title))
    if key is None:
        raise InputInvalid(f"{artist} - {title} names no track")
    priority = priority_of(sources.API, Lane.MAIN, new=True)
    wish = EnrichmentRequest(
        track_id=key.track_id,
        artist=artist,
        title=title,
        source=sources.API,
        priority=priority,
        isrc=isrc,
    )
    async with postgres(settings) as pool:
        admitted = await admit(pool, key, wish, refresh=False)
        if admitted.claimed is not None:
            await due.give_back_unpublished(pool, [key.track_id])
    if admitted.known:
        say(f"known already, {admitted.status}: {key.track_id}")
    else:
        say(f"added: {key.track_id}; a worker's scheduler publishes it")


async def fix(
    settings: Settings, subject: str, values: Sequence[str], unpinned: Sequence[str]
) -> int:
    """
    Set fields to a person's values; no provider overwrites them.

    Raises:
        InputInvalid: a field or a value cannot be set; nothing is.
    """
    pairs = [value.partition("=") for value in values]
    if broken := [
        value for value, (_, sign, _) in zip(values, pairs, strict=True) if not sign
    ]:
        raise InputInvalid(f"{broken[0]!r} is not FIELD=VALUE")
    async with postgres(settings, owner=True) as pool:
        track_id = await _known(pool, subject)
        if track_id is None:
            return _NO_SUCH_TRACK
        wanted = {field.strip(): value.strip() for field, _, value in pairs}
        given = await by_hand.fix(pool, track_id, wanted, unpinned)
    await providers.forget(settings)
    for field, value in wanted.items():
        say(f"{field} is yours now: {value or 'none'}")
    for field in unpinned:
        is_given = field in given
        say(f"{field} is the providers' again" if is_given else f"{field} was theirs")
    return 0


async def loss(settings: Settings, subject: str) -> tuple[str, int] | None:
    """Return the track that a deletion would take, and the rows that name it."""
    async with postgres(settings) as pool:
        track_id = await _known(pool, subject)
        if track_id is None:
            return None
        return track_id, await by_hand.mentions(pool, track_id)


async def delete(settings: Settings, track_id: str) -> None:
    """Delete a track; rows of tracklists stay, without it."""
    async with postgres(settings, owner=True) as pool:
        await by_hand.delete(pool, track_id)
    await providers.forget(settings)
    say(f"deleted: {track_id}")


async def _known(pool: asyncpg.Pool, subject: str) -> str | None:
    """Return the id of the track that is meant; say so where there is none."""
    told = await explain(pool, ids_of(subject))
    if told is None:
        tell_none(f"no row for {subject}")
        return None
    return str(told.track_id)
