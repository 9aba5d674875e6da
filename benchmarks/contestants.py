"""Who does the work: each framework's own commands, and ours."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PEERS = PROJECT / ".bench-venv" / "bin"
_PEERS = "benchmarks.peers"


@dataclass(frozen=True, slots=True)
class Contestant:
    """
    One way to do the work.

    Args:
        queue: what it consumes.
        worker: the command that starts one worker.
        publisher: the command that takes requests on standard input and queues them.
        is_bare: it decides nothing: three look-ups and one upsert.
    """

    name: str
    queue: str
    worker: Sequence[str]
    publisher: Sequence[str] = ()
    is_bare: bool = False


def ours(*options: str) -> Contestant:
    """Return the real command, as a user starts it."""
    return Contestant(
        "ours",
        "metadata_enrichment_queue",
        [sys.executable, "-m", "enrichment", "worker", *options],
    )


def peers(processes: int = 1) -> list[Contestant]:
    """Return the frameworks, one worker each: as many processes as said."""
    number = str(processes)
    return [
        _peer("dramatiq", "dramatiq", f"{_PEERS}.dramatiq_peer", "-p", number),
        _peer("faststream", "faststream", "run", f"{_PEERS}.faststream_peer:app"),
        _peer(
            *("taskiq", "taskiq", "worker", f"{_PEERS}.taskiq_peer:broker"),
            *("--workers", number),
        ),
        _peer(
            *("celery", "celery", "-A", f"{_PEERS}.celery_peer", "worker"),
            *("--concurrency", number, "--loglevel", "ERROR"),
        ),
        _peer("one_at_a_time", "python", "-m", f"{_PEERS}.one_at_a_time_peer"),
    ]


def bare(peer: Contestant) -> Contestant:
    """Return the same framework with the least work."""
    return replace(peer, is_bare=True)


def _peer(name: str, program: str, *arguments: str) -> Contestant:
    return Contestant(
        name,
        f"bench_{name}",
        [str(PEERS / program), *arguments],
        [str(PEERS / "python"), "-m", f"{_PEERS}.publishing", name],
    )
