"""Which parser reads which input, told by its content and never by its file name."""

import re
from collections.abc import Callable

from scrapers.tracklists import (
    cue,
    m3u,
    mixesdb,
    rekordbox,
    serato,
    stations,
    tables,
    text,
    tracklists1001,
    traktor,
)
from scrapers.tracklists.decoding import (
    MAX_BYTES,
    decode,
    lines_of,
    load_html,
    load_json,
)
from scrapers.tracklists.tracklist import NoTracklist, NotUnderstood, Tracklist

# Where the kind of a document shows: its first tag or directive.
_HEAD_CHARACTERS = 4096
# Some 40,000 rows: lists are far shorter, only libraries in XML are not.
_MAX_TEXT_CHARACTERS = 2 * 1024 * 1024

# "[[" begins a wiki link and "[12]" a cue, not a list.
_JSON_START = re.compile(r"\{\s*[\"}]|\[\s*[{\"\]]")
_MARKUP_START = re.compile(r"<(?:[a-z!?]|/[a-z])", re.IGNORECASE)
_NML = re.compile(r"<NML[\s>]")
_REKORDBOX_XML = re.compile(r"<DJ_PLAYLISTS[\s>]")
_XML = re.compile(r"<\?xml\b", re.IGNORECASE)
_HTML = re.compile(
    r"<(?:!doctype html|html|head|body|title|div|table|span|ul|ol|p|a|script|style)\b",
    re.IGNORECASE,
)

__all__ = ["parse"]


def parse(content: bytes) -> tuple[Tracklist, ...]:
    """
    Read a file, page or export of any known kind.

    Raises:
        NoTracklist: it is understood, and there is none in it.
        NotUnderstood: it is no known kind, or damaged.
        Blocked: it is an interstitial or a challenge instead of the page.
    """
    if not content.strip():
        raise NoTracklist("the file is empty")
    if len(content) > MAX_BYTES:
        raise NotUnderstood(f"the file is larger than {MAX_BYTES // 2**20} MiB")
    if content.startswith(serato.SIGNATURE):
        return serato.parse(content)
    decoded = decode(content)
    if not decoded.strip():
        raise NoTracklist("the file is empty")
    return _parse_text(decoded)


def _parse_text(content: str) -> tuple[Tracklist, ...]:
    head = content[:_HEAD_CHARACTERS].lstrip()
    for is_kind, parse_kind in _KINDS_BY_HEAD:
        if is_kind(head):
            return parse_kind(content)
    if len(content) > _MAX_TEXT_CHARACTERS:
        raise NotUnderstood("the text is longer than any tracklist")
    for is_kind, parse_kind in _KINDS_BY_LINES:
        if is_kind(content):
            return parse_kind(content)
    if mixesdb.looks_like_wikitext(content):
        return mixesdb.parse(content)
    table = tables.read_table(content)
    if table:
        return tables.parse(table)
    return (text.parse("\n".join(lines_of(content))),)


def _is_json(head: str) -> bool:
    return _JSON_START.match(head) is not None


def _parse_json(content: str) -> tuple[Tracklist, ...]:
    document = load_json(content)
    if mixesdb.is_page(document):
        return mixesdb.parse_page(document)
    return stations.parse(document)


def _is_markup(head: str) -> bool:
    # A MixesDB list may begin with its tag <list>.
    return bool(_MARKUP_START.match(head)) and not mixesdb.looks_like_wikitext(head)


def _parse_markup(content: str) -> tuple[Tracklist, ...]:
    head = content[:_HEAD_CHARACTERS]
    if _NML.search(head):
        return traktor.parse(content)
    if _REKORDBOX_XML.search(head):
        return rekordbox.parse(content)
    if _XML.search(head) and not _HTML.search(head):
        raise NoTracklist("the XML is of no known kind")
    return _parse_html(content)


def _parse_html(content: str) -> tuple[Tracklist, ...]:
    page = load_html(content)
    if tracklists1001.has_rows(page):
        return tracklists1001.parse(page)
    if mixesdb.has_list(page):
        return mixesdb.parse_html(page)
    if traktor.has_track_table(page):
        return traktor.parse_html(page)
    raise tracklists1001.why_no_rows(page, content)


_Kind = tuple[Callable[[str], bool], Callable[[str], tuple[Tracklist, ...]]]

_KINDS_BY_HEAD: tuple[_Kind, ...] = (
    (_is_json, _parse_json),
    (_is_markup, _parse_markup),
)
_KINDS_BY_LINES: tuple[_Kind, ...] = (
    (m3u.looks_like_playlist, m3u.parse),
    (cue.looks_like_sheet, cue.parse),
)
