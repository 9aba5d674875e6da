"""One provider call over HTTP: send, time, and map every fault to our errors."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
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

from enrichment.contract.own_secrets import hidden_in_answer
from enrichment.errors import (
    CredentialsRefused,
    LimitKind,
    ProviderError,
    RateLimited,
    Transient,
)
from enrichment.providers import HttpRequest, HttpResponse, Provider, Reading
from enrichment.providers.calls import (
    Authorizer,
    CallObserver,
    CallReport,
    Headers,
    MaySend,
    OnAttempt,
)
from enrichment.providers.masking import mask_httpx_log, masked
from enrichment.tracks import ProviderName, Question

# Last.fm wants callers to say who they are; MusicBrainz' requests bring their own.
USER_AGENT = "SongNodes-Enrichment/1.0"
CONNECT_SECONDS = 5.0
# MusicBrainz answers after 6 to 14 s when it is pressed.
READ_SECONDS = 20.0
# One try, from connect to the last byte: a trickling body ends here.
TOTAL_SECONDS = 30.0
# A page of 100 MusicBrainz recordings is 0.1 to 1 MB.
MAX_BODY_BYTES = 8 * 1024 * 1024
MAX_CONNECTIONS = 20
MAX_IDLE_CONNECTIONS = 10
# Tries more, for transport blips alone; other waiting is the budget's and the rows'.
RETRIES = 2
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0

# Nothing came back: worth another try at once. A slow provider is not asked harder.
_BLIPS = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.ReadError,
    httpx.WriteError,
    httpx.RemoteProtocolError,
)
# The roots of httpx's tree; a test holds that nothing in it stands outside.
HTTPX_ERRORS = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpx.StreamError,
)
_UNAUTHORIZED = 401
_TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class _Call:
    """What the tries of one call have in common."""

    provider: ProviderName
    operation: str
    on_attempt: OnAttempt


@dataclass(frozen=True, slots=True)
class _Answered:
    """A response and how long it took."""

    response: HttpResponse
    seconds: float


class _TooLate(Exception):  # noqa: N818 (no fault of anybody)
    """The turn has passed while a connection was got: nothing was sent."""


async def _unbudgeted() -> MaySend:
    """Let every try through: for calls that cost no allowance."""
    return lambda: True


class HttpSender:
    """
    The one HTTP client; closed by `close` or `async with`.

    Args:
        observer: told of every try.
        user_agent: sent where a request brings none of its own.
        authorizers: by provider, for those whose calls need more than the request.
        transport: stands in for the network in tests.
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
        self._client = httpx.AsyncClient(
            headers={"User-Agent": user_agent},
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx.Limits(
                max_connections=MAX_CONNECTIONS,
                max_keepalive_connections=MAX_IDLE_CONNECTIONS,
            ),
            # a redirect could carry a key or a token to another host
            follow_redirects=False,
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

    async def ask(
        self,
        provider: Provider,
        questions: Sequence[Question],
        *,
        on_attempt: OnAttempt = _unbudgeted,
    ) -> Reading:
        """
        Build the call, send it, read the answer, and report it by what it said.

        `on_attempt` is awaited before every try, since every try is a call that the
        provider counts; what it raises ends the call. What it gives is asked when the
        connection is there: if the call may not be sent any more, it is awaited again.

        Raises:
            ProviderError: no answer; the class says what happens next.
        """
        call = _Call(provider.name, questions[0].operation, on_attempt)
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
        call = _Call(provider, operation, _unbudgeted)
        answered = await self._tries(call, request)
        response = answered.response
        fault = _fault_of_status(response)
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
        fault = _fault_of_status(answered.response)
        self._report(call, answered.seconds, fault, _UNAUTHORIZED)
        await authorizer.refused(headers)
        headers = await authorizer.headers(send_for_token)
        return await self._tries(call, _with_headers(request, headers))

    async def _tries(self, call: _Call, request: HttpRequest) -> _Answered:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._tries_in_all),
            wait=self._wait,
            retry=retry_if_exception(_is_blip),
            sleep=self._pause,
            reraise=True,
        )
        return await retrying(self._try, call, request)

    async def _try(self, call: _Call, request: HttpRequest) -> _Answered:
        may_send = await call.on_attempt()
        began = perf_counter()
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                response = await self._exchange(request, may_send)
        except _TooLate:
            return await self._try(call, request)
        except (*HTTPX_ERRORS, TimeoutError) as error:
            fault = _fault(error, call, request)
            self._report(call, perf_counter() - began, fault, None)
            raise fault from error
        except Transient as error:
            self._report(call, perf_counter() - began, error, error.status)
            raise
        return _Answered(response, perf_counter() - began)

    async def _exchange(self, request: HttpRequest, may_send: MaySend) -> HttpResponse:
        async def trace(event: str, _: Mapping[str, object]) -> None:
            # https://www.encode.io/httpcore/extensions/#trace
            if event.endswith("send_request_headers.started") and not may_send():
                raise _TooLate

        async with self._client.stream(
            request.method,
            request.url,
            params=request.params or None,
            headers=request.headers,
            data=dict(request.form) or None,
            extensions={"trace": trace},
        ) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise Transient(
                        f"{masked(request)}: more than {MAX_BODY_BYTES} bytes",
                        status=response.status_code,
                    )
            headers = {name.lower(): value for name, value in response.headers.items()}
            # Retry-After may be a date, read against this one
            headers.setdefault("date", format_datetime(datetime.now(UTC), usegmt=True))
            return HttpResponse(response.status_code, headers, bytes(body))

    def _report(
        self,
        call: _Call,
        seconds: float,
        error: ProviderError | None,
        http_status: int | None,
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
            )
        )


def trusted_authorities(ca_file: Path | None) -> ssl.SSLContext:
    """Return the public authorities and those of a file. Raises OSError."""
    context = httpx.create_ssl_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def _is_blip(error: BaseException) -> bool:
    return isinstance(error, Transient) and isinstance(error.__cause__, _BLIPS)


def _fault(error: Exception, call: _Call, request: HttpRequest) -> Transient:
    # httpx's own text may hold the address, key included
    return Transient(f"{call.provider}: {type(error).__name__} at {masked(request)}")


def _fault_of_status(response: HttpResponse) -> ProviderError | None:
    """Class a response that no provider reads, for its report alone."""
    status = response.status
    if status < 400:
        return None
    if status == _TOO_MANY:
        return RateLimited(
            "too many", kind=LimitKind.RATE, retry_after=None, status=status
        )
    if status < 500:
        return CredentialsRefused("refused", status=status)
    return Transient("no answer", status=status)


def _without_secrets(response: HttpResponse) -> HttpResponse:
    """Return the answer as it came; what echoes our key or token is replaced."""
    return replace(response, body=hidden_in_answer(response.body))


def _with_headers(request: HttpRequest, headers: Headers) -> HttpRequest:
    return replace(request, headers=request.headers + headers)
