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
from scrapers.tracklists.tracklist import (
    Blocked,
    NoTracklist,
    NotUnderstood,
    Tracklist,
    TracklistError,
)

# Where the kind of a document shows: its first tag or directive.
_HEAD_CHARACTERS = 4096
# Some 40,000 rows: lists are far shorter, only libraries in XML are not.
_MAX_TEXT_CHARACTERS = 2 * 1024 * 1024

# "[[" begins a wiki link and "[12]" a cue, not a list.
_JSON_START = re.compile(r"\{\s*[\"}]|\[\s*[{\"\]]")
_MARKUP_START = re.compile(r"<(?:[a-z!?]|/[a-z])", re.IGNORECASE)
_INLINE_START = re.compile(
    r"</?(?:a|b|em|font|i|mark|s|small|strong|u)\b", re.IGNORECASE
)
# Ends a row where a piece of a page was copied as its source.
_ROW_END = re.compile(
    r"(?:\s*</?(?:br|div|dd|dl|dt|h[1-6]|li|ol|p|ul)(?:\s[^<>]{0,500})?/?>)+\s*",
    re.IGNORECASE,
)
_WHOLE_PAGE = re.compile(r"<(?:!doctype|html|head|body|script|table)\b", re.IGNORECASE)
_BLOCK = re.compile(r"<(?:br|div|html|li|ol|p|span|table|td|tr|ul)\b", re.IGNORECASE)
_NML = re.compile(r"<NML[\s>]")
_REKORDBOX_XML = re.compile(r"<DJ_PLAYLISTS[\s>]")
_XML = re.compile(r"<\?xml\b", re.IGNORECASE)
_HTML = re.compile(
    r"<(?:!doctype html|html|head|body|title|div|table|span|ul|ol|p|a|script|style)\b",
    re.IGNORECASE,
)
# Parts no cells, though it ends with a semicolon.
_SPACE_ENTITY = "&nbsp;"
# Files that are often given and never text.
_SIGNATURES = (
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"%PDF-", "a PDF"),
    (b"\x1f\x8b", "a compressed file"),
    (b"ID3", "an audio file"),
    (b"RIFF", "an audio file"),
    (b"OggS", "an audio file"),
    (b"fLaC", "an audio file"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
)

# What is read, for people: name, and what it is.
FORMATS: tuple[tuple[str, str], ...] = (
    (
        "text",
        "pasted lists and descriptions, a track a line, in UTF-8 or another encoding",
    ),
    ("CSV", "tables with a header: comma, semicolon, tab, bar, Markdown"),
    ("CUE", "CUE sheets"),
    ("M3U", "M3U and M3U8 playlists, VirtualDJ's histories"),
    ("rekordbox", "libraries as XML, playlists and histories as TXT"),
    ("Traktor", "NML collections and histories, HTML exports"),
    ("Serato", "crates, sessions, history exports"),
    ("MixesDB", "wikitext, saved pages, the JSON of its REST interface"),
    ("1001Tracklists", "saved pages, exports"),
    ("JSON", "answers of radio stations and services, lists of artist and title"),
)

__all__ = ["FORMATS", "parse"]


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
    for signature, look in _SIGNATURES:
        if content.startswith(signature):
            raise NotUnderstood(f"the file is binary: it looks like {look}")
    decoded = decode(content)
    if not decoded.strip():
        raise NoTracklist("the file is empty")
    return _parse_text(decoded)


def _parse_text(content: str) -> tuple[Tracklist, ...]:
    head = content[:_HEAD_CHARACTERS].lstrip()
    for look, is_kind, parse_kind in _KINDS_BY_HEAD:
        if is_kind(head):
            return _told(look, parse_kind, content)
    if len(content) > _MAX_TEXT_CHARACTERS:
        raise NotUnderstood("the text is longer than any tracklist")
    content = content.replace(_SPACE_ENTITY, "\u00a0")
    for look, is_kind, parse_kind in _KINDS_BY_LINES:
        if is_kind(content):
            return _told(look, parse_kind, content)
    table = tables.read_table(content)
    if table:
        return tables.parse(table)
    if m3u.lists_files(content):
        return _told("a list of files", m3u.parse, content)
    return _told("plain text", _parse_plain, content)


def _told(
    look: str, parse_kind: Callable[[str], tuple[Tracklist, ...]], content: str
) -> tuple[Tracklist, ...]:
    """Read content of a kind; what is refused says what it looked like."""
    try:
        return parse_kind(content)
    except Blocked:
        raise
    except TracklistError as error:
        raise type(error)(f"it looks like {look}: {error}") from error


def _is_json(head: str) -> bool:
    return _JSON_START.match(head) is not None


def _parse_json(content: str) -> tuple[Tracklist, ...]:
    document = load_json(content)
    if mixesdb.is_page(document):
        return mixesdb.parse_page(document)
    return stations.parse(document)


def _is_markup(head: str) -> bool:
    # A MixesDB list may begin with its tag <list>, a pasted line with "<b>".
    if not _MARKUP_START.match(head) or mixesdb.looks_like_wikitext(head):
        return False
    return _INLINE_START.match(head) is None or _BLOCK.search(head) is not None


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
    if _WHOLE_PAGE.search(content) is None:
        return _parse_plain(_ROW_END.sub("\n", content))
    raise tracklists1001.why_no_rows(page, content)


def _parse_wikitext(content: str) -> tuple[Tracklist, ...]:
    try:
        return mixesdb.parse(content)
    except NoTracklist:
        # "=== Tracklist ===" is drawn above other lists, too, and cells of a table may
        # hold a wiki's links
        if table := _known_table(content):
            return tables.parse(table)
        if mixesdb.has_markup(content):
            raise
        return _parse_plain(content)


def _known_table(content: str) -> tables.Table | None:
    try:
        return tables.read_table(content)
    except NotUnderstood:
        return None


def _parse_plain(content: str) -> tuple[Tracklist, ...]:
    return (text.parse("\n".join(lines_of(content))),)


_Kind = tuple[str, Callable[[str], bool], Callable[[str], tuple[Tracklist, ...]]]

_KINDS_BY_HEAD: tuple[_Kind, ...] = (
    ("JSON", _is_json, _parse_json),
    ("HTML or XML", _is_markup, _parse_markup),
)
_KINDS_BY_LINES: tuple[_Kind, ...] = (
    ("an M3U playlist", m3u.has_directives, m3u.parse),
    ("a CUE sheet", cue.looks_like_sheet, cue.parse),
    ("wikitext", mixesdb.looks_like_wikitext, _parse_wikitext),
)
