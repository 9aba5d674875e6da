"""Which parser reads which input, told by its content and never by its file name."""

import re
from collections.abc import Callable

from scrapers.tracklists import json_kinds, markup_kinds
from scrapers.tracklists.decoding import MAX_BYTES, decode, lines_of
from scrapers.tracklists.formats import (
    audacity,
    cue,
    ffmetadata,
    folders,
    m3u,
    mixesdb,
    ogm,
    pls,
    rtf,
    serato,
    serato_library,
    spreadsheets,
    subtitles,
    tables,
    text,
    zipped,
)
from scrapers.tracklists.markup_kinds import HEAD_CHARACTERS, is_markup, told
from scrapers.tracklists.tracklist import (
    NoTracklist,
    NotUnderstood,
    Tracklist,
    TracklistError,
)

# A library of 60,000 tracks as CSV or M3U; plain text is bounded by its rows.
_MAX_TEXT_CHARACTERS = 16 * 1024 * 1024
# 100,000 entries of PLS, 150,000 of M3U: short lines become rows of many times their
# room and time.
_MAX_LINES = 300_000

# "[[" begins a wiki link and "[12]" a cue, not a list.
_JSON_START = re.compile(r"\{\s*[\"}]|\[\s*[{\"\]]")
# Parts no cells, though it ends with a semicolon.
_SPACE_ENTITY = "&nbsp;"
_SQLITE = b"SQLite format 3\x00"
# Files that are often given and never text.
_SIGNATURES = (
    (b"%PDF-", "a PDF"),
    (b"bplist00", "a binary property list; export it as XML"),
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
        "pasted lists and descriptions, a track a line, in any encoding; also as RTF",
    ),
    ("CSV", "tables with a header: comma, semicolon, tab, bar, Markdown"),
    ("spreadsheets", "XLSX and ODS: each sheet that is a table or a list"),
    ("CUE", "CUE sheets"),
    ("M3U", "M3U and M3U8 playlists, lists of files, listings of a folder"),
    ("PLS", "playlists of Winamp and others"),
    ("XSPF", "playlists of VLC and others; the same in JSON (JSPF)"),
    ("Windows Media", "WPL, ZPL and ASX playlists"),
    ("iTunes", "libraries and playlists of iTunes and Apple Music, as XML and text"),
    ("rekordbox", "libraries as XML, playlists and histories as TXT"),
    ("Traktor", "NML collections and histories, HTML exports"),
    ("Serato", "crates, the database, sessions, history exports"),
    ("VirtualDJ", "the database and lists as XML, histories as M3U and text"),
    ("Engine DJ", "the database m.db, exports as CSV"),
    ("djay", "exports as CSV"),
    ("MixesDB", "wikitext, saved pages, the JSON of its REST interface"),
    ("1001Tracklists", "saved pages, exports"),
    ("Spotify", "playlists and the account's own data as JSON"),
    ("Mixcloud", "a show's sections as JSON"),
    (
        "chapters",
        "of podcasts, yt-dlp, ffprobe as JSON; of Matroska, Podlove as XML; OGM",
    ),
    ("labels", "FFmpeg's metadata, Audacity's labels, subtitles (SRT, WebVTT)"),
    ("HTML", "lists, tables and lines of any page"),
    ("JSON", "answers of radio stations and services, lists of artist and title"),
    ("JSON Lines", "what `enrichment parse` prints, songs of others"),
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
        if serato_library.looks_like_library(content):
            return serato_library.parse(content)
        return serato.parse(content)
    if content.startswith(_SQLITE):
        from scrapers.tracklists.formats import engine_dj  # noqa: PLC0415 (when its format is met)

        return engine_dj.parse(content)
    if content.startswith(zipped.SIGNATURE):
        return spreadsheets.parse(content)
    for signature, look in _SIGNATURES:
        if content.startswith(signature):
            raise NotUnderstood(f"the file is binary: it looks like {look}")
    decoded = decode(content)
    if not decoded.strip():
        raise NoTracklist("the file is empty")
    return _parse_text(decoded)


def _parse_text(content: str) -> tuple[Tracklist, ...]:
    head = content[:HEAD_CHARACTERS].lstrip()
    for look, is_kind, parse_kind in _KINDS_BY_HEAD:
        if is_kind(head):
            return told(look, parse_kind, content)
    lines = max(content.count("\n"), content.count("\r"))
    if len(content) > _MAX_TEXT_CHARACTERS or lines > _MAX_LINES:
        raise NotUnderstood("the text is longer than any tracklist or library")
    content = content.replace(_SPACE_ENTITY, "\u00a0")
    for look, is_kind, parse_kind in _KINDS_BY_LINES:
        if is_kind(content):
            return told(look, parse_kind, content)
    table = tables.read_table(content)
    if table:
        return tables.parse(table)
    if m3u.lists_files(content):
        return told("a list of files", m3u.parse, content)
    return told("plain text", _parse_plain, content)


def _is_json(head: str) -> bool:
    return _JSON_START.match(head) is not None


def _parse_markup(content: str) -> tuple[Tracklist, ...]:
    return markup_kinds.parse(content, _parse_plain)


def _parse_rtf(content: str) -> tuple[Tracklist, ...]:
    try:
        return _parse_text(rtf.text_of(content))
    except TracklistError as error:
        why = str(error).rpartition(": ")[2]
        raise type(error)(f"it looks like RTF: {why}") from error


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
    ("JSON", _is_json, json_kinds.parse),
    ("HTML or XML", is_markup, _parse_markup),
)
_KINDS_BY_LINES: tuple[_Kind, ...] = (
    ("RTF", rtf.looks_like_rtf, _parse_rtf),
    ("a PLS playlist", pls.looks_like_playlist, pls.parse),
    ("FFmpeg's metadata", ffmetadata.looks_like_metadata, ffmetadata.parse),
    ("subtitles", subtitles.looks_like_subtitles, subtitles.parse),
    ("OGM chapters", ogm.looks_like_chapters, ogm.parse),
    ("Audacity's labels", audacity.looks_like_labels, audacity.parse),
    ("an M3U playlist", m3u.has_directives, m3u.parse),
    ("a CUE sheet", cue.looks_like_sheet, cue.parse),
    ("a folder's listing", folders.looks_like_listing, folders.parse),
    ("wikitext", mixesdb.looks_like_wikitext, _parse_wikitext),
)
