"""The service metadata-enrichment: open, wire, serve, drain, close; and a scheduler."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial

import uvicorn
from starlette.types import ASGIApp

from enrichment import logs
from enrichment.app import clients, worker
from enrichment.app.settings import Settings
from enrichment.app.supervise import Loops
from enrichment.contract import metrics, queues
from enrichment.errors import ConfigurationError
from enrichment.lookup.redis_link import RedisLink
from enrichment.queueing import topology
from enrichment.queueing.broker import permissions
from enrichment.queueing.broker.away import broker_away
from enrichment.queueing.dead_letters import box
from enrichment.queueing.dead_letters.box import Replayed, Seen
from enrichment.queueing.dead_letters.letters import Filter, Letter
from enrichment.queueing.dead_letters.looking import Bounds
from enrichment.queueing.publisher import Publisher
from enrichment.queueing.raw_deliveries import StreamConnection
from enrichment.web.access.given import access
from enrichment.web.access.once import UsedLinks
from enrichment.web.access.tokens import Tokens
from enrichment.web.api.application import application
from enrichment.web.api.letters import Looks
from enrichment.web.api.routes import Api
from enrichment.web.bounded_connections import HEAD_SECONDS, BoundedConnection
from enrichment.web.console.app import console
from enrichment.web.console.dead_letters import Box
from enrichment.web.console.frame.door import Door

log = logs.get("api")


class _Server(uvicorn.Server):
    """Leaves signals to us: uvicorn would end the process before we have closed."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def run(settings: Settings) -> int:
    """
    Serve until SIGTERM or SIGINT, calls under way finished; give the exit code.

    Raises:
        ConfigurationError: before anything is served.
        TopologyDrift: before anything is served.
        PermissionMissing: before anything is served.
        LoopEnded: the scheduler or another loop ended unasked.
    """
    stop = asyncio.Event()
    worker.stop_on_signals(stop)
    tokens, signer = access(settings)
    async with AsyncExitStack() as stack:
        listening = stack.enter_context(_listen(settings))
        reaching = clients.open_all(settings, stack, needs_redis=False)
        opened = await worker.unless_stopped(stop, reaching)
        if opened is None:
            return 0
        pool, redis, connection = opened
        await topology.require(connection)
        await clients.see_permissions(settings, [permissions.DEFAULT_EXCHANGE])
        metrics.begin_scheduler([queue.name for queue in queues.QUEUES.values()])
        publisher = Publisher(connection)
        stack.push_async_callback(publisher.close)
        scheduler = worker.scheduler_of(settings, pool, connection, publisher)
        loops = Loops(stop, settings.enrichment_stop_grace_seconds)
        loops.start("scheduler", scheduler.run(stop))
        loops.start("gauges", worker.keep_gauges(pool))
        looks = Looks(partial(_look, settings))
        api = Api(
            pool,
            publisher,
            depths=topology.Depths(connection).read,
            letters=looks,
            checks=clients.server_checks(pool, redis, connection),
            tokens=tokens,
            alive=lambda: loops.alive,
            loops=lambda: loops.states,
            commercial=settings.enrichment_commercial_use,
        )
        door = Door(
            tokens,
            signer,
            UsedLinks(RedisLink(redis)).take,
            is_open=settings.enrichment_console_open,
        )
        letters = Box(looks.seen, partial(_replay, settings), partial(_purge, settings))
        pages = console(
            door, pool, letters, api.depths, stop, commercial=api.commercial
        )
        app = application(api, settings.enrichment_allowed_hosts, pages)
        await loops.beside(_serve(settings, app, listening, stop, tokens))
    return 0


async def _look(settings: Settings, wanted: Filter, bounds: Bounds) -> Seen:
    # aio-pika keeps 5 kB of every channel that a connection has ever opened
    async with await clients.open_broker(settings, wait=False) as connection:
        return await box.look(connection, wanted, bounds)


async def _replay(settings: Settings, wanted: Filter, per_second: float) -> Replayed:
    async with _broker(settings) as connection:
        return await box.replay(
            connection, wanted, per_second=per_second, told=lambda _: None
        )


async def _purge(
    settings: Settings, wanted: Filter, told: Callable[[Letter], None]
) -> int:
    async with _broker(settings) as connection:
        return await box.purge(connection, wanted, told=told)


@asynccontextmanager
async def _broker(settings: Settings) -> AsyncIterator[StreamConnection]:
    with broker_away():
        connection = await clients.open_broker(settings, wait=False)
    async with connection:
        yield connection


async def _serve(
    settings: Settings,
    app: ASGIApp,
    listening: socket.socket,
    stop: asyncio.Event,
    tokens: Tokens,
) -> None:
    server = _Server(
        uvicorn.Config(
            app,
            http=BoundedConnection,
            log_config=None,
            # a call that fails is logged by the application, once
            log_level="critical",
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            timeout_keep_alive=int(HEAD_SECONDS),
            timeout_graceful_shutdown=max(
                1, int(settings.enrichment_stop_grace_seconds)
            ),
        )
    )
    host, port = listening.getsockname()[:2]
    log.info(
        f"API listens on http://{host}:{port}",
        event_name="enrichment.api.ready",
        port=port,
        writes=tokens.may_write,
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    server.should_exit = True
    await serving


@contextmanager
def _listen(settings: Settings) -> Iterator[socket.socket]:
    """Take the port first: a port in use is told before a server is waited for."""
    host, port = settings.enrichment_api_host, settings.enrichment_api_port
    try:
        listening = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
    except OSError as error:
        raise ConfigurationError(
            f"ENRICHMENT_API_PORT {port}: {error}; 0 takes any free one"
        ) from error
    with listening:
        yield listening
