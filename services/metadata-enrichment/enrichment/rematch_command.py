"""What `enrichment rematch` prints and writes."""

from collections import Counter
from dataclasses import asdict
from datetime import datetime

from enrichment import enrich, provider_operations
from enrichment.contract import finished_tracks
from enrichment.contract.cache_keys import ROWS_PREFIX
from enrichment.operations import postgres, say
from enrichment.settings import Settings
from enrichment.showing import shown_json
from enrichment.writing.rematching import Turn, Turned
from enrichment.writing.rematching import rematch as rematched


async def rematch(
    settings: Settings, *, since: datetime | None, dry_run: bool, as_json: bool
) -> None:
    """Decide rows anew, print each change, and what is to be asked again."""
    tracks, turns = 0, Counter[Turn]()
    parts, calls = Counter[str](), Counter[str]()
    async with postgres(settings) as pool:
        slices = rematched(
            pool, data_version=enrich.DATA_VERSION, since=since, dry_run=dry_run
        )
        async for done in slices:
            tracks += done.tracks
            for turned in done.turned:
                turns[turned.turn] += 1
                _print(turned, as_json=as_json)
            for provider, price in done.to_ask.items():
                parts[provider] += price.tracks
                calls[provider] += price.calls
    if not dry_run:
        # what workers would write again as it was, and the ids that crawls read
        patterns = [f"{ROWS_PREFIX}*", f"{finished_tracks.PREFIX}*"]
        await provider_operations.forget(settings, patterns)
    to_ask = {name: {"tracks": parts[name], "calls": calls[name]} for name in parts}
    if as_json:
        counts = {turn.value: turns[turn] for turn in Turn}
        summary = {"tracks": tracks, "turned": counts, "to_ask": to_ask}
        print(shown_json(summary | {"dry_run": dry_run}))  # noqa: T201 (JSON Lines)
        return
    _say_summary(tracks, turns, to_ask, dry_run=dry_run)


def _print(turned: Turned, *, as_json: bool) -> None:
    if as_json:
        print(shown_json(asdict(turned)))  # noqa: T201 (JSON Lines)
        return
    why = f" ({'; '.join(turned.reasons)})" if turned.reasons else ""
    say(
        f"{turned.turn}: {turned.provider} {turned.before or '-'} →"
        f" {turned.after or '-'}: {turned.artist} - {turned.title}{why}"
    )


def _say_summary(
    tracks: int,
    turns: Counter[Turn],
    to_ask: dict[str, dict[str, int]],
    *,
    dry_run: bool,
) -> None:
    counts = ", ".join(f"{turns[turn]:,} {turn}" for turn in Turn)
    would = "would be" if dry_run else "were"
    say(f"{tracks:,} tracks {would} decided anew without a call: {counts}")
    for provider, price in to_ask.items():
        say(
            f"{price['tracks']:,} parts of {provider} have no kept answer:"
            f" at most {price['calls']:,} calls;"
            f" they {would} marked to be asked again"
        )
