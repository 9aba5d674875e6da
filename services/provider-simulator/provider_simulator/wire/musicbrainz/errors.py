"""
MusicBrainz' errors: those the server writes, and those the gateway in front of it does.

https://musicbrainz.org/doc/MusicBrainz_API/Rate_Limiting
"""

from provider_simulator.wire import Reply, json_reply

HELP = "For usage, please see: https://musicbrainz.org/development/mmd"


def gateway_reply(status: int, text: str, *headers: tuple[str, str]) -> Reply:
    """Answer as the gateway does, with the limit's headers."""
    # The gateway writes its errors by hand: note the space after the colon.
    return Reply(
        status,
        f'{{"error": "{text}"}}'.encode(),
        (("content-type", "application/json"), ("server", "openresty"), *headers),
        rejected=status == 403,
    )


def mistake(status: int, text: str) -> Reply:
    """Answer what was wrong with the request."""
    return json_reply(status, {"error": text, "help": HELP}, rejected=True)


def unknown_inc(unknown: set[str] | frozenset[str], resource: str) -> Reply:
    """Answer that something cannot be included."""
    word = min(unknown)
    text = f"{word} is not a valid inc parameter for the {resource} resource."
    return mistake(400, text)


def not_found() -> Reply:
    """Answer that there is no such thing."""
    return json_reply(404, {"help": HELP, "error": "Not Found"})


def busy(*, search: bool) -> Reply:
    """Answer that the server is busy, whoever asks."""
    text = "The MusicBrainz web server is currently busy. Please try again later."
    zone: tuple[tuple[str, str], ...]
    if search:
        zone = (
            ("x-ratelimit-zone", "search-global"),
            ("x-ratelimit-who", "search-shed"),
            ("x-ratelimit-limit", "1200"),
            ("x-ratelimit-remaining", "676"),
        )
    else:
        zone = (
            ("x-ratelimit-zone", "global"),
            ("x-ratelimit-limit", "15"),
            ("x-ratelimit-remaining", "12"),
        )
    return gateway_reply(503, text, *zone, ("retry-after", "0"))
