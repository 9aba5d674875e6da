"""What asking will cost: calls, time at present allowances, useful workers; pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from enrichment.model import ProviderName
from enrichment.providers.allowance import Limits
from enrichment.providers.registry import SPECS

# A batch of messages passes one provider before the next of its chain is asked.
BATCH_TRACKS = 100
# From the command to the first call, and from the last answer to the row, seconds: a
# crawl begins, a batch is gathered and written. Real ones on any clock.
START_SECONDS = 2.5
# Share of a DJ's tracks that MusicBrainz does not know by name and Spotify then gives
# an ISRC for: MusicBrainz is asked once more, by ISRC, in larger batches. Measured on
# festival sets: MusicBrainz 26 to 40 %, Spotify about 95 %.
ASKED_AGAIN_BY_ISRC = 0.6
# Groups that did not fill: what one crawl brings is not a multiple of the batch.
UNFILLED_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Work:
    """
    Tracks that one provider has still to be asked for.

    Args:
        by_name, by_isrc: how many with each kind of question.
        name_batch, isrc_batch: questions that go into one call.
    """

    by_name: int
    by_isrc: int
    name_batch: int = 1
    isrc_batch: int = 1


@dataclass(frozen=True, slots=True)
class Forecast:
    """
    What one provider's part will come to.

    Args:
        seconds: until its last call is sent, from an untouched allowance.
        workers: how many keep its allowance used; more change nothing.
    """

    provider: ProviderName
    tracks: int
    calls: int
    seconds: float
    workers: float


def forecast(
    work: Mapping[ProviderName, Work],
    limits: Mapping[ProviderName, Limits],
    *,
    in_flight: int,
    time_scale: float = 1.0,
) -> list[Forecast]:
    """
    Return what work comes to, by provider.

    Args:
        in_flight: calls of one provider that one worker has under way at once.
        time_scale: of the providers' clock; the limits are scaled already.
    """
    made = []
    for provider, part in work.items():
        tracks = part.by_name + part.by_isrc
        calls = _calls(part.by_name, part.name_batch) + _calls(
            part.by_isrc, part.isrc_batch
        )
        if part.isrc_batch > 1:
            calls += _calls(round(part.by_name * ASKED_AGAIN_BY_ISRC), part.isrc_batch)
        limit = limits[provider]
        pace = max(limit.slowest_window_pace(), 1e-9)
        made.append(
            Forecast(
                provider,
                tracks,
                calls,
                drain_seconds(limit, calls),
                SPECS[provider].call_seconds / time_scale / pace / in_flight,
            )
        )
    return made


def total_seconds(
    forecasts: Sequence[Forecast],
    limits: Mapping[ProviderName, Limits],
    chains: Sequence[Sequence[ProviderName]],
    *,
    time_scale: float = 1.0,
) -> float:
    """
    Return when all is done: chains run in parallel, each waits for its first batch.

    What a later provider teaches is asked of the earlier once more, at the end.

    Args:
        time_scale: of the providers' clock; the limits are scaled already.
    """
    by_name = {forecast.provider: forecast for forecast in forecasts if forecast.calls}
    if not by_name:
        return 0.0
    ends = []
    for chain in chains:
        parts = [by_name[name] for name in chain if name in by_name]
        end = lag = 0.0
        for part in parts:
            end = max(end, lag + part.seconds)
            if part is not parts[-1]:
                # its last call teaches the next provider as its first one did
                lag += _first_batch(part, limits[part.provider])
                lag += SPECS[part.provider].call_seconds / time_scale
                end += lag
        ends.append(end)
    return max(ends, default=0.0) + START_SECONDS


def _first_batch(part: Forecast, limit: Limits) -> float:
    """Return when a provider has been asked for the first batch of messages."""
    if not part.tracks:
        return 0.0
    calls = math.ceil(part.calls * min(1.0, BATCH_TRACKS / part.tracks))
    return drain_seconds(limit, calls)


def drain_seconds(limit: Limits, calls: int) -> float:
    """Return when the last of `calls` may be sent, seconds from the first."""
    if calls <= 0:
        return 0.0
    waits = [(calls - 1) // w.calls * w.seconds for w in limit.windows]
    if limit.quota is not None:
        waits.append((calls - 1) // limit.quota.calls * limit.quota.seconds)
    return max(waits)


def useful_workers(forecasts: list[Forecast]) -> int:
    """Return how many workers make a difference: what is left waits for quota."""
    return max(1, math.ceil(sum(f.workers for f in forecasts if f.calls)))


def _calls(questions: int, batch: int) -> int:
    if batch == 1:
        return questions
    return math.ceil(questions / batch * (1 + UNFILLED_SHARE))
