"""One lease per question for all workers: one asks, the others wait for the answer."""

import asyncio
import contextlib
import time
from collections.abc import (
    Callable,
    Collection,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from datetime import datetime
from functools import partial
from importlib import resources
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from enrichment.contract import keys as names
from enrichment.contract import metrics
from enrichment.contract.keys import RELEASES_CHANNEL
from enrichment.errors import ServerAway
from enrichment.lookup.cache.answers import AnswerCache
from enrichment.lookup.cache.freshness import Remembered
from enrichment.lookup.dispatch.call_queue import PendingQuestions
from enrichment.lookup.ratelimit.reservation import LeaseClaim
from enrichment.lookup.redis_link import RedisLink
from enrichment.lookup.spending import Spending
from enrichment.model import Question
from enrichment.providers.registry import SPECS

# A dead owner's lease ends after this; a live one's is renewed three times before.
LEASE_SECONDS = 15.0
RENEWALS_PER_LEASE = 3
# No call takes this long, all its tries and waits included: a lease that is held
# longer was forgotten, and is not renewed.
LONGEST_HOLD_SECONDS = 300.0
# How long a lost subscription rests before it is tried again.
_RESUBSCRIBE_SECONDS = 1.0
# One read of the subscription; a quiet channel is no lost one.
_LISTEN_SECONDS = 30.0
# Between looks at a lease of somebody else, seconds.
FOLLOW_SECONDS = 60.0


class Leases:
    """
    Leases of this process and its one subscription to everybody's releases.

    Closed by `close`. Without Redis no question is ours.
    """

    def __init__(
        self,
        link: RedisLink,
        *,
        lease_seconds: float = LEASE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self.lease_seconds = lease_seconds
        self._monotonic = monotonic
        # key -> owner and since when
        self._held: dict[str, tuple[str, float]] = {}
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._renewer: asyncio.Task[None] | None = None
        self._listener: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()
        scripts = resources.files(__package__)
        self._acquire_script = scripts.joinpath("lease_acquire.lua").read_text()
        self._renew_script = scripts.joinpath("lease_renew.lua").read_text()
        self._release_script = scripts.joinpath("lease_release.lua").read_text()

    async def acquire(
        self, questions: Collection[Question], owner: str
    ) -> set[Question]:
        """Lease what nobody else holds; gives what is ours. Raises ServerAway."""
        asked = list(questions)
        if not asked:
            return set()
        keys, arguments = (
            [lease_key(q) for q in asked],
            [owner, str(_ms(self.lease_seconds))],
        )
        flags = await self._link.ask(
            "acquire",
            lambda redis: _run(redis, self._acquire_script, keys, arguments),
        )
        owned = {q for q, is_ours in zip(asked, flags, strict=True) if is_ours}
        self.hold(owned, owner)
        return owned

    def hold(self, questions: Collection[Question], owner: str) -> None:
        """Renew leases that `take_with_leases` has taken, until they are released."""
        now = self._monotonic()
        self._held |= {lease_key(question): (owner, now) for question in questions}
        if self._held and (self._renewer is None or self._renewer.done()):
            self._renewer = asyncio.create_task(self._renew())

    async def release(self, questions: Collection[Question], owner: str) -> None:
        """Return leases back and wake all who wait for them, in one step."""
        keys = [lease_key(question) for question in questions]
        for key in keys:
            self._held.pop(key, None)
        if not keys:
            return
        with contextlib.suppress(ServerAway):
            await self._link.ask(
                "release",
                lambda redis: _run(
                    redis, self._release_script, keys, [owner, RELEASES_CHANNEL]
                ),
            )
        # without Redis no message comes
        self._wake(keys)

    async def wait(
        self,
        questions: Collection[Question],
        timeout: float,  # noqa: ASYNC109 (gives what came in time; does not cancel)
    ) -> set[Question]:
        """
        Wait until a lease is released or its owner has died.

        Gives the questions that nobody asks now; none when the time is over first.

        Raises:
            ServerAway: nobody knows who asks what.
        """
        keys = {lease_key(question): question for question in questions}
        deadline = self._monotonic() + timeout
        woken = asyncio.Event()
        for key in keys:
            self._waiting.setdefault(key, set()).add(woken)
        try:
            while True:
                await self._listen(deadline)
                woken.clear()
                # after subscribing: a release before it is seen here
                lasting = await self._lasting(list(keys))
                free = {q for key, q in keys.items() if key not in lasting}
                left = deadline - self._monotonic()
                if free or left <= 0:
                    return free
                # an owner that dies tells nobody: look when the first lease may end
                pause = min(left, min(lasting.values()) + 0.005)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), pause)
        finally:
            for key in keys:
                self._forget_waiter(key, woken)

    async def close(self) -> None:
        """End renewals and the subscription; leases still held end by themselves."""
        tasks = [task for task in (self._renewer, self._listener) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._renewer = self._listener = None

    def _forget_waiter(self, key: str, woken: asyncio.Event) -> None:
        waiters = self._waiting.get(key, set())
        waiters.discard(woken)
        if not waiters:
            self._waiting.pop(key, None)

    def _wake(self, keys: Sequence[str]) -> None:
        for key in keys:
            for woken in self._waiting.get(key, ()):
                woken.set()

    async def _lasting(self, keys: Sequence[str]) -> dict[str, float]:
        """Return the leases that stand, with the seconds left. Raises ServerAway."""

        async def read(redis: Redis) -> list[int]:
            async with redis.pipeline(transaction=False) as pipeline:
                for key in keys:
                    pipeline.pttl(key)
                answers: list[int] = await pipeline.execute()
            return answers

        answers = await self._link.ask("wait", read)
        return {k: ms / 1000 for k, ms in zip(keys, answers, strict=True) if ms > 0}

    async def _renew(self) -> None:
        """Keep the leases of questions whose calls are under way."""
        while self._held:
            await asyncio.sleep(self.lease_seconds / RENEWALS_PER_LEASE)
            oldest = self._monotonic() - LONGEST_HOLD_SECONDS
            for key in [k for k, (_, since) in self._held.items() if since < oldest]:
                del self._held[key]
            held = {key: owner for key, (owner, _) in self._held.items()}
            if not held:
                continue
            with contextlib.suppress(ServerAway):
                await self._link.ask("renew", partial(self._send, held=held))

    async def _send(self, redis: Redis, held: dict[str, str]) -> None:
        by_tag: dict[str, list[str]] = {}
        for key in held:
            by_tag.setdefault(key.partition("}")[0], []).append(key)
        for keys in by_tag.values():
            owners = [held[key] for key in keys]
            lasts_ms = str(_ms(self.lease_seconds))
            await _run(redis, self._renew_script, keys, [lasts_ms, *owners])

    async def _listen(self, deadline: float) -> None:
        """Have the subscription, or as much of it as can be had in time."""
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._hear_releases())
        if self._link.is_away:
            return
        left = max(0.0, deadline - self._monotonic())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._listening.wait(), min(left, 1.0))

    async def _hear_releases(self) -> None:
        while self._link.client is not None:
            try:
                async with self._link.client.pubsub() as subscription:
                    await subscription.subscribe(RELEASES_CHANNEL)
                    await self._hear(subscription)
            except (RedisError, OSError):
                # whoever waits looks by itself when the leases may end
                self._listening.clear()
                await asyncio.sleep(_RESUBSCRIBE_SECONDS)

    async def _hear(self, subscription: PubSub) -> None:
        while True:
            message = await subscription.get_message(timeout=_LISTEN_SECONDS)
            if message is None:
                continue
            if message["type"] == "subscribe":
                self._listening.set()
                # what was released while we did not hear
                self._wake(list(self._waiting))
            elif message["type"] == "message":
                self._wake(message["data"].decode().split("\n"))


