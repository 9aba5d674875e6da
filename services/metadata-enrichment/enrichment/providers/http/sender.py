"""One provider call over HTTP: send, time, and map every fault to our errors."""

import asyncio
import ssl
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Self

import httpx
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from enrichment.contract.texts.own_secrets import hidden_in_answer
from enrichment.errors import ProviderError, RateLimited, Transient
from enrichment.model import ProviderName, Question
from enrichment.providers import HttpRequest, HttpResponse, Provider, Reading
from enrichment.providers.calls import (
    Authorizer,
    CallObserver,
    CallReport,
    Headers,
    Never,
    Permit,
    Unlimited,
)
from enrichment.providers.http.bodies import OFFERED_ENCODING, Body, BodyInvalid
from enrichment.providers.http.faults import (
    HTTPX_ERRORS,
    fault_of,
    fault_of_status,
    is_blip,
)
from enrichment.providers.http.masking import mask_httpx_log, masked

# Last.fm wants callers to say who they are; MusicBrainz' requests bring their own.
USER_AGENT = "SongNodes-Enrichment/1.0"
# MusicBrainz answers after 6 to 14 s when it is pressed.
READ_SECONDS = 20.0
# Longer than any provider's spacing and than a window of Spotify's, so that a
# connection once opened is there for the next call. Who closes earlier, may.
IDLE_SECONDS = 60.0
# Tries more, for transport blips alone; other waiting is the budget's and the rows'.
RETRIES = 2
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0

# Until a connection is open, its handshakes included.
CONNECT_SECONDS = 5.0
# From the first byte sent to the last one received: a trickling body ends here.
TOTAL_SECONDS = 30.0
# What httpcore tells: https://www.encode.io/httpcore/extensions/#trace
_CONNECTS = "connection.connect_tcp.started"
_IS_OPEN = frozenset(
    {"connection.connect_tcp.complete", "connection.start_tls.complete"}
)
_SENDS = "send_request_headers.started"
# The slowest opening of so many counts: early costs a connection that waits, late
# costs a reservation.
OPENINGS_REMEMBERED = 8
_UNAUTHORIZED = 401
_UNLIMITED = Unlimited()


class _NotYet(Exception):  # noqa: N818 (no fault of anybody)
    """The time to send is too far off for the connection in hand: nothing was sent."""


class _Exchange:
    """
    Follows one exchange by what the HTTP library tells of it.

    Args:
        permit: asked when the connection is open and nothing is written to it.
    """

    def __init__(self, permit: Permit) -> None:
        self._permit = permit
        self.deadline = asyncio.timeout(2 * CONNECT_SECONDS)
        self._began = perf_counter()
        self._connecting_since = self._began
        self.opening_seconds: float | None = None
        self.sent = False
        self.status: int | None = None

    @property
    def seconds(self) -> float:
        """How long it has taken; the wait before it was sent is left out."""
        return perf_counter() - self._began

    async def trace(self, event: str, told: Mapping[str, object]) -> None:
        """Take note of what the library does; hold it before it sends."""
        if event == _CONNECTS:
            self._connecting_since = perf_counter()
        elif event in _IS_OPEN:
            self.opening_seconds = perf_counter() - self._connecting_since
        elif event.endswith(_SENDS) and not _asks_a_proxy(told):
            await self._send()

    async def _send(self) -> None:
        self.deadline.reschedule(None)
        if not await self._permit.to_send():
            raise _NotYet
        self._began = perf_counter()
        self.sent = True
        self.deadline.reschedule(asyncio.get_running_loop().time() + TOTAL_SECONDS)


@dataclass(frozen=True, slots=True)
class _Call:
    """What the tries of one call have in common."""

    provider: ProviderName
    operation: str
    permit: Permit


@dataclass(frozen=True, slots=True)
class _Answered:
    """A response and how long it took."""

    response: HttpResponse
    seconds: float


