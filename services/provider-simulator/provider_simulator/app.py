"""The simulator as an aiohttp application: all providers under prefixes on one port."""

import socket
import struct
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from provider_simulator import admin
from provider_simulator.clock import Clock, ScaledClock
from provider_simulator.faults import Fault
from provider_simulator.gate import ConnectionLost, Simulator
from provider_simulator.ledger import Ledger
from provider_simulator.network.conditions import Network
from provider_simulator.network.front import Front
from provider_simulator.registry import DEFAULTS, NAMES
from provider_simulator.settings import Settings
from provider_simulator.wire import Query
from provider_simulator.world.catalogue import World

# Longer request lines than MusicBrainz takes must reach the simulator to be refused.
_LINE_CHARS = 65_536


@dataclass(frozen=True, slots=True)
class Running:
    """
    A simulator that serves.

    Args:
        front: the way to the providers through a network, if one was asked for.
    """

    url: str
    simulator: Simulator
    front: Front | None = None

    @property
    def ledger(self) -> Ledger:
        """Return what it saw."""
        return self.simulator.ledger


def create_app(
    world: World,
    clock: Clock,
    settings: Settings,
    *,
    ledger: Ledger | None = None,
    faults: Iterable[Fault] = (),
) -> web.Application:
    """Build the application over a world."""
    simulator = Simulator(world, clock, settings, ledger)
    simulator.script.add(faults, clock.now())
    app = web.Application(client_max_size=256 * 1024**2)
    app[admin.SIMULATOR] = simulator
    app.add_routes(admin.routes())
    for provider in NAMES:
        app.router.add_route("*", f"/{provider}/{{path:.*}}", _serve)
    return app


@asynccontextmanager
async def running_simulator(
    world: World,
    clock: Clock | None = None,
    settings: Settings | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    ledger: Ledger | None = None,
    faults: Iterable[Fault] = (),
    network: Mapping[str, Network] | None = None,
) -> AsyncIterator[Running]:
    """
    Serve until the block ends.

    Args:
        port: 0 takes a free one.
        network: by provider; with it, each has an address of its own, over TLS.
    """
    app = create_app(
        world,
        clock or ScaledClock(),
        settings or DEFAULTS,
        ledger=ledger,
        faults=faults,
    )
    runner = web.AppRunner(
        app,
        access_log=None,
        max_line_size=_LINE_CHARS,
        max_field_size=_LINE_CHARS,
        # Calls in flight when it is told to stop are cut off.
        shutdown_timeout=0.1,
    )
    front = None
    if network is not None:
        app[admin.FRONT] = front = Front(dict(network))
    simulator = app[admin.SIMULATOR]
    await runner.setup()
    async with AsyncExitStack() as stack:
        stack.callback(simulator.ledger.close)
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, host, port, backlog=512).start()
        bound = runner.addresses[0][1]
        if front is not None:
            seed = simulator.settings.seed
            await stack.enter_async_context(front.open((host, bound), seed=seed))
        yield Running(f"http://{host}:{bound}", simulator, front)


async def _serve(request: web.Request) -> web.StreamResponse:
    provider = request.path.split("/", 2)[1]
    try:
        reply = await request.app[admin.SIMULATOR].handle(
            provider, await _query(request, provider)
        )
    except ConnectionLost as lost:
        _drop(request, reset=lost.reset)
        return web.Response(status=500)
    headers = {"access-control-allow-origin": "*", **dict(reply.headers)}
    return web.Response(status=reply.status, body=reply.body, headers=headers)


async def _query(request: web.Request, provider: str) -> Query:
    params = list(request.query.items())
    if request.method == "POST":
        form = await request.post()
        params += [(k, v) for k, v in form.items() if isinstance(v, str)]
    prefix = len(provider) + 1
    return Query(
        method=request.method,
        path=request.path[prefix:],
        params=tuple(params),
        headers={name.lower(): value for name, value in request.headers.items()},
        line_chars=len(request.raw_path) - prefix,
        peer=request.remote or "",
    )


def _drop(request: web.Request, *, reset: bool) -> None:
    transport = request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if reset and connection is not None:
        # Lingering for 0 seconds makes the kernel send RST instead of FIN.
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
