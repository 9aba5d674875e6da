"""RabbitMQ on a thread of its own: messages out, confirms in, back by itself."""

import contextlib
import logging
import ssl
import threading
from collections import deque
from collections.abc import Callable, Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit

import pika
import pika.connection
import pika.exceptions
import pika.frame
import pika.spec
from pika.adapters.select_connection import IOLoop
from pika.channel import Channel

from enrichment.contract import queues
from scrapers.pipelines import broker_words
from scrapers.pipelines.broker_words import Refusal
from scrapers.pipelines.outbox import Outgoing, Unconfirmed
from scrapers.report import Published

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 30
# Confirms come in bulk while this many are on their way.
MOST_UNCONFIRMED = 4096
# One turn of the thread; between turns it reads confirms and serves heartbeats.
BURST = 256
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 5.0
CLOSE_SECONDS = 3.0

Settled = Sequence[tuple[Outgoing, Published]]


class BrokerThread:
    """
    Owns the connection: declares, publishes, reads confirms, comes back by itself.

    Only `start`, `submit` and `stop` may be called from other threads.

    Args:
        on_settled: told what the broker answered, on the broker's thread.
        on_ready: told whether publishing is possible, on the broker's thread.
        on_fault: told why not, in a sentence.
        on_refusal: told that no waiting helps: our user is not let in, or lacks a
            permission; and whether it is the login.
    """

    def __init__(
        self,
        url: str,
        *,
        on_settled: Callable[[Settled], None],
        on_ready: Callable[[bool], None],
        on_fault: Callable[[str], None],
        on_refusal: Callable[[Refusal], None],
    ) -> None:
        self._parameters = parameters_of(url)
        self._parameters.heartbeat = HEARTBEAT_SECONDS
        self._parameters.connection_attempts = 1  # this class paces the attempts
        self._parameters.socket_timeout = 5
        self._parameters.stack_timeout = 10
        self._parameters.client_properties = {"connection_name": "songnodes-crawl"}
        self._on_settled = on_settled
        self._on_ready = on_ready
        self._on_fault = on_fault
        self._on_refusal = on_refusal
        self._may_configure = True
        self._waiting: deque[Outgoing] = deque()
        self._unconfirmed = Unconfirmed()
        self._loop = IOLoop()
        self._connection: pika.SelectConnection | None = None
        self._channel: Channel | None = None
        self._blocked = False
        self._stopping = False
        self._pause = FIRST_PAUSE_SECONDS
        self._thread = threading.Thread(
            target=self._run, name="enrichment-queue-publisher", daemon=True
        )

    def start(self) -> None:
        """Start the thread; it connects as soon as the broker is there."""
        self._loop.add_callback_threadsafe(self._connect)
        self._thread.start()

    def submit(self, messages: Sequence[Outgoing]) -> None:
        """Hand messages over; their answers come to `on_settled`."""
        self._waiting.extend(messages)
        self._loop.add_callback_threadsafe(self._pump)

    def stop(self) -> None:
        """Close the connection and end the thread."""
        self._loop.add_callback_threadsafe(self._close)
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._loop.start()
            except Exception:
                # what is on its way is sent again: a crawl keeps its publisher
                log.exception("The publisher's thread failed, it connects again")
                self._lost()
                if self._connection is not None and self._connection.is_open:
                    self._connection.close()
                else:
                    self._loop.call_later(self._pause, self._connect)
        with contextlib.suppress(Exception):
            self._loop.close()

    def _connect(self) -> None:
        if self._stopping:
            return
        self._connection = pika.SelectConnection(
            self._parameters,
            on_open_callback=self._opened,
            on_open_error_callback=self._closed,
            on_close_callback=self._closed,
            custom_ioloop=self._loop,
        )

    def _opened(self, connection: pika.connection.Connection) -> None:
        connection.add_on_connection_blocked_callback(self._now_blocked)
        connection.add_on_connection_unblocked_callback(self._now_unblocked)
        connection.channel(on_open_callback=self._channel_opened)

    def _channel_opened(self, channel: Channel) -> None:
        channel.add_on_close_callback(self._channel_closed)
        channel.add_on_return_callback(self._was_returned)
        self._see_queues(channel)
        # answered after the declarations before it: then everything is there
        channel.confirm_delivery(
            self._was_confirmed, callback=lambda _: self._ready(channel)
        )

    def _ready(self, channel: Channel) -> None:
        self._channel = channel
        self._blocked = False
        log.info("RabbitMQ connected, publishing to %s", queues.MAIN_QUEUE)
        self._on_ready(True)  # noqa: FBT003 (a callback's one value)
        self._pump()

    def _pump(self) -> None:
        channel = self._channel
        sent = 0
        while self._waiting and channel is not None and channel.is_open:
            if self._blocked or len(self._unconfirmed) >= MOST_UNCONFIRMED:
                return  # unblocking and confirms pump again
            if sent == BURST:
                self._loop.add_callback(self._pump)
                return
            outgoing = self._waiting.popleft()
            self._unconfirmed.sent(outgoing)
            channel.basic_publish(
                exchange="",
                routing_key=outgoing.queue,
                body=outgoing.body,
                properties=_properties(outgoing),
                mandatory=True,
            )
            sent += 1

    def _was_confirmed(self, frame: pika.frame.Method) -> None:
        method = frame.method
        self._pause = FIRST_PAUSE_SECONDS
        settled = self._unconfirmed.settle(
            method.delivery_tag,
            multiple=method.multiple,
            accepted=isinstance(method, pika.spec.Basic.Ack),
        )
        if settled:
            self._on_settled(settled)
        self._pump()

    def _was_returned(
        self,
        channel: Channel,
        _method: object,
        properties: pika.spec.BasicProperties,
        _body: bytes,
    ) -> None:
        # The queue was deleted under us: the next messages find it again.
        self._unconfirmed.returned(properties.message_id or "")
        self._see_queues(channel)

    def _see_queues(self, channel: Channel) -> None:
        if self._may_configure:
            broker_words.declare_topology(channel)
        else:
            broker_words.look_at_queues(channel)

    def _now_blocked(self, *_: object) -> None:
        self._blocked = True
        self._on_fault("RabbitMQ takes no messages for now (memory or disk alarm)")

    def _now_unblocked(self, *_: object) -> None:
        self._blocked = False
        self._pump()

    def _channel_closed(self, _channel: Channel, reason: BaseException) -> None:
        if isinstance(reason, pika.exceptions.ChannelClosedByBroker):
            self._told_why(reason)
        self._channel = None
        if self._connection is not None and self._connection.is_open:
            self._connection.close()

    def _told_why(self, reason: pika.exceptions.ChannelClosedByBroker) -> None:
        if reason.reply_code != broker_words.ACCESS_REFUSED:
            self._on_fault(broker_words.fault_of(reason))
            return
        if self._channel is None and self._may_configure:
            # refused before we were ready: we may not declare, and need not
            self._may_configure = False
            return
        self._on_refusal(broker_words.permission_refusal(reason))

    def _closed(self, _connection: object, reason: object) -> None:
        """Come back later, whether opening failed or an open connection ended."""
        self._lost()
        if self._stopping:
            self._loop.stop()
            return
        if (refusal := broker_words.login_refusal(reason)) is not None:
            self._on_refusal(refusal)
        elif not isinstance(reason, pika.exceptions.ConnectionClosedByClient):
            self._on_fault(f"RabbitMQ is away: {reason!r}")
        self._loop.call_later(self._pause, self._connect)
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)

    def _lost(self) -> None:
        # A lost confirm may be a delivered message: it goes again under the same id.
        self._channel = None
        self._waiting.extendleft(reversed(self._unconfirmed.lost()))
        self._on_ready(False)  # noqa: FBT003 (a callback's one value)

    def _close(self) -> None:
        self._stopping = True
        connection = self._connection
        if connection is None or connection.is_closed or connection.is_closing:
            self._loop.stop()
            return
        # `_closed` ends the loop, after an attempt to connect, too; or else this does
        self._loop.call_later(CLOSE_SECONDS, self._loop.stop)
        connection.close()


def parameters_of(url: str) -> pika.URLParameters:
    """Read a URL as aio-pika does: `cafile` is the authority that is trusted."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    authority = query.pop("cafile", None)
    parameters = pika.URLParameters(parts._replace(query=urlencode(query)).geturl())
    if authority:
        context = ssl.create_default_context(cafile=authority)
        parameters.ssl_options = pika.SSLOptions(context, parts.hostname)
    return parameters


def _properties(outgoing: Outgoing) -> pika.BasicProperties:
    return pika.BasicProperties(
        content_type="application/json",
        delivery_mode=pika.DeliveryMode.Persistent.value,
        priority=outgoing.priority,
        message_id=outgoing.message_id,
        timestamp=outgoing.timestamp,
        headers={"x-schema-version": outgoing.schema_version},
    )
