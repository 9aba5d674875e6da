"""Answers as providers were seen to give them, among good ones: nothing comes of it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from benchmarks.budget_cases.rig import Rig, Servers, invented, open_rig

SHARE = 0.05
# Simulated seconds that a refusal asks for, where it asks for any.
WAIT = 5
# What a refusal that asks for nothing costs: a minute, the ladder's first rung. A
# second one right after the first is its second rung.
LONGEST_BENCH = 60.0
# A token that is refused is renewed once in a minute by each worker.
MORE_TOKENS = 20
# Read off the tracks of an account in development mode, whatever is odd.
_OF_THE_MODE = frozenset({"popularity"})
_MARKS = ("byte_order_mark", "broken_byte", "half_surrogate", "control_character")
# Kinds that lose nothing of a recording; those that do have tests of their own.
KINDS: Mapping[str, tuple[tuple[str, Mapping[str, object]], ...]] = {
    "spotify": (
        *((mark, {}) for mark in _MARKS),
        *(("edge_empty", {"status": status}) for status in (400, 403, 404)),
        *(("edge_page", {"status": status}) for status in (403, 404, 502)),
        ("service_not_found", {}),
        ("premium_text", {}),
        ("token_missing", {}),
        ("bearer_only", {}),
        ("gone", {}),
        ("maintenance", {}),
        ("null_rows", {"operation": "search"}),
        ("nameless_rows", {"operation": "search"}),
        ("rate_limited", {"operation": "search"}),
    ),
    "musicbrainz": (
        *((mark, {}) for mark in _MARKS),
        *(("edge_page", {"status": status}) for status in (400, 404, 504)),
        ("busy_text", {}),
        ("over_rate_text", {}),
        ("maintenance", {}),
        ("null_rows", {}),
        ("credit_missing", {}),
        ("credit_as_texts", {}),
        ("isrcs_as_objects", {}),
        ("video_beside", {}),
        ("various_first", {}),
    ),
    "lastfm": (
        *((mark, {}) for mark in _MARKS),
        ("edge_page", {"status": 403}),
        ("xml_error", {"error": 29}),
        ("xml_error", {"error": 8}),
        ("error_body", {"error": 8}),
        ("maintenance", {}),
        ("grouped_numbers", {}),
    ),
}
_ROWS = """
SELECT t.track_id::text, t.outcome, t.isrc, t.spotify_id, t.musicbrainz_id::text,
    t.listeners, t.playcount, t.genres, t.album, t.release_date, t.duration_ms,
    t.lastfm_url, t.popularity
FROM tracks AS t ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Odd:
    """
    A run among odd answers, beside a calm one.

    Args:
        differing: rows that end otherwise than in the calm run, with what differs.
        calls, calm_calls: by provider, tokens left out.
        token_calls: requests for a token, above those of the calm run.
        longest_bench: simulated seconds for which anything was benched, at most.
        closed: capabilities that were learnt as closed.
    """

    tracks: int
    faults: int
    differing: tuple[str, ...]
    calls: Mapping[str, int]
    calm_calls: Mapping[str, int]
    token_calls: int
    longest_bench: float
    closed: tuple[str, ...]

    @property
    def more_calls(self) -> float:
        """Return the share of calls that the odd answers cost."""
        return sum(self.calls.values()) / sum(self.calm_calls.values()) - 1


def run(servers: Servers, *, tracks: int, scale: float, share: float = SHARE) -> Odd:
    """Have a share of all calls answered oddly, each kind as often."""
    world = invented(tracks)
    options = ("--coverage", "festival", "--latency", "0.2")
    with open_rig(servers, world, scale=scale, options=options) as rig:
        rig.start(2)
        rig.publish(world)
        rig.drain(tracks, 600)
        calm_rows, calm_calls, calm_tokens = rig.rows(_ROWS), _calls(rig), _tokens(rig)
    with open_rig(servers, world, scale=scale, options=options) as rig:
        _make_odd(rig, share)
        # the first request for a token meets a gateway's page
        rig.fault(
            provider="spotify", kind="edge_page", operation="token", status=400, count=1
        )
        rig.start(2)
        rig.publish(world)
        rig.drain(tracks, 600)
        events = list(_events(rig))
        return Odd(
            tracks=tracks,
            faults=sum(seen["faults"] for seen in rig.summary().values()),
            differing=tuple(_differences(calm_rows, rig.rows(_ROWS))),
            calls=_calls(rig),
            calm_calls=calm_calls,
            token_calls=_tokens(rig) - calm_tokens,
            longest_bench=scale * max(map(_bench_seconds, events), default=0.0),
            closed=tuple(
                event["capability"]
                for event in events
                if event.get("event_name") == "enrichment.lookup.capability"
                and not event["open"]
                and event["capability"] not in _OF_THE_MODE
            ),
        )


def _make_odd(rig: Rig, share: float) -> None:
    """The first fault that is drawn strikes: together they are the share."""
    for provider, kinds in KINDS.items():
        left = 1.0
        each = share / len(kinds)
        for kind, more in kinds:
            fault = {"provider": provider, "kind": kind, "retry_after": WAIT, **more}
            rig.fault(probability=each / left, **fault)
            left -= each


def _calls(rig: Rig) -> Mapping[str, int]:
    return {provider: len(rig.calls(provider)) for provider in KINDS}


def _tokens(rig: Rig) -> int:
    calls = rig.ask("ledger/calls?provider=spotify")["calls"]
    return sum(call["operation"] == "token" for call in calls)


def _differences(calm: list[Any], odd: list[Any]) -> Iterator[str]:
    for one, other in zip(calm, odd, strict=True):
        for name, value in one.items():
            if other[name] != value:
                yield f"{name}: {value!r}, then {other[name]!r}"


def _events(rig: Rig) -> Iterator[dict[str, Any]]:
    for worker in rig.workers.started:
        for line in worker.said().splitlines():
            if line.startswith("{"):
                yield json.loads(line)


def _bench_seconds(event: Mapping[str, Any]) -> float:
    if event.get("event_name") != "enrichment.lookup.benched":
        return 0.0
    at = datetime.fromisoformat(event["timestamp"])
    return float(event["until"]) - at.timestamp()
