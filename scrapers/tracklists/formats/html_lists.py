"""Lists in any HTML page: tables, lists and lines, the one that names most tracks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element

from parsel import Selector

from scrapers.tracklists.decoding import single_spaced
from scrapers.tracklists.formats import tables, text
from scrapers.tracklists.tables import cells
from scrapers.tracklists.tracklist import NoTracklist, Row, Tracklist, TracklistError

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
_LISTS = (
    "//*[self::ol or self::ul or self::dl]"
    "[not(ancestor::nav or ancestor::header or ancestor::footer or ancestor::aside)]"
)
_CLASSED = (
    "(.//*[contains(@class, '{0}') or contains(@itemprop, '{0}')"
    " or contains(@data-testid, '{0}')])[1]"
)
_TITLE_CLASSES = ("title", "track-name", "trackname", "song", "name")
_NUMBERED = re.compile(r"\W*\d")
_DASHED = re.compile(r"\s[-‐-―−－]{1,2}\s|^\W*\d|\sby\s|[\"“„«]")
_LEAST_ITEMS = 2
_MOST_LISTS = 500


def parse(page: Selector) -> tuple[Tracklist, ...]:
    """
    Return the tracklists of a page of no known site.

    Raises:
        NoTracklist: no table, list or run of lines on it names tracks.
    """
    # In this order: of equals the first is taken, and cells are surer than lines.
    found = [max(_of_tables(page), key=_named, default=())]
    found += [*_of_texts(_lists(page)), *_of_texts([list(_lines(page.root))])]
    best = max(found, key=_named)
    if _named(found[0]) * _SURE_OF_CELLS >= _named(best):
        best = found[0]
    if not best or not _named(best):
        raise NoTracklist("no table, list or run of lines on the page names tracks")
    title = single_spaced(page.xpath("string((//h1 | //title)[1])").get(""))
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
    for listed in page.xpath(_LISTS)[:_MOST_LISTS]:
        items = listed.xpath("./li | ./dd")
        names = [name for item in items if (name := _item(item))]
        if listed.root.tag == "ol":
            names = [
                name if _NUMBERED.match(name) else f"{number}. {name}"
                for number, name in enumerate(names, start=1)
            ]
        if len(names) >= _LEAST_ITEMS:
            yield names


def _item(item: Selector) -> str:
    """Return an item's text; artist and title that are marked as such are parted."""
    printed = _cell(item.root)
    artist = _classed(item, "artist") or _classed(item, "byArtist")
    if not artist or " - " in printed:
        return printed
    title = next((t for name in _TITLE_CLASSES if (t := _classed(item, name))), "")
    return f"{artist} - {title}" if title and title != artist else printed


def _classed(item: Selector, name: str) -> str:
    found = item.xpath(_CLASSED.format(name))
    return _cell(found[0].root) if found else ""


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
