"""What `enrichment rematch` prints and writes."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial

from enrichment.app.settings import Settings
from enrichment.app.showing import shown_json
from enrichment.cli.actions import providers
from enrichment.cli.actions.operations import postgres, say
from enrichment.cli.progress import bar
from enrichment.pipeline import enrich
from enrichment.pipeline.rematch import Price, Rematched, Turn, Turned, count
from enrichment.pipeline.rematch import rematch as rematched


async def rematch(
    settings: Settings, *, since: datetime | None, dry_run: bool, as_json: bool
) -> None:
    """Decide rows again, print each change, and what is to be asked again."""
    came = await _decide(
        settings, since, dry_run=dry_run, each=partial(_print, as_json=as_json)
    )
    if not dry_run:
        await providers.forget(settings)
    if as_json:
        counts = {turn.value: came.turns[turn] for turn in Turn}
        to_ask = {name: asdict(price) for name, price in came.to_ask.items()}
        summary = {"tracks": came.tracks, "turned": counts, "to_ask": to_ask}
        print(shown_json(summary | {"dry_run": dry_run}))  # noqa: T201 (JSON Lines)
        return
    _say_summary(came, dry_run=dry_run)


async def told(settings: Settings, *, since: datetime | None) -> str:
    """Return what would be written and asked, in one sentence; write nothing."""
    came = await _decide(settings, since, dry_run=True, each=lambda _: None)
    parts, calls = (
        sum(getattr(price, name) for price in came.to_ask.values())
        for name in ("tracks", "calls")
    )
    return (
        f"Of {came.tracks:,} tracks, {_counts(came)};"
        f" {parts:,} parts are to be asked again, at most {calls:,} calls."
    )


@dataclass(slots=True)
class _Came:
    """What all slices came to."""

    tracks: int = 0
    turns: Counter[Turn] = field(default_factory=Counter)
    to_ask: dict[str, Price] = field(default_factory=dict)

    def add(self, done: Rematched) -> None:
        """Add one slice."""
        self.tracks += done.tracks
        self.turns.update(turned.turn for turned in done.turned)
        for name, price in done.to_ask.items():
            before = self.to_ask.get(name, Price())
            self.to_ask[name] = Price(
                before.tracks + price.tracks, before.calls + price.calls
            )


async def _decide(
    settings: Settings,
    since: datetime | None,
    *,
    dry_run: bool,
    each: Callable[[Turned], None],
) -> _Came:
    came = _Came()
    async with postgres(settings, owner=True) as pool:
        slices = rematched(
            pool, data_version=enrich.DATA_VERSION, since=since, dry_run=dry_run
        )
        with bar("deciding anew", await count(pool, since)) as advance:
            async for done in slices:
                came.add(done)
                for turned in done.turned:
                    each(turned)
                advance(done.tracks)
    return came


def _counts(came: _Came) -> str:
    return ", ".join(f"{came.turns[turn]:,} {turn}" for turn in Turn)


def _print(turned: Turned, *, as_json: bool) -> None:
    if as_json:
        print(shown_json(asdict(turned)))  # noqa: T201 (JSON Lines)
        return
    why = f" ({'; '.join(turned.reasons)})" if turned.reasons else ""
    say(
        f"{turned.turn}: {turned.provider} {turned.before or '-'} →"
        f" {turned.after or '-'}: {turned.artist} - {turned.title}{why}"
    )


def _say_summary(came: _Came, *, dry_run: bool) -> None:
    would = "would be" if dry_run else "were"
    say(f"{came.tracks:,} tracks {would} decided anew without a call: {_counts(came)}")
    for provider, price in came.to_ask.items():
        say(
            f"{price.tracks:,} parts of {provider} have no kept answer:"
            f" at most {price.calls:,} calls;"
            f" they {would} marked to be asked again"
        )
