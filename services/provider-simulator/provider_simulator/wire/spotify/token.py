"""
Spotify's tokens: client credentials in, a bearer token out, valid for an hour.

https://developer.spotify.com/documentation/web-api/tutorials/client-credentials-flow
"""

import base64
import binascii
import hashlib
import re

from provider_simulator.clock import Clock
from provider_simulator.wire import Query, Reply, json_reply

_TOKEN_SECONDS = 3_600


def invalid_client() -> Reply:
    """Refuse a client: another envelope than the API's."""
    body = {"error": "invalid_client", "error_description": "Invalid client"}
    return json_reply(400, body, rejected=True)


def issue(query: Query, clock: Clock) -> Reply:
    """Answer the token endpoint; clients that begin with "wrong" are not known."""
    client, secret = _client(query)
    wrong = client.startswith("wrong") or secret.startswith("wrong")
    if not client or not secret or wrong:
        return invalid_client()
    if query.get("grant_type") != "client_credentials":
        mistake = {
            "error": "unsupported_grant_type",
            "error_description": "grant_type parameter is missing",
        }
        return json_reply(400, mistake, rejected=True)
    # Real seconds, as Retry-After: an hour of the simulated clock.
    seconds = max(1, int(_TOKEN_SECONDS / clock.scale))
    ends = f"{clock.wall() + seconds:.3f}"
    body: dict[str, object] = {
        "access_token": f"BQ{ends.encode().hex()}-{_signature(ends)}",
        "token_type": "Bearer",
        "expires_in": seconds,
    }
    return json_reply(200, body, ("cache-control", "no-store"))


def is_valid(token: str, clock: Clock) -> bool:
    """Check a token: it holds its own end, so it outlives a restart as real ones do."""
    found = re.fullmatch(r"BQ((?:[0-9a-f]{2})+)-([0-9a-f]+)", token)
    if found is None:
        return False
    ends = bytes.fromhex(found.group(1)).decode("ascii", "replace")
    return _signature(ends) == found.group(2) and clock.wall() < float(ends)


def _client(query: Query) -> tuple[str, str]:
    scheme, _, encoded = query.headers.get("authorization", "").partition(" ")
    if not encoded:
        return query.get("client_id"), query.get("client_secret")
    try:
        pair = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    client, _, secret = pair.partition(":")
    return (client, secret) if scheme == "Basic" else ("", "")


def _signature(ends: str) -> str:
    return hashlib.sha256(f"provider-simulator:{ends}".encode()).hexdigest()[:24]
