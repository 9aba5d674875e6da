"""Tokens and sessions as the settings give them."""

from urllib.parse import urlencode

from pydantic import SecretStr

from enrichment.app.settings import Settings
from enrichment.errors import InputInvalid
from enrichment.web.access.sessions import Signer, signer_of
from enrichment.web.access.tokens import Tokens, tokens_of

# What is listened on for every address, and how one reaches it from this machine.
_ANY = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 (read, not listened on)


def access(settings: Settings) -> tuple[Tokens, Signer]:
    """
    Return who may come in, and what signs their sessions.

    Raises:
        ConfigurationError: the file of tokens is wrong, or there is no secret.
    """
    operators = _plain(settings.enrichment_api_token)
    tokens = tokens_of(operators, settings.enrichment_api_tokens_file)
    secret = _plain(settings.enrichment_session_secret)
    return tokens, signer_of(tokens, secret, operators)


def one_time_link(settings: Settings, name: str, address: str | None) -> str:
    """
    Return a link that logs its reader in once.

    Args:
        name: of the token that it stands for.
        address: of the service, for its reader; else as it listens.

    Raises:
        ConfigurationError: as `access` does.
        InputInvalid: there is no token of this name.
    """
    tokens, signer = access(settings)
    token = tokens.named(name)
    if token is None:
        raise InputInvalid(f"there is no token named {name!r}")
    place = (address or _listening(settings)).rstrip("/")
    return f"{place}/console/enter?{urlencode({'code': signer.link(token)})}"


def _listening(settings: Settings) -> str:
    host = settings.enrichment_api_host
    shown = _ANY.get(host) or (f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{settings.enrichment_api_port}"


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