class HttpSender:
    """
    The one HTTP client; closed by `close` or `async with`.

    Args:
        observer: told of every try.
        user_agent: sent where a request brings none of its own.
        authorizers: by provider, for those whose calls need more than the request.
        transport: replaces the network in tests.
        trust: who may vouch for a provider's name; the public authorities by default.
        retries: tries more after a transport blip.
        waits: seconds; a wait before another try is a random part of the first, doubled
            with every try, at most the second.
        pause: waits between them.
    """

    def __init__(
        self,
        observer: CallObserver,
        *,
        user_agent: str = USER_AGENT,
        authorizers: Mapping[ProviderName, Authorizer] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        trust: ssl.SSLContext | None = None,
        retries: int = RETRIES,
        waits: tuple[float, float] = (FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS),
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._observer = observer
        self._tries_in_all = retries + 1
        first, longest = waits
        self._wait = wait_random_exponential(multiplier=first, max=longest)
        self._authorizers = dict(authorizers or {})
        self._pause = pause
        # the latest openings of connections, with their handshakes, seconds
        self._openings: defaultdict[ProviderName, deque[float]] = defaultdict(
            lambda: deque(maxlen=OPENINGS_REMEMBERED)
        )
        self._client = httpx.AsyncClient(
            headers={"User-Agent": user_agent, "Accept-Encoding": OFFERED_ENCODING},
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            # Stages bound the calls under way of each provider; a bound of all would
            # let one provider's dead connections keep the others waiting.
            limits=httpx.Limits(
                max_connections=None,
                max_keepalive_connections=None,
                keepalive_expiry=IDLE_SECONDS,
            ),
            # a redirect could carry a key or a token to another host
            follow_redirects=False,
            # no provider's cookie is kept, so none is sent to anybody
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            verify=trust or True,
            transport=transport,
        )
        mask_httpx_log()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def opening_seconds(self, provider: ProviderName) -> float:
        """Return how long before its time a call has to open its connection."""
        return max(self._openings[provider], default=0.0)

    async def reach(self, provider: ProviderName, url: str) -> float:
        """
        Open a connection to an address, send nothing, and return the seconds it took.

        Raises:
            Unreachable: there is none.
        """
        request, exchange = HttpRequest("GET", url), _Exchange(Never())
        try:
            await self._exchange(request, exchange)
        except _NotYet:
            return exchange.opening_seconds or 0.0
        except (*HTTPX_ERRORS, TimeoutError) as error:
            raise fault_of(error, provider, request, exchange.status) from error
        raise AssertionError("nothing may be sent without a permit")

    async def ask(
        self,
        provider: Provider,
        questions: Sequence[Question],
        *,
        permit: Permit = _UNLIMITED,
    ) -> Reading:
        """
        Build the call, send it, read the answer, and report it by what it said.

        Every try asks `permit` twice, since every try is a call that the provider
        counts: before its connection is opened, and with the connection in hand before
        the request is written to it. What `permit` raises ends the call.

        Raises:
            ProviderError: no answer; the class says what happens next.
        """
        call = _Call(provider.name, questions[0].operation, permit)
        answered = await self._authorised(call, provider.request(questions))
        try:
            reading = provider.read(questions, _without_secrets(answered.response))
        except ProviderError as error:
            self._report(call, answered.seconds, error, answered.response.status)
            raise
        self._report(call, answered.seconds, None, answered.response.status)
        return reading

    async def send(
        self, provider: ProviderName, operation: str, request: HttpRequest
    ) -> HttpResponse:
        """Send a request that is no question and costs no allowance (a token)."""
        call = _Call(provider, operation, _UNLIMITED)
        answered = await self._tries(call, request)
        response = answered.response
        fault = fault_of_status(response)
        self._report(call, answered.seconds, fault, response.status)
        return response

    async def _authorised(self, call: _Call, request: HttpRequest) -> _Answered:
        authorizer = self._authorizers.get(call.provider)
        if authorizer is None:
            return await self._tries(call, request)

        async def send_for_token(token_request: HttpRequest) -> HttpResponse:
            return await self.send(call.provider, "token", token_request)

        headers = await authorizer.headers(send_for_token)
        answered = await self._tries(call, _with_headers(request, headers))
        if answered.response.status != _UNAUTHORIZED:
            return answered
        # the token ended early: once more with a new one, then it is the credentials
        fault = fault_of_status(answered.response)
        self._report(call, answered.seconds, fault, _UNAUTHORIZED)
        await authorizer.refused(headers)
        headers = await authorizer.headers(send_for_token)
        return await self._tries(call, _with_headers(request, headers))

    async def _tries(self, call: _Call, request: HttpRequest) -> _Answered:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._tries_in_all),
            wait=self._wait,
            retry=retry_if_exception(is_blip),
            sleep=self._pause,
            reraise=True,
        )
        return await retrying(self._try, call, request)

    async def _try(self, call: _Call, request: HttpRequest) -> _Answered:
        while True:
            # the permit bounds how often a call is too late for its time
            await call.permit.to_open(self.opening_seconds(call.provider))
            exchange = _Exchange(call.permit)
            try:
                response = await self._exchange(request, exchange)
            except _NotYet:
                continue
            except (*HTTPX_ERRORS, TimeoutError) as error:
                fault = fault_of(error, call.provider, request, exchange.status)
                self._report(call, exchange.seconds, fault, None, sent=exchange.sent)
                raise fault from error
            except BodyInvalid as error:
                invalid = Transient(
                    f"{masked(request)}: {error}", status=exchange.status
                )
                self._report(call, exchange.seconds, invalid, exchange.status)
                raise invalid from error
            finally:
                if exchange.opening_seconds is not None:
                    self._openings[call.provider].append(exchange.opening_seconds)
            return _Answered(response, exchange.seconds)

    async def _exchange(
        self, request: HttpRequest, exchange: _Exchange
    ) -> HttpResponse:
        async with (
            exchange.deadline,
            self._client.stream(
                request.method,
                request.url,
                params=request.params or None,
                headers=request.headers,
                data=dict(request.form) or None,
                extensions={"trace": exchange.trace},
            ) as response,
        ):
            exchange.status = response.status_code
            encodings = response.headers.get_list("content-encoding", split_commas=True)
            body = Body([name.strip().lower() for name in encodings])
            async for some in response.aiter_raw():
                body.add(some)
            headers = {name.lower(): value for name, value in response.headers.items()}
            # Retry-After may be a date, read against this one
            headers.setdefault("date", format_datetime(datetime.now(UTC), usegmt=True))
            return HttpResponse(response.status_code, headers, body.whole())

    def _report(
        self,
        call: _Call,
        seconds: float,
        error: ProviderError | None,
        http_status: int | None,
        *,
        sent: bool = True,
    ) -> None:
        if error is None:
            status = "success"
        else:
            status = "rate_limited" if isinstance(error, RateLimited) else "error"
        self._observer.called(
            CallReport(
                call.provider,
                call.operation,
                status,
                seconds,
                type(error).__name__ if error else None,
                http_status,
                sent,
            )
        )


def trusted_authorities(ca_file: Path | None) -> ssl.SSLContext:
    """Return the public authorities and those of a file. Raises OSError."""
    context = httpx.create_ssl_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def _without_secrets(response: HttpResponse) -> HttpResponse:
    """Return the answer as it came; what echoes our key or token is replaced."""
    return replace(response, body=hidden_in_answer(response.body))


def _with_headers(request: HttpRequest, headers: Headers) -> HttpRequest:
    return replace(request, headers=request.headers + headers)


def _asks_a_proxy(told: Mapping[str, object]) -> bool:
    """Distinguish a proxy's CONNECT from our own request, which has a reservation."""
    return getattr(told.get("request"), "method", b"") == b"CONNECT"
