"""What `enrichment tracklists` prints and does."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

import asyncpg
from rich.table import Table

from enrichment.app.settings import Settings
from enrichment.cli.actions import providers, tracklist_reading
from enrichment.cli.actions.operations import postgres, say
from enrichment.cli.progress import Advance, bar
from enrichment.cli.terminal import Terminal, cell, print_json, tell_none
from enrichment.contract.servers.postgres_faults import is_row_fault
from enrichment.errors import InputInvalid, ServerAway
from enrichment.store.lists import tracklists
from enrichment.store.lists.tracklists import Reading, Removed, StoredTracklist
from enrichment.store.tracks.removals import Gone
from scrapers.tracklists.tracklist import Tracklist, TracklistError


async def show_list(
    settings: Settings,
    *,
    source: str | None,
    text: str | None,
    same: bool,
    limit: int,
    as_json: bool,
) -> None:
    """Print the latest tracklists, and which are the same set."""
    async with postgres(settings) as pool:
        found = await tracklists.listed(pool, source, text, limit, same=same)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    table = Table("id", "source", "key", "by", "date", "rows", "text", "same as")
    for one in found:
        kept = "" if one.text_bytes is None else f"{one.text_bytes:,} bytes"
        others = ", ".join(map(str, one.same_as))
        table.add_row(
            *map(
                cell, (f"{one.tracklist_id}", one.source, one.title or one.source_key)
            ),
            *map(cell, (one.artist or "", one.recorded_on or "")),
            *map(cell, (f"{one.parsed_rows:,}", kept, others)),
        )
    Terminal().print(table)


async def show(settings: Settings, tracklist_id: int, *, as_json: bool) -> int:
    """Print one tracklist whole; return 1 where there is none of that id."""
    async with postgres(settings) as pool:
        found = await tracklists.some(pool, [tracklist_id])
        if not found:
            tell_none(
                f"no tracklist {tracklist_id}: `enrichment tracklists list` shows ids"
            )
            return 1
        rows = await tracklists.rows_of(pool, tracklist_id)
        same = await tracklists.same_as(pool, tracklist_id)
        ready = await tracklists.readiness(pool, tracklist_id)
    if as_json:
        told = {"same_sets": same, "readiness": ready, "rows": rows}
        print_json({**asdict(found[0]), **told})
        return 0
    _say_what(found[0], same)
    shares = ", ".join(f"{name} {share:.0%}" for name, share in ready.items())
    say(f"rows ready to mix: {shares}")
    table = Table("#", "at", "as printed", "track", "status")
    for row in rows:
        cue = "" if row["cue_seconds"] is None else f"{row['cue_seconds']} s"
        values = (row["position"], cue, row["raw"].strip(), row["track_id"])
        table.add_row(*(cell(str(v or "")) for v in (*values, row["status"])))
    Terminal().print(table)
    return 0


def _say_what(one: StoredTracklist, same: Sequence[Mapping[str, object]]) -> None:
    say(f"{one.source}: {one.source_key}")
    named = " · ".join(filter(None, (one.title, one.artist, one.recorded_on, one.url)))
    say(f"{named} · read as {one.format} at {one.retrieved_at:%Y-%m-%d %H:%M} UTC")
    if one.text_bytes is None:
        say("what it was read from is not kept: only a new crawl reads it anew")
    for other in same:
        say(
            f"the same set as {other['tracklist_id']} ({other['source']}:"
            f" {other['source_key']}): {other['common']} tracks in common,"
            f" {other['share']:.0%} of the shorter list"
        )


async def remove(settings: Settings, ids: Sequence[int], *, dry_run: bool) -> str:
    """Take tracklists back; return what that is, or would be."""
    async with postgres(settings, owner=True) as pool:
        missing = set(ids) - {*await tracklists.ids(pool, ids)}
        if missing:
            raise InputInvalid(
                f"no tracklist {min(missing)}: nothing is removed;"
                " `enrichment tracklists list` shows ids"
            )
        if not dry_run:
            await _look_at_redis(settings)
        done = await tracklists.remove(pool, ids, dry_run=dry_run)
    if not dry_run and done.gone.tracks:
        await providers.forget(settings)
    return _removed(done, "would go" if dry_run else "are gone")


def _removed(done: Removed, word: str) -> str:
    return (
        f"{_many(done.tracklists, 'tracklist')} with {_many(done.rows, 'row')} {word}"
        + (_gone(done.gone))
    )


def _gone(gone: Gone) -> str:
    told = (
        f", {_many(gone.tracks, 'track')} that nothing else lists, with the answers on"
        f" them, and {_many(gone.artists, 'artist')}"
    )
    if gone.kept:
        told += (
            f"; {_many(gone.kept, 'track')} stay, asked for otherwise or changed by a"
            " person"
        )
    return told


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


_NO_SUCH_LIST = "today's parser finds no such list in their text"


@dataclass(slots=True)
class Reparsed:
    """
    What reading tracklists again came to.

    Args:
        unread: tracklists that stay as they are, by the reason.
        refused: how many of these today's parser or Postgres refuses.
    """

    looked_at: int = 0
    unchanged: int = 0
    changed: int = 0
    new: int = 0
    gone: Gone = field(default_factory=Gone)
    unread: Counter[str] = field(default_factory=Counter)
    refused: int = 0

    def refuse(self, reason: str) -> None:
        """Count a tracklist that cannot be read or written today."""
        self.unread[reason] += 1
        self.refused += 1

    def sentence(self, *, dry_run: bool) -> str:
        """Return it for a person."""
        would = "would change" if dry_run else "changed"
        told = (
            f"{_many(self.looked_at, 'tracklist')} read anew: {self.changed:,} {would},"
            f" {self.unchanged:,} are as they were"
        )
        if self.changed:
            told += f"; {_many(self.new, 'new track')}" + _gone(self.gone)
        for reason, count in self.unread.most_common():
            told += f"; {count:,} stay: {reason}"
        return told


async def reparse(
    settings: Settings, ids: Sequence[int] | None, *, dry_run: bool
) -> Reparsed:
    """Read tracklists again from their kept texts, and write those that changed."""
    done = Reparsed()
    async with postgres(settings, owner=True) as pool:
        there = await tracklists.ids(pool, ids)
        if missing := set(ids or ()) - set(there):
            raise InputInvalid(f"no tracklist {min(missing)}: nothing is read anew")
        if dry_run:
            await _read_anew(pool, there, done, dry_run=True)
            return done
        await _look_at_redis(settings)
        try:
            await _read_anew(pool, there, done, dry_run=False)
        finally:
            # what is committed stays, whatever ended the rest
            if done.gone.tracks:
                await providers.forget(settings)
        for tracklist_id in there:
            await tracklists.note_same_sets(pool, tracklist_id)
    return done


async def _look_at_redis(settings: Settings) -> None:
    """Raise `ServerAway` before anything changes where Redis cannot be asked."""
    try:
        await providers.forget(settings)
    except ServerAway as error:
        raise ServerAway(f"Nothing is changed: {error.__cause__}") from error


async def _read_anew(
    pool: asyncpg.Pool, ids: Sequence[int], done: Reparsed, *, dry_run: bool
) -> None:
    with bar("reading anew", len(ids)) as advance:
        async for reading in _readings(pool, ids, done, advance):
            await _write(pool, reading, done, dry_run=dry_run)


async def _readings(
    pool: asyncpg.Pool, ids: Sequence[int], done: Reparsed, advance: Advance
) -> AsyncIterator[Reading]:
    """Yield what is to be written again; tracklists of one text are neighbours."""
    digest, parts, why = "", dict[str, Tracklist](), _NO_SUCH_LIST
    for tracklist_id in ids:
        advance(1)
        for stored in await tracklists.some(pool, [tracklist_id]):
            done.looked_at += 1
            if stored.text_digest is None or stored.text_bytes is None:
                done.unread["what they were read from is not kept"] += 1
                continue
            if stored.text_digest != digest:
                digest = stored.text_digest
                parts, why = await _parts(pool, digest)
            reading = None
            if (found := parts.get(stored.part or "")) is not None:
                reading = tracklist_reading.reading(stored, found)
            if reading is None:
                done.refuse(why)
            elif reading.content_hash == stored.content_hash:
                done.unchanged += 1
            else:
                yield reading


async def _parts(pool: asyncpg.Pool, digest: str) -> tuple[dict[str, Tracklist], str]:
    """Return the tracklists of a kept text, and why one of them may be missing."""
    packed = await tracklists.packed_text(pool, digest)
    try:
        found = tracklist_reading.tracklists_of(packed) if packed else {}
    except TracklistError as error:
        return {}, f"today's parser refuses their text ({error})"
    return found, _NO_SUCH_LIST


async def _write(
    pool: asyncpg.Pool, reading: Reading, done: Reparsed, *, dry_run: bool
) -> None:
    try:
        written = await tracklists.rewrite(pool, reading, dry_run=dry_run)
    except Exception as error:
        if not is_row_fault(error):
            raise
        done.refuse(f"Postgres refuses what is read today ({error})")
        return
    if not written.written:
        done.unread["a crawl has changed them meanwhile"] += 1
        return
    done.changed += 1
    done.new += written.new
    done.gone = Gone(
        done.gone.tracks + written.gone.tracks,
        done.gone.artists + written.gone.artists,
        done.gone.kept + written.gone.kept,
    )
