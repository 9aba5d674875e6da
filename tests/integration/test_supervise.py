"""A loop that ends unasked ends its process; a process ends within its grace."""

import asyncio
import subprocess
import sys

import pytest

from enrichment.app.supervise import Loops
from enrichment.contract import metrics
from enrichment.errors import LoopEnded

GRACE = 5.0


def loops_of(stop):
    """Loops of a process that must outlive the test."""
    return Loops(stop, GRACE, force=lambda _seconds: None)


async def for_ever():
    await asyncio.Event().wait()


async def breaks():
    raise ValueError("out of leases")


async def returns():
    """A loop that is over, though nobody has asked it to be."""


def ended(name):
    return metrics.LOOPS_ENDED.labels(name)._value.get()


def process(work: str) -> subprocess.Popen[str]:
    """A process that works so beside a loop that nobody can cancel."""
    code = f"""
import asyncio
from enrichment.app import supervise
supervise.CLOSING_SECONDS = 0.5

async def stubborn():
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            pass

async def main():
    stop = asyncio.Event()
    loops = supervise.Loops(stop, 0.5)
    loops.start("stubborn", stubborn())
    {work}

asyncio.run(main())
"""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize(
    ("loop", "why"),
    [(breaks, "ValueError: out of leases"), (returns, "it returned")],
    ids=["by an error", "by returning"],
)
async def test_a_loop_that_ends_unasked_stops_the_work_and_is_named(loop, why):
    stop = asyncio.Event()
    before = ended("spotify")
    loops = loops_of(stop)
    loops.start("lastfm", for_ever())
    loops.start("spotify", loop())
    drained = []

    async def work():
        await stop.wait()
        drained.append(True)

    with pytest.raises(LoopEnded, match=f"loop spotify ended unasked: {why}"):
        await loops.beside(work())

    assert drained == [True]
    assert not loops.alive
    assert ended("spotify") == before + 1


async def test_every_loop_is_told_of():
    loops = loops_of(asyncio.Event())
    loops.start("lastfm", for_ever())
    loops.start("ledger", breaks())
    seen = []

    async def work():
        while loops.alive:  # noqa: ASYNC110 (its state has no event)
            await asyncio.sleep(0)
        seen.append(loops.states)

    with pytest.raises(LoopEnded):
        await loops.beside(work())

    assert seen == [{"lastfm": "running", "ledger": "ended"}]


async def test_a_loop_that_was_told_to_stop_ends_in_peace():
    stop = asyncio.Event()
    loops = loops_of(stop)
    loops.start("scheduler", stop.wait())

    async def work():
        stop.set()

    await loops.beside(work())

    assert loops.alive


async def test_the_works_own_fault_is_the_process_fault():
    loops = loops_of(asyncio.Event())
    loops.start("lastfm", for_ever())

    with pytest.raises(ValueError, match="leases"):
        await loops.beside(breaks())


@pytest.mark.parametrize(
    ("work", "loop"),
    [
        ("asyncio.sleep(0)", ""),
        ("stubborn()", "loops.start('short', asyncio.sleep(0))"),
    ],
    ids=["the work ended", "the work is deaf to the end of a loop"],
)
def test_a_run_ends_within_its_grace_whatever_its_tasks_do(work, loop):
    running = process(f"{loop}\n    await loops.beside({work})")
    try:
        said, _ = running.communicate(timeout=60)
    finally:
        running.kill()

    assert running.returncode == 70
    assert "ended by force" in said
