"""All providers behind the network: a TLS address for each, changed at run time."""

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from provider_simulator.network.authority import Authority
from provider_simulator.network.conditions import Network, read_conditions
from provider_simulator.network.proxy import NearEnd


class Front:
    """
    The providers as they are reached through the network.

    Args:
        conditions: by provider.
    """

    def __init__(self, conditions: Mapping[str, Network]) -> None:
        self._authority = Authority()
        self._conditions = dict(conditions)
        self._urls: dict[str, str] = {}

    @property
    def urls(self) -> Mapping[str, str]:
        """Addresses by provider, without a path, as the simulator's own address is."""
        return self._urls

    @property
    def certificate(self) -> bytes:
        """What clients have to trust: the authority's certificate, as PEM."""
        return self._authority.certificate

    @property
    def conditions(self) -> Mapping[str, Network]:
        """The network by provider, as it is now."""
        return self._conditions

    def change(self, row: Mapping[str, object]) -> None:
        """Change what holds from now on; see `read_conditions`. Raises ValueError."""
        self._conditions = read_conditions(self._conditions, row)

    @asynccontextmanager
    async def open(self, provider: tuple[str, int], seed: int) -> AsyncIterator[None]:
        """
        Take connections until the block ends.

        Args:
            provider: the simulator's own host and port.
        """
        host = provider[0]
        names = (host, "localhost", "127.0.0.1", socket.gethostname())
        context = self._authority.server(names)
        async with AsyncExitStack() as stack:
            for number, name in enumerate(self._conditions):
                of_one = partial(self._of, name)
                near_end = NearEnd(context, provider, of_one, seed + number)
                port = await stack.enter_async_context(near_end.listening(host))
                self._urls[name] = f"https://{host}:{port}"
            yield

    def _of(self, name: str) -> Network:
        return self._conditions[name]