def lease_key(question: Question) -> str:
    """Return the key that says who is asking it, by today's requests and readings."""
    projection = SPECS[question.provider].projection
    return names.lease_key(
        question.provider, question.operation, question.key, projection
    )


def claim_of(questions: Sequence[Question], owner: str, seconds: float) -> LeaseClaim:
    """Return the claim of an owner to lease questions for so long."""
    return LeaseClaim(questions, [*map(lease_key, questions)], owner, seconds)


class LeaseWaiter:
    """
    Waits for the answers to questions that other workers ask.

    Args:
        start: runs a coroutine beside, until the worker stops.
        ask: what to do with a question whose owner gave no answer.
    """

    def __init__(
        self,
        leases: Leases,
        cache: AnswerCache,
        spending: Spending,
        pending: PendingQuestions,
        *,
        start: Callable[[Coroutine[None, None, None]], None],
        ask: Callable[[Question], None],
        now: Callable[[], datetime],
    ) -> None:
        self._leases = leases
        self._cache = cache
        self._spending = spending
        self._pending = pending
        self._start = start
        self._ask = ask
        self._now = now

    def follow(self, questions: Iterable[Question]) -> None:
        """Wait for the workers that ask these; if they die, ask ourselves."""
        for question in questions:
            self.saved(question)
            self._start(self._follow(question))

    def saved(self, question: Question) -> None:
        """Count a question that costs no call of its own."""
        metrics.COALESCED.labels(question.provider).inc()
        self._spending.saved(question.provider)

    async def unanswered(self, asked: Sequence[Question]) -> list[Question]:
        """Leave out what others have asked meanwhile: no call is repeated."""
        answered = await self._answered(self._pending.newer_than(asked))
        for question, entry in answered.items():
            self.saved(question)
            self._pending.resolve(question, entry.answer, entry.fetched_at)
        return [question for question in asked if question not in answered]

    async def _answered(
        self, newer_than: Mapping[Question, datetime]
    ) -> Mapping[Question, Remembered]:
        """Return what is remembered by now and new enough."""
        remembered = await self._cache.get_many([*newer_than], newer_than)
        now = self._now()
        return {
            question: entry
            for question, entry in remembered.items()
            if entry.is_fresh(now) and entry.fetched_at > newer_than[question]
        }

    async def _follow(self, question: Question) -> None:
        try:
            free: set[Question] = set()
            while not free:
                free = await self._leases.wait([question], FOLLOW_SECONDS)
            answered = await self._answered(self._pending.newer_than([question]))
        except ServerAway as away:
            self._pending.fail([question], away)
            return
        if entry := answered.get(question):
            self._pending.resolve(question, entry.answer, entry.fetched_at)
        elif question in self._pending:
            self._ask(question)


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))


async def _run(
    redis: Redis, script: str, keys: Sequence[str], arguments: Sequence[str]
) -> Any:  # noqa: ANN401 (what the script gives)
    return await redis.register_script(script)(keys, arguments)
