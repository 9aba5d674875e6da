"""Which reader reads which XML or HTML, told by the first element or the page."""

import re
from collections.abc import Callable

from scrapers.tracklists.formats import (
    chapters,
    html_lists,
    itunes,
    mixesdb,
    rekordbox,
    tracklists1001,
    traktor,
    traktor_html,
    virtualdj,
    windows_media,
    xspf,
)
from scrapers.tracklists.reading.pages import load_html
from scrapers.tracklists.tracklist import (
    Blocked,
    NoTracklist,
    Tracklist,
    TracklistError,
)

# Where the kind of a document shows: its first tag or directive.
HEAD_CHARACTERS = 4096

_START = re.compile(r"<(?:[a-z!?]|/[a-z])", re.IGNORECASE)
_INLINE_START = re.compile(
    r"</?(?:a|b|em|font|i|mark|s|small|strong|u)\b", re.IGNORECASE
)
_BLOCK = re.compile(r"<(?:br|div|html|li|ol|p|span|table|td|tr|ul)\b", re.IGNORECASE)
# Ends a row where a piece of a page was copied as its source. It begins with a sign:
# with white space each of many spaces would be a place to begin.
_ROW_END = re.compile(
    r"(?:</?(?:br|div|dd|dl|dt|h[1-6]|li|ol|p|ul)(?:\s[^<>]{0,500})?/?>\s*)+",
    re.IGNORECASE,
)
_WHOLE_PAGE = re.compile(r"<(?:!doctype|html|head|body|script|table)\b", re.IGNORECASE)
_XML = re.compile(r"<\?xml\b", re.IGNORECASE)
_OF_HTML = frozenset(
    [
        "html",
        "head",
        "body",
        "title",
        "div",
        "table",
        "span",
        "ul",
        "ol",
        "p",
        "a",
        "br",
        "li",
        "script",
        "style",
    ]
)
_ROOT = re.compile(r"<(?![?!])(?:[\w.-]{1,50}:)?([\w.-]{1,100})")
_COMMENT = re.compile(r"<!--.{0,3000}?-->", re.DOTALL)

_LOOKS_LIKE = "it looks like "

Reader = Callable[[str], tuple[Tracklist, ...]]

# By the name of the first element, in lower case: what it looks like, and its reader.
_BY_ROOT: dict[str, tuple[str, Reader]] = {
    "nml": ("Traktor's NML", traktor.parse),
    "dj_playlists": ("rekordbox' XML", rekordbox.parse),
    "playlist": ("XSPF", xspf.parse),
    "plist": ("a library of iTunes or Apple Music", itunes.parse),
    "virtualdj_database": ("VirtualDJ's database", virtualdj.parse),
    "virtual_dj_database": ("VirtualDJ's database", virtualdj.parse),
    "virtualfolder": ("VirtualDJ's list", virtualdj.parse),
    "favoritefolder": ("VirtualDJ's list", virtualdj.parse),
    "smil": ("WPL", windows_media.parse_wpl),
    "asx": ("ASX", windows_media.parse_asx),
    "chapters": ("chapters in XML", chapters.parse_xml),
}


def is_markup(head: str) -> bool:
    """Distinguish XML and HTML from text that begins with a tag."""
    # A MixesDB list may begin with its tag <list>, a pasted line with "<b>".
    if not _START.match(head) or mixesdb.looks_like_wikitext(head):
        return False
    return _INLINE_START.match(head) is None or _BLOCK.search(head) is not None


def parse(content: str, parse_plain: Reader) -> tuple[Tracklist, ...]:
    """
    Read a document of any known kind; text in tags as plain text.

    Raises:
        TracklistError: there is no tracklist in it, and why.
    """
    head = content[:HEAD_CHARACTERS]
    root = _ROOT.search(_COMMENT.sub("", head))
    name = root[1].lower() if root else ""
    if name in _BY_ROOT:
        look, read = _BY_ROOT[name]
        return told(look, read, content)
    if _XML.search(head) and name not in _OF_HTML:
        raise NoTracklist(f"the XML is of no known kind: it begins with <{name}>")
    return _parse_html(content, parse_plain)


def told(look: str, read: Reader, content: str) -> tuple[Tracklist, ...]:
    """Read content of a kind; what is refused says what it looked like."""
    try:
        return read(content)
    except Blocked:
        raise
    except TracklistError as error:
        if str(error).startswith(_LOOKS_LIKE):
            raise
        raise type(error)(f"{_LOOKS_LIKE}{look}: {error}") from error


def _parse_html(content: str, parse_plain: Reader) -> tuple[Tracklist, ...]:
    if traktor_html.is_export(content):
        try:
            return traktor_html.parse(content)
        except NoTracklist:
            # another page's name, with a list of another kind
            pass
    page = load_html(content)
    if tracklists1001.has_rows(page):
        return tracklists1001.parse(page)
    if mixesdb.has_list(page):
        return mixesdb.parse_html(page)
    if _WHOLE_PAGE.search(content) is None:
        return parse_plain("\n".join(map(str.strip, _ROW_END.split(content))))
    why = tracklists1001.why_no_rows(page, content)
    if isinstance(why, Blocked) or tracklists1001.is_of_site(page):
        raise why
    try:
        return html_lists.parse(page)
    except NoTracklist:
        raise why from None
