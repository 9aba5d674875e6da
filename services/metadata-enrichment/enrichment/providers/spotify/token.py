"""Spotify's token by client credentials: asked for once, shared, renewed in time."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from enrichment.contract.texts import own_secrets
from enrichment.errors import (
    CredentialsRefused,
    LimitKind,
    ProviderError,
    RateLimited,
    Transient,
    Unreachable,
)
from enrichment.providers import HttpRequest, HttpResponse
from enrichment.providers.calls import Headers, Send
from enrichment.providers.decoding import error_object, json_object
from enrichment.providers.payload import (
    number,
    retry_after_seconds,
    text,
)
from enrichment.providers.tokens import Token, TokenStore

# Renewed this long before its end: longer than a call may take, its tries included;
# a short-lived token keeps nine tenths of its life.
RENEW_BEFORE_SECONDS = 120
RENEW_BEFORE_SHARE = 0.1
# What a token lives when the answer does not say.
USUAL_LIFE_SECONDS = 3600
# Refusals renew the token once in this time: real servers answer 401 at random, to good
# tokens too.
RENEW_AGAIN_SECONDS = 60
# When no token is to be had, nobody asks for this long, doubling with each failure.
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _NoToken:
    """Why there is no token, and until when nobody asks for one."""

    error: ProviderError
    until: datetime
    in_a_row: int


class SpotifyAuthorizer:
    """
    Gives the `Authorization` header; asks for a token only when a call needs one.

    One call asks, the others wait for its answer: a refusal is theirs too.

    Args:
        token_url: accounts.spotify.com's, or the simulator's.
        time_scale: how fast the provider's clock goes, by which a token ends.
        clock: gives the time, aware.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        store: TokenStore,
        *,
        token_url: str,
        time_scale: float = 1.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._time_scale = time_scale
        self._credentials = (client_id, client_secret)
        self._store = store
        self._token_url = token_url
        self._clock = clock
        # what this worker holds, so that a call costs no round trip to the store
        self._token: Token | None = None
        self._refused: str | None = None
        self._forgotten_at: datetime | None = None
        self._none: _NoToken | None = None

    async def headers(self, send: Send) -> Headers:
        """Return the header with the shared token, renewed where it is due."""
        token = self._token
        if token is None or not self._usable(token):
            token = self._token = await self._shared(send)
            # an error text of the provider may repeat it
            own_secrets.remember_token(token.value)
        return (("Authorization", f"Bearer {token.value}"),)

    async def refused(self, headers: Headers) -> None:
        """Forget a token that was answered 401, unless one was forgotten just now."""
        now = self._clock()
        if self._forgotten_at is not None and now < (
            self._forgotten_at + self._scaled(RENEW_AGAIN_SECONDS)
        ):
            return
        self._forgotten_at = now
        for _, value in headers:
            refused = value.removeprefix("Bearer ")
            if self._token is not None and self._token.value == refused:
                self._token = None
            self._refused = refused

    def _usable(self, token: Token) -> bool:
        return token.value != self._refused and self._clock() < token.usable_until

    def _scaled(self, seconds: float) -> timedelta:
        return timedelta(seconds=seconds / self._time_scale)

    async def _shared(self, send: Send) -> Token:
        async with self._store.lock():
            token = await self._store.get()
            if token is not None and self._usable(token):
                return token
            if self._none is not None and self._clock() < self._none.until:
                raise self._none.error.with_traceback(None)
            try:
                response = await send(
                    token_request(*self._credentials, self._token_url)
                )
                token = read_token(response, self._clock(), self._time_scale)
            except ProviderError as error:
                self._none = self._without(error)
                raise self._none.error from None
            self._none = None
            await self._store.put(token)
            return token

    def _without(self, error: ProviderError) -> _NoToken:
        """Return how long nobody asks for a token; calls wait in rows as long."""
        in_a_row = self._none.in_a_row + 1 if self._none else 1
        pause = FIRST_PAUSE_SECONDS * 2 ** min(in_a_row - 1, 20)
        wait = self._scaled(min(pause, LONGEST_PAUSE_SECONDS))
        # who cannot be reached has asked for no wait: that is this worker's own matter
        if isinstance(error, Transient) and not isinstance(error, Unreachable):
            seconds = max(error.retry_after or 0.0, wait.total_seconds())
            error = Transient(str(error), status=error.status, retry_after=seconds)
        return _NoToken(error, self._clock() + wait, in_a_row)


def token_request(client_id: str, client_secret: str, url: str) -> HttpRequest:
    """
    Build the request for a token.

    https://developer.spotify.com/documentation/web-api/tutorials/client-credentials-flow
    """
    credentials = b64encode(f"{client_id}:{client_secret}".encode()).decode()
    return HttpRequest(
        method="POST",
        url=url,
        headers=(("Authorization", f"Basic {credentials}"),),
        form=(("grant_type", "client_credentials"),),
    )


def read_token(response: HttpResponse, now: datetime, time_scale: float = 1.0) -> Token:
    """
    Read the token's answer.

    Raises:
        CredentialsRefused: Spotify's word that it gives no token to this client.
        RateLimited, Transient: as for any call; a page is no word of Spotify's.
    """
    status, wait = response.status, retry_after_seconds(response.headers)
    error = text(error_object(response).get("error"))
    if status == 429:
        raise RateLimited(
            "Spotify refused a token: too many requests",
            kind=LimitKind.RATE,
            retry_after=wait,
            status=status,
        )
    if status == 401 or (status in {400, 403} and error):
        raise CredentialsRefused(
            f"Spotify refused a token: {error or f'HTTP {status}'}; see"
            " SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET",
            status=status,
        )
    if status != 200:
        raise Transient(
            f"Spotify gave no token: HTTP {status}", status=status, retry_after=wait
        )
    body = json_object(response)
    value = text(body.get("access_token"))
    if value is None:
        raise Transient("Spotify gave no token: none in its answer", status=status)
    life = number(body.get("expires_in"), most=86_400) or USUAL_LIFE_SECONDS
    early = min(RENEW_BEFORE_SECONDS, life * RENEW_BEFORE_SHARE)
    return Token(value, now + timedelta(seconds=(life - early) / time_scale))
