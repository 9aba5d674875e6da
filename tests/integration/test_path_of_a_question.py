"""What one question passes between `lookup` and the socket: modules, containers."""

import asyncio
import sys
from collections import deque
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from redis.asyncio import Redis

import enrichment
from benchmarks import servers
from enrichment.app import settings
from enrichment.app.wiring import open_path
from enrichment.contract.messages import Lane
from enrichment.model import ProviderName
from provider_simulator.app import running_simulator
from provider_simulator.world.coverage import PROFILES
from provider_simulator.world.invention import invent
from provider_simulator.world.names import invented_tracks
from tests.integration.connections import pool
from tests.pipeline import Simulator
from tests.provider_samples import asked

__all__ = ["pool"]

MOST_MODULES = 12
# Who waits for it, and its place in the order of calls.
CONTAINERS = {"PendingQuestions._waiting", "CallQueue._queued"}
OURS = Path(enrichment.__file__).parent
# Beside the question: names and numbers that everybody reads, and loops of the worker.
BESIDE = ("contract/", "model.py", "logs.py", "store/")


class Passed:
    """Our files that run until a request is written to a socket, in their order."""

    def __init__(self, lookup, question):
        self.files = []
        self.held_in = set()
        self.is_sent = False
        self._containers = containers(lookup)
        self._question, self._last = question, ""

    def __call__(self, frame, event, _):
        code = frame.f_code
        if event != "call" or self.is_sent:
            return
        # what writes the first byte of a request
        self.is_sent = code.co_name == "_send_request_headers"
        file = Path(code.co_filename)
        if file.is_relative_to(OURS):
            name = str(file.relative_to(OURS))
            if name != self._last:
                self._last = name
                self._look_into_containers()
            if name not in self.files and not name.startswith(BESIDE):
                self.files.append(name)

    def _look_into_containers(self):
        for name, same in self._containers.items():
            held = [at for container in same for at in inside(container)]
            if any(self._question in (at, getattr(at, "question", 0)) for at in held):
                self.held_in.add(name)


def containers(root):
    """Return the containers of all objects of ours that an object leads to, by name."""
    found, seen, ahead = {}, set(), [root]
    while ahead:
        owner = ahead.pop()
        if id(owner) in seen or not type(owner).__module__.startswith("enrichment."):
            continue
        seen.add(id(owner))
        kinds = map(vars, type(owner).__mro__)
        slots = [name for kind in kinds for name in kind.get("__slots__", ())]
        for name in (*getattr(owner, "__dict__", ()), *slots):
            value = getattr(owner, name, None)
            ahead += [value, *inside(value)]
            if isinstance(value, dict | list | set | deque):
                found.setdefault(f"{type(owner).__name__}.{name}", []).append(value)
    return found


def inside(value):
    """Return what is in a container, and in those that are in it."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if not isinstance(value, list | tuple | set | frozenset | deque):
        return []
    return [at for each in value for at in (each, *inside(each))]


@pytest.mark.parametrize("name", ["lastfm", "musicbrainz", "spotify"])
async def test_a_question_passes_few_modules(name, pool, redis_client: Redis):
    world = invent(invented_tracks(5, seed=3), PROFILES["full"], seed=3)
    async with AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(running_simulator(world))
        known = settings.load({**servers.SETTINGS, **Simulator(simulator.url).settings})
        made, loops = await open_path(known, stack, pool, redis_client, Lane.MAIN)
        running = [asyncio.create_task(loop) for loop in loops.values()]
        provider = made.providers[ProviderName(name)]
        # the loops have begun, and nothing is done for the first time
        await made.lookup.look_up([asked(provider, "Nora", "Morning")])
        question = asked(provider, "Nora", "Night")
        passed = Passed(made.lookup, question)
        sys.setprofile(passed)
        try:
            await made.lookup.look_up([question])
        finally:
            sys.setprofile(None)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    assert passed.is_sent
    assert passed.files[0] == "lookup/lookup.py"
    assert len(passed.files) <= MOST_MODULES, passed.files
    assert passed.held_in == CONTAINERS
