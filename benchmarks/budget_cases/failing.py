"""What fails is no fact about the world: nothing false is stored, all ends well."""

import time
from dataclasses import dataclass
from typing import Any

from benchmarks.budget_cases.rig import PROVIDERS, Rig, Servers, invented, open_rig

KINDS = (
    *("rate_limited", "server_error", "timeout", "reset", "truncated"),
    *("error_body", "empty", "empty_body"),
)
SHARE = 0.3
LEAST_FAULTS = 5
_ROWS = """
SELECT t.track_id::text, t.outcome, t.isrc, t.spotify_id, t.musicbrainz_id::text,
    t.listeners, t.genres, t.album, t.release_date, t.duration_ms
FROM tracks AS t ORDER BY 1
"""
_ANSWERS = """
SELECT track_id::text, provider, outcome FROM provider_records
WHERE outcome IN ('found', 'absent', 'ambiguous') ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Failing:
    """
    A run in which calls fail, beside a clean one.

    Args:
        false_absences: parts stored as absent that a clean run finds.
        differing_rows: rows that end otherwise than in the clean run.
    """

    tracks: int
    faults: int
    false_absences: int
    differing_rows: int


def run(
    servers: Servers, *, tracks: int, scale: float, faulty_seconds: float
) -> Failing:
    """
    Let 30 % of the calls fail, each kind of failure as often, then let them recover.

    Args:
        faulty_seconds: real ones; 3,600 / scale is an hour.
    """
    world = invented(tracks)
    options = ("--coverage", "festival", "--latency", "0.2")
    with open_rig(servers, world, scale=scale, options=options) as rig:
        rig.start(2)
        rig.publish(world)
        rig.drain(tracks, 300)
        clean_rows, clean_answers = rig.rows(_ROWS), _answers(rig)
    with open_rig(servers, world, scale=scale, options=options) as rig:
        _break(rig)
        rig.start(2)
        rig.publish(world)
        time.sleep(faulty_seconds)
        # a busy machine has met hardly any by then
        rig.until(lambda: _faults(rig) > LEAST_FAULTS, 120)
        during, faults = _answers(rig), _faults(rig)
        rig.fault()
        rig.drain(tracks, 300)
        rows, answers = rig.rows(_ROWS), _answers(rig)
    false = sum(
        outcome == "absent" and clean_answers.get(part) != "absent"
        for stored in (during, answers)
        for part, outcome in stored.items()
    )
    differing = sum(a != b for a, b in zip(rows, clean_rows, strict=True))
    return Failing(tracks, faults, false, differing)


def _break(rig: Rig) -> None:
    """The first fault that is drawn strikes: together they are the share."""
    left = 1.0
    for kind in KINDS:
        each = SHARE / len(KINDS)
        for provider in PROVIDERS:
            rig.fault(
                provider=provider,
                kind=kind,
                probability=each / left,
                seconds=2,
                # a refusal of the usual length: a bench for the rest
                retry_after=5,
            )
        left -= each


def _faults(rig: Rig) -> int:
    return sum(seen["faults"] for seen in rig.summary().values())


def _answers(rig: Rig) -> dict[tuple[str, str], Any]:
    return {(r[0], r[1]): r[2] for r in rig.rows(_ANSWERS)}
