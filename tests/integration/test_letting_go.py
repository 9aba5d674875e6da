"""A message is not held until the broker takes it back, however many workers wait."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

from benchmarks import servers
from enrichment.app import settings
from enrichment.app.wiring import open_path
from enrichment.contract.messages import Lane
from enrichment.model import Benched, ProviderName, Question
from tests.integration.connections import pool

__all__ = ["pool"]

SPOTIFY = ProviderName("spotify")


async def test_what_has_waited_too_long_for_the_allowance_waits_in_postgres(
    pool, redis_client
):
    one_call = {**servers.SETTINGS, "SPOTIFY_CALLS_PER_30_SECONDS": "1"}
    questions = [
        Question(SPOTIFY, "search", f"a:{n}", f"A{n}", f"T{n}") for n in range(6)
    ]
    lane = Lane.MAIN
    async with AsyncExitStack() as stack:
        parts, background = await open_path(
            settings.load(one_call), stack, pool, redis_client, lane
        )
        stage = parts.lookup._dispatchers[SPOTIFY]
        stage._held = 0.5
        running = [asyncio.create_task(act) for act in background.values()]

        replies = await asyncio.wait_for(stage.ask(questions), 20)

        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    # one turn there was, for whoever came first
    held = [replies[question].answer for question in questions[1:]]
    assert all(isinstance(answer, Benched) for answer in held)
    assert {answer.reason for answer in held} == {"window"}
    assert max(answer.until for answer in held) < datetime.now(UTC) + timedelta(
        seconds=1
    )
    assert stage.waiting == 0
