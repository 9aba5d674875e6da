"""What a person pastes to say which recording it is: a link or an id. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from enrichment.errors import InputInvalid

EXPECTED = (
    "a link or id of a track at Spotify, MusicBrainz (a recording), Deezer, Discogs (a"
    " release) or Last.fm, or an ISRC"
)
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
# A language may be before the kind of the page.
_LANGUAGE = r"(?:/(?:intl-)?[a-z]{2}(?:-[a-zA-Z]{2})?)?"
_LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Pasted:
    """A column of `tracks` and its value."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class _Service:
    """How a service writes the address of a recording; the first group is the id."""

    name: str
    field: str
    host: str
    path: str
    spelt: Callable[[str], str] = str


_SERVICES = (
    _Service("Spotify", "spotify_id", "open.spotify.com",
             _LANGUAGE + r"/track/([0-9A-Za-z]{22})"),
    _Service("MusicBrainz", "musicbrainz_id", "musicbrainz.org",
             rf"/recording/({_UUID})", str.lower),
    _Service("Deezer", "deezer_id", "www.deezer.com",
             _LANGUAGE + r"/track/([0-9]{1,15})"),
    _Service("Discogs", "discogs_id", "www.discogs.com",
             _LANGUAGE + r"/release/([0-9]{1,15})(?:-[^/]*)?"),
    # an artist, an album or "_", a title; what begins with + is another page of it
    _Service("Last.fm", "lastfm_url", "www.last.fm",
             _LANGUAGE + r"(/music(?:/(?!\+)[^/]+){3})", "https://www.last.fm{}".format),
)  # fmt: skip
_IDS: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("spotify_id", r"spotify:track:([0-9A-Za-z]{22})", str),
    ("deezer_id", r"deezer:(?:track:)?([0-9]{1,15})", str),
    ("discogs_id", r"discogs:(?:release:)?r?([0-9]{1,15})", str),
    ("musicbrainz_id", rf"(?:musicbrainz:|mbid:)?({_UUID})", str.lower),
    ("isrc", r"(?:isrc:)?([A-Za-z]{2}-?[A-Za-z0-9]{3}-?[0-9]{2}-?[0-9]{5})",
     lambda text: text.replace("-", "").upper()),
    ("spotify_id", r"([0-9A-Za-z]{22})", str),
)  # fmt: skip


def read(text: str) -> Pasted:
    """
    Return which column a pasted text fills, and with what.

    Raises:
        InputInvalid: it is none of these; the message says what was expected.
    """
    text = text.strip()
    if "://" in text or text.startswith("www."):
        return _by_address(text)
    for field, pattern, spelt in _IDS:
        if found := re.fullmatch(pattern, text, re.ASCII):
            return Pasted(field, spelt(found[1]))
    raise _unknown(text)


def _by_address(text: str) -> Pasted:
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = (parts.hostname or "").lower()
    except ValueError as error:
        raise _unknown(text) from error
    if parts.scheme not in {"http", "https"}:
        raise _unknown(text)
    for service in _SERVICES:
        if host.removeprefix("www.") != service.host.removeprefix("www."):
            continue
        found = re.fullmatch(service.path, parts.path.rstrip("/"), re.ASCII)
        if found is None:
            raise InputInvalid(
                f"this page of {service.name} is of no recording; expected {EXPECTED}"
            )
        return Pasted(service.field, service.spelt(found[1]))
    raise _unknown(text)


def _unknown(text: str) -> InputInvalid:
    cut = text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
    return InputInvalid(f"{cut!r} is none; expected {EXPECTED}")
