"""Spotify's token in Redis: one for all workers, asked for by one of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime
from uuid import uuid4

import orjson

from enrichment.contract.cache_keys import PREFIX
from enrichment.errors import ServerAway
from enrichment.lookup.redis_link import RedisLink
from enrichment.providers.spotify_token import Token

# Whoever asks for a token has an answer, or has died, within this.
LOCK_SECONDS = 30
LOOK_AGAIN_SECONDS = 0.1


class RedisTokenStore:
    """
    The shared token. Redis away: each worker has its own, which Spotify allows.

    Args:
        account: tells tokens of different credentials apart; no secret.
    """

    def __init__(self, link: RedisLink, account: str) -> None:
        self._link = link
        self._key = f"{PREFIX}:token:spotify:{account}"
        self._local = asyncio.Lock()

    async def get(self) -> Token | None:
        """Give the shared token, if there is one."""
        try:
            value = await self._link.ask("token", lambda redis: redis.get(self._key))
        except ServerAway:
            return None
        if not value:
            return None
        token, until = orjson.loads(value)
        return Token(token, datetime.fromtimestamp(until, UTC))

    async def put(self, token: Token) -> None:
        """Share a new token until it ends."""
        left = (token.usable_until - datetime.now(UTC)).total_seconds()
        value = orjson.dumps([token.value, token.usable_until.timestamp()])
        with suppress(ServerAway):
            await self._link.ask(
                "token",
                lambda redis: redis.set(self._key, value, px=max(1, int(left * 1000))),
            )

    def lock(self) -> AbstractAsyncContextManager[object]:
        """Hold off the other workers while one asks for a token."""
        return self._locked()

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[None]:
        owner, key = uuid4().hex, f"{self._key}:lock"
        async with self._local:
            with suppress(ServerAway):
                while not await self._link.ask(  # noqa: ASYNC110 (the lock is in Redis)
                    "token",
                    lambda redis: redis.set(key, owner, nx=True, ex=LOCK_SECONDS),
                ):
                    await asyncio.sleep(LOOK_AGAIN_SECONDS)  # another worker has it
            try:
                yield
            finally:
                with suppress(ServerAway):
                    # a lock that has ended by itself may be another's: rare, and the
                    # worst of it is one more token request
                    await self._link.ask("token", lambda redis: redis.delete(key))
