"""A provider's token in Redis: one for all workers, asked for by one of them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import orjson

from enrichment.contract.keys import PREFIX
from enrichment.errors import ServerAway
from enrichment.lookup.redis_link import RedisLink
from enrichment.model import ProviderName
from enrichment.providers.tokens import Token

# Whoever asks for a token has an answer, or has died, within this.
LOCK_SECONDS = 30
LOOK_AGAIN_SECONDS = 0.1
# The token's text and when it ends, Unix seconds.
_read = msgspec.json.Decoder(tuple[str, float]).decode
# One that has no end, whoever wrote it, gets one.
_LOCK = """
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then return 1 end
if redis.call('TTL', KEYS[1]) == -1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return 0
"""
# A lock that has ended by itself may be another's by now.
_UNLOCK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


class RedisTokenStore:
    """
    The shared token; without Redis nobody asks for one.

    Args:
        account: tells tokens of different credentials apart; no secret.
    """

    def __init__(self, link: RedisLink, provider: ProviderName, account: str) -> None:
        self._link = link
        self._key = f"{PREFIX}:token:{provider}:{account}"
        self._local = asyncio.Lock()

    async def get(self) -> Token | None:
        """Return the shared token, if there is one. Raises ServerAway."""
        # a key of another type gives nothing, as one that is not there
        [value] = await self._link.ask("token", lambda redis: redis.mget([self._key]))
        return _token(value) if value else None

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
        """Hold off the other workers while one asks for a token. Raises ServerAway."""
        return self._locked()

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[None]:
        owner, keys = uuid4().hex, [f"{self._key}:lock"]
        async with self._local:
            while not await self._run(  # noqa: ASYNC110 (the lock is in Redis)
                _LOCK, keys, [owner, LOCK_SECONDS]
            ):
                await asyncio.sleep(LOOK_AGAIN_SECONDS)  # another worker has it
            try:
                yield
            finally:
                with suppress(ServerAway):
                    await self._run(_UNLOCK, keys, [owner])

    async def _run(
        self, script: str, keys: Sequence[str], arguments: Sequence[str | int]
    ) -> int:
        return int(
            await self._link.ask(
                "token",
                lambda redis: redis.register_script(script)(keys, arguments),
            )
        )


def _token(value: bytes | str) -> Token | None:
    """Read a token; what cannot be read counts as none, and is replaced."""
    try:
        token, until = _read(value)
        return Token(token, datetime.fromtimestamp(until, UTC))
    except (msgspec.MsgspecError, ValueError, OverflowError, OSError):
        return None
