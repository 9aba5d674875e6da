"""Sessions and one-time links as signed texts: every replica reads them."""

import base64
import binascii
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

import orjson

from enrichment.errors import ConfigurationError
from enrichment.web.access.tokens import Token, Tokens

SESSION_SECONDS = 12 * 3600
LINK_SECONDS = 10 * 60
# No text of ours is longer; a longer one is not looked at.
_LONGEST = 1000
_RANDOM_BYTES = 16


@dataclass(frozen=True, slots=True)
class Pass:
    """
    What a signed text says.

    Args:
        name, fingerprint: of the token that it stands for.
        ends_at: seconds since 1970.
        number: random, of this one alone.
    """

    name: str
    fingerprint: str
    ends_at: int
    number: str


class Signer:
    """
    Writes and reads passes.

    Args:
        secret: the same in every replica and after a restart.
        clock: seconds since 1970.
    """

    def __init__(
        self, secret: str, tokens: Tokens, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._secret = secret.encode()
        self._tokens = tokens
        self._clock = clock

    def session(self, token: Token) -> str:
        """Return what a browser carries from now on."""
        return self._written("session", token, SESSION_SECONDS)

    def link(self, token: Token) -> str:
        """Return what a link carries that logs its reader in once."""
        return self._written("link", token, LINK_SECONDS)

    def in_session(self, text: str) -> tuple[Pass, Token] | None:
        """Return whose session it is; None: nobody's, or it has ended."""
        return self._read("session", text)

    def in_link(self, text: str) -> tuple[Pass, Token] | None:
        """Return whom a link is for; whether it was used is not told here."""
        return self._read("link", text)

    def csrf(self, session: Pass) -> str:
        """Return what the forms of a session carry, and no other site knows."""
        return self._mac("csrf", session.number.encode()).hex()

    def _mac(self, purpose: str, text: bytes) -> bytes:
        # a key for each purpose: a link is no session
        key = hmac.digest(self._secret, f"enrichment {purpose} 1".encode(), sha256)
        return hmac.digest(key, text, sha256)

    def _written(self, purpose: str, token: Token, seconds: int) -> str:
        number = secrets.token_urlsafe(_RANDOM_BYTES)
        ends_at = int(self._clock()) + seconds
        body = orjson.dumps([token.name, token.fingerprint, ends_at, number])
        return f"{_plain(body)}.{_plain(self._mac(purpose, body))}"

    def _read(self, purpose: str, text: str) -> tuple[Pass, Token] | None:
        body, _, mac = text.partition(".")
        if len(text) > _LONGEST or not mac:
            return None
        try:
            given, told = _raw(mac), _raw(body)
        except (ValueError, binascii.Error):
            return None
        if not hmac.compare_digest(given, self._mac(purpose, told)):
            return None
        found = Pass(*orjson.loads(told))
        token = self._tokens.named(found.name)
        if token is None or found.fingerprint != token.fingerprint:
            return None
        return (found, token) if self._clock() < found.ends_at else None


def signer_of(
    tokens: Tokens, secret: str | None, operators_token: str | None
) -> Signer:
    """
    Return the signer that the settings give.

    Raises:
        ConfigurationError: people may log in, and there is no secret to sign with.
    """
    found = secret or operators_token
    if found is None and tokens:
        raise ConfigurationError(
            "ENRICHMENT_API_TOKENS_FILE needs ENRICHMENT_SESSION_SECRET or"
            " ENRICHMENT_API_TOKEN too: sessions are signed with it"
        )
    # nobody can log in: nothing is ever signed with it
    return Signer(found or secrets.token_hex(), tokens)


def _plain(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _raw(text: str) -> bytes:
    padded = text + "=" * (-len(text) % 4)
    return base64.b64decode(padded.encode("ascii"), b"-_", validate=True)
