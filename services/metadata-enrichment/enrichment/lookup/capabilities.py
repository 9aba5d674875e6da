"""
What a provider lets our account call: learnt from answers, remembered for all workers.

The first real call that needs a capability is its probe: no call is made only to find
out. While one worker's call probes, the others' wait for what it shows. What is open is
believed for a week, what is closed for a day, so that a provider that opens or closes
something is found out; a refusal meanwhile is believed at once.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from enrichment import logs
from enrichment.contract.keys import capabilities_key
from enrichment.errors import ServerAway
from enrichment.lookup.bench.blocked import (
    CLOSED_SECONDS,
    KnownCapabilities,
    Learnt,
)
from enrichment.lookup.redis_link import RedisLink
from enrichment.model import ProviderName

log = logs.get("lookup")

# What is learnt again is written so often, at most.
WRITE_AGAIN_SECONDS = CLOSED_SECONDS / 2
# What other workers have learnt is read again after this.
READ_AGAIN_SECONDS = 60.0
# A probe has shown something, or its worker has died, within this.
PROBE_SECONDS = 45.0
LOOK_AGAIN_SECONDS = 0.1


class Capabilities:
    """
    What all workers know of the capabilities of their accounts.

    Args:
        accounts: tells what different credentials have learnt apart; no secrets.
        now: seconds of the epoch.
    """

    def __init__(
        self,
        link: RedisLink,
        accounts: Mapping[ProviderName, str],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._link = link
        self._accounts = accounts
        self._now = now
        self._memory = KnownCapabilities(now)
        self.known = self._memory.known
        self._read_at: dict[ProviderName, float] = {}

    async def read(self, provider: ProviderName) -> Mapping[str, Learnt]:
        """Return what all workers know, and know it from now on."""
        self._read_at[provider] = self._now()
        with suppress(ServerAway):
            stored: dict[Any, Any] = await self._link.ask(
                "capabilities", lambda redis: redis.hgetall(self._key(provider))
            )
            for name, value in stored.items():
                is_open, _, at = value.decode().partition(":")
                learnt = Learnt(is_open == "open", float(at))
                self._memory.learnt[provider, name.decode()] = learnt
        return {
            name: learnt
            for (whose, name), learnt in self._memory.learnt.items()
            if whose == provider and self.known(provider, name) is not None
        }

    async def learn(self, provider: ProviderName, shown: Mapping[str, bool]) -> None:
        """Remember what an answer has shown, for all workers."""
        now = self._now()
        news = {
            name: Learnt(is_open, now)
            for name, is_open in shown.items()
            if self.known(provider, name) is not is_open
            or now - self._memory.learnt[provider, name].at > WRITE_AGAIN_SECONDS
        }
        if not news:
            return
        for name, learnt in news.items():
            self._memory.learnt[provider, name] = learnt
            log.info(
                "Provider's capability learnt",
                event_name="enrichment.lookup.capability",
                provider=provider,
                capability=name,
                open=learnt.is_open,
            )
        key = self._key(provider)
        written: dict[Any, Any] = {
            name: f"{'open' if learnt.is_open else 'closed'}:{learnt.at}"
            for name, learnt in news.items()
        }
        with suppress(ServerAway):
            await self._link.ask(
                "capabilities", lambda redis: redis.hset(key, mapping=written)
            )
            await self._link.ask(
                "capabilities",
                lambda redis: redis.delete(*(f"{key}:probe:{name}" for name in news)),
            )

    async def may_rely_on(self, provider: ProviderName, capability: str) -> bool:
        """
        Return whether a call may need this; true for the one that is the probe.

        Waits while another call probes.

        Raises:
            ServerAway: nobody knows whether another call probes.
        """
        if self._now() - self._read_at.get(provider, 0.0) > READ_AGAIN_SECONDS:
            await self.read(provider)
        lock = f"{self._key(provider)}:probe:{capability}"
        while (known := self.known(provider, capability)) is None:
            is_prober = await self._link.ask(
                "capabilities",
                lambda redis: redis.set(lock, "", nx=True, ex=int(PROBE_SECONDS)),
            )
            # what a probe showed a moment ago is read before ours
            await self.read(provider)
            if is_prober and self.known(provider, capability) is None:
                return True
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        return known

    async def showed_nothing(self, provider: ProviderName, capability: str) -> None:
        """Let another call probe: ours got no answer."""
        if self.known(provider, capability) is None:
            lock = f"{self._key(provider)}:probe:{capability}"
            with suppress(ServerAway):
                await self._link.ask("capabilities", lambda redis: redis.delete(lock))

    def _key(self, provider: ProviderName) -> str:
        return capabilities_key(provider, self._accounts.get(provider, ""))
