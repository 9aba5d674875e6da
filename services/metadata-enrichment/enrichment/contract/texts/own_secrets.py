"""Our own secrets in texts of others: found and replaced before a text is kept."""

import json
import re
from base64 import b64encode
from collections import deque
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus, unquote, urlsplit

from enrichment.contract.texts.plain_text import shown

MASK = "***"
# The most that is kept of a text from outside: enough for a sentence.
MOST_LETTERS = 200
# A shorter value is in ordinary words: to replace it would spoil every text.
_SHORTEST = 6
# In answers of providers only keys and tokens matter, which are longer than any word: a
# password such as "Paradise" must not change a title.
_SHORTEST_IN_ANSWERS = 16
# Variables of our own that hold a secret, or a URL with one.
SECRET_VARIABLES = (
    "ANALYST_DB_PASSWORD",
    "DATABASE_OWNER_URL",
    "DATABASE_PASSWORD",
    "DATABASE_URL",
    "ENRICHMENT_API_TOKEN",
    "ENRICHMENT_DB_PASSWORD",
    "ENRICHMENT_SESSION_SECRET",
    "POSTGRES_PASSWORD",
    "RABBITMQ_PASS",
    "RABBITMQ_URL",
    "REDIS_PASSWORD",
    "REDIS_URL",
    "SCRAPER_DB_PASSWORD",
    "SERVICE_DB_PASSWORD",
)
# What a provider gives its users, by the names that its spec makes of its settings.
_OF_PROVIDERS = re.compile(
    r"[A-Z][A-Z0-9]*_(?:API_KEY|CLIENT_ID|CLIENT_SECRET|PASSWORD|SECRET|TOKEN)"
)
_CLIENT_ID, _CLIENT_SECRET = "_CLIENT_ID", "_CLIENT_SECRET"
# Compose's variables of the other roles: an operator may export them all.
_OF_ROLES = re.compile(
    r"(?:SCRAPER|SERVICE|WORKER|QUEUE_INIT)"
    r"_(?:DATABASE|REDIS|RABBITMQ)_(?:URL|PASS|PASSWORD)"
)
# A credential that its name gives away, also where only a part of it is echoed.
_NAMED = re.compile(
    r"(?i)(\b(?:api_?key|access_token|client_secret|client_id|api_sig|password)"
    r"""["']?(?:\s*[=:]\s*|%3D)["']?)[^\s&,;<>"'*]+"""
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)[ +]+[\w.~/=+-]{8,}")

# Tokens that were handed out live an hour: the last ones are enough.
_MOST_TOKENS = 8
_lasting: set[str] = set()
_tokens: deque[str] = deque(maxlen=_MOST_TOKENS)
# The spellings of both that may be in a text, longest first.
_forms: list[str] = []


def remember(*secrets: str) -> None:
    """Let these values be replaced from now on, in every spelling that is usual."""
    _lasting.update(secrets)
    _spell()


def remember_token(token: str) -> None:
    """Let a token be replaced that a provider has handed out."""
    if token not in _tokens:
        _tokens.append(token)
        _spell()


def remember_variables(variables: Mapping[str, str]) -> None:
    """Let the secrets of an environment be replaced, the passwords of URLs included."""
    given = [text for name, text in variables.items() if _secret(name)]
    for name, client in variables.items():
        other = name.removesuffix(_CLIENT_ID) + _CLIENT_SECRET
        if client and name.endswith(_CLIENT_ID) and (secret := variables.get(other)):
            given.append(b64encode(f"{client}:{secret}".encode()).decode())
    remember(*given, *(part for value in given for part in _credentials(value)))


def _secret(name: str) -> bool:
    return name in SECRET_VARIABLES or any(
        pattern.fullmatch(name) for pattern in (_OF_PROVIDERS, _OF_ROLES)
    )


def without(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for a program that needs none of our secrets."""
    return {
        name: value
        for name, value in environment.items()
        if not _secret(name.removesuffix("_FILE"))
    }


def hidden(text: str) -> str:
    """Return a text without our secrets."""
    for form in _forms:
        if form in text:
            text = text.replace(form, MASK)
    return text


def _spell() -> None:
    spelt = {form for secret in (*_lasting, *_tokens) for form in _spellings(secret)}
    _forms[:] = sorted(spelt, key=len, reverse=True)


def hidden_in_answer(body: bytes) -> bytes:
    """Return a provider's body as it came, our keys and tokens replaced."""
    for form in _forms:
        if len(form) < _SHORTEST_IN_ANSWERS:
            break
        raw = form.encode()
        if raw in body:
            body = body.replace(raw, MASK.encode())
    return body


def from_outside(text: str, most: int = MOST_LETTERS) -> str:
    """
    Return what others said as it may be logged, kept and shown.

    Our secrets are replaced first, so that no cut leaves a part of one.
    """
    told = _BEARER.sub(rf"\1 {MASK}", _NAMED.sub(rf"\1{MASK}", hidden(text)))
    told = shown(told if len(told) <= most else told[:most])
    return told if len(told) <= most else f"{told[: most - 1]}…"


def _credentials(value: str) -> Iterable[str]:
    """Yield the password of a URL, also where the URL is not well formed."""
    if "://" not in value:
        return
    rest = value.partition("://")[2]
    # the last "@": a password that is not encoded may hold others
    login = rest.rpartition("@")[0]
    password = login.partition(":")[2]
    if password:
        yield from (password, unquote(password))
        # what a parser would name of it: the pieces between characters of an address
        yield from re.split(r"[#?/@:\[\]]", password)
    try:
        yield urlsplit(value).password or ""
    except ValueError:
        return


def _spellings(secret: str) -> Iterable[str]:
    quoted = quote(secret, safe="")
    spelt = {
        secret,
        quoted,
        re.sub("%[0-9A-F]{2}", lambda code: code[0].lower(), quoted),
        quote(secret),
        quote_plus(secret),
        secret.replace("/", "\\/"),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
    }
    return (form for form in spelt if len(form) >= _SHORTEST)
