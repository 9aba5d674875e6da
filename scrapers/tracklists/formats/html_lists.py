"""Lists in any HTML page: tables, lists and lines, the one that names most tracks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element

from lxml.etree import XPath
from parsel import Selector

from scrapers.tracklists.decoding import single_spaced
from scrapers.tracklists.formats import tables, text
from scrapers.tracklists.lists.layouts import MOST_ROWS
from scrapers.tracklists.tables import cells
from scrapers.tracklists.tracklist import (
    NoTracklist,
    NotUnderstood,
    Row,
    Tracklist,
    TracklistError,
)

_HIDDEN = frozenset(
    (
        *("aside", "button", "footer", "form", "head", "header", "iframe", "nav"),
        *("noscript", "script", "select", "style", "svg", "template", "textarea"),
    )
)
_BLOCKS = frozenset(
    (
        *("address", "article", "blockquote", "body", "br", "caption", "center"),
        *("dd", "details", "div", "dl", "dt", "figcaption", "figure", "h1", "h2"),
        *("h3", "h4", "h5", "h6", "hr", "html", "li", "main", "ol", "p", "pre"),
        *("section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul"),
    )
)
_CELLS = frozenset({"td", "th"})
_SURE_OF_CELLS = 2
_LISTS = XPath(
    "//*[self::ol or self::ul or self::dl]"
    "[not(ancestor::nav or ancestor::header or ancestor::footer or ancestor::aside)]"
)
_CLASSED = (
    "(.//*[contains(@class, '{0}') or contains(@itemprop, '{0}')"
    " or contains(@data-testid, '{0}')])[1]"
)
_ARTIST_CLASSES, _TITLE_CLASSES = (
    tuple(XPath(_CLASSED.format(name)) for name in names)
    for names in (
        ("artist", "byArtist"),
        ("title", "track-name", "trackname", "song", "name"),
    )
)
# Asked once of a list, since few mark their parts.
_HAS_ARTISTS = XPath(
    "boolean(.//@*[name() = 'class' or name() = 'itemprop' or name() = 'data-testid']"
    "[contains(., 'rtist')])"
)
_NUMBERED = re.compile(r"\W*\d")
_DASHED = re.compile(r"\s[-‐-―−－]{1,2}\s|^\W*\d|\sby\s|[\"“„«]")
_LEAST_ITEMS = 2
# Of a page's lines; of fewer that are in no list none is read as a row.
_MOST_UNREAD_SHARE = 0.1
_MOST_LISTS = 500


def parse(page: Selector) -> tuple[Tracklist, ...]:
    """
    Return the tracklists of a page of no known site.

    Raises:
        NoTracklist: no table, list or run of lines on it names tracks.
        NotUnderstood: none does, but one was too long to be read.
    """
    title = single_spaced(page.xpath("string((//h1 | //title)[1])").get(""))
    # In this order: of equals the first is taken, and cells are surer than lines.
    in_cells = max(_of_tables(page), key=_named, default=())
    lists, lines = list(_lists(page)), list(_lines(page.root))
    # the tree takes more room than its texts
    page.root.clear()
    best = max((in_cells, *_of_texts(lists)), key=_named)
    if len(lines) - _named(best) > _MOST_UNREAD_SHARE * len(lines):
        best = max((best, *_of_texts([lines])), key=_named)
    if _named(in_cells) * _SURE_OF_CELLS >= _named(best):
        best = in_cells
    if not best or not _named(best):
        if too_long := next(filter(None, map(_too_long, (*lists, lines))), None):
            raise too_long
        raise NoTracklist("no table, list or run of lines on the page names tracks")
    return tuple(
        replace(one, format="html", title=one.title or title or None) for one in best
    )


def _named(tracklists: Sequence[Tracklist]) -> int:
    return sum(row.identified for one in tracklists for row in one.rows)


def _of_tables(page: Selector) -> Iterator[tuple[Tracklist, ...]]:
    for table in page.xpath("//table[not(.//table)]")[:_MOST_LISTS]:
        rows = map(_cells, table.root.iter("tr"))
        filled = [row for row in rows if any(row)]
        try:
            if filled and (read := cells.table_of(filled)):
                yield tables.parse(read)
        except TracklistError:
            continue


def _cells(row: Element) -> list[str]:
    """Return the texts of a row's cells, which loading may have put into one."""
    if len(row):
        return [_cell(cell) for cell in row if cell.tag in _CELLS]
    return (row.text or "").split("\t")


def _cell(element: Element) -> str:
    return single_spaced(" ".join(_lines(element)))


def _lists(page: Selector) -> Iterator[list[str]]:
    """Yield the items of each list, numbered where the browser numbers them."""
    for listed in _LISTS(page.root)[:_MOST_LISTS]:
        read = _item if _HAS_ARTISTS(listed) else _cell
        names = [
            name for item in listed.iterchildren("li", "dd") if (name := read(item))
        ]
        if listed.tag == "ol":
            names = [
                name if _NUMBERED.match(name) else f"{number}. {name}"
                for number, name in enumerate(names, start=1)
            ]
        if len(names) >= _LEAST_ITEMS:
            yield names


def _item(item: Element) -> str:
    """Return an item's text; artist and title that are marked as such are parted."""
    printed = _cell(item)
    artist = _classed(item, _ARTIST_CLASSES)
    if not artist or " - " in printed:
        return printed
    title = _classed(item, _TITLE_CLASSES)
    return f"{artist} - {title}" if title and title != artist else printed


def _classed(item: Element, classes: Sequence[XPath]) -> str:
    """Return the text of the first element that is marked as one of these."""
    found = (marked for find in classes if (marked := find(item)))
    return next((printed for one in found if (printed := _cell(one[0]))), "")


def _of_texts(
    texts: Sequence[list[str]] | Iterator[list[str]],
) -> Iterator[tuple[Tracklist, ...]]:
    for lines in texts:
        try:
            read = text.parse("\n".join(lines))
        except TracklistError:
            continue
        if sum(map(_is_dashed, read.rows)) * 2 >= len(read.rows):
            yield (read,)


def _too_long(lines: Sequence[str]) -> NotUnderstood | None:
    """Return why lines were not looked at, if that is because of their number."""
    if len(lines) <= MOST_ROWS:
        return None
    return NotUnderstood(f"the page has a list of more than {MOST_ROWS} lines")


def _is_dashed(row: Row) -> bool:
    """Distinguish a track from a menu's "House / Garage"."""
    return row.cue_seconds is not None or _DASHED.search(row.raw) is not None


def _lines(root: Element) -> Iterator[str]:
    """Yield what a reader sees, a line for each block, without recursion."""
    line: list[str] = []
    waiting: list[Element | str | None] = [root]
    while waiting:
        node = waiting.pop()
        if node is None:
            yield from _ended(line)
        elif isinstance(node, str):
            line.append(node)
        elif isinstance(node.tag, str) and node.tag not in _HIDDEN:
            is_block = node.tag in _BLOCKS
            if is_block:
                yield from _ended(line)
            # in reverse, since the last one is taken first
            if is_block:
                waiting.append(None)
            elif node.tag in _CELLS:
                waiting.append("\t")
            for child in reversed(node):
                waiting.extend((child.tail or "", child))
            waiting.append(node.text or "")
    yield from _ended(line)


def _ended(line: list[str]) -> Iterator[str]:
    cells = [single_spaced(cell) for cell in "".join(line).split("\t")]
    line.clear()
    if any(cells):
        yield "\t".join(cell for cell in cells if cell)
