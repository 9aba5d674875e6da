"""1001Tracklists: saved detail pages and rows, as many as the page says, or nothing."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from parsel import Selector
from parsel.csstranslator import HTMLTranslator

from scrapers.tracklists.clock import clock_seconds
from scrapers.tracklists.decoding import single_spaced, whole_number
from scrapers.tracklists.reading.lines import row_from_fields
from scrapers.tracklists.tracklist import (
    Blocked,
    NoTracklist,
    NotUnderstood,
    Row,
    Tracklist,
    TracklistError,
)

_AUTHOR = "1001Tracklists"
_ROW = "div.tlpItem"
_ROW_PATH = HTMLTranslator().css_to_xpath(_ROW)
_HIDDEN = "tgHid"
# What only an interstitial, a captcha or a challenge has.
_CHALLENGES = (
    "Please wait, you will be for",
    "<title>Just a moment...",
    "Verifying you are human",
    "_cf_chl_opt",
    'name="captcha"',
    'id="captcha"',
)
# Scripts that good pages carry too; on a page without rows they are the reason.
_CHALLENGE_SCRIPTS = (
    "/cdn-cgi/challenge-platform/",
    "challenges.cloudflare.com/turnstile",
)
_DETAIL_URL = re.compile(r"/tracklist/([a-z0-9]{4,16})/", re.ASCII)
_DASHES = frozenset("-–—")
_OWNER_OF_LABEL = re.compile(r"\s*\([^()]*\)$")
_SPACED_BRACKET = re.compile(r"(?<=[(\[]) | (?=[)\]])")


def _selector(element: Element) -> Selector:
    return Selector(root=element, type="html")


def has_rows(page: Selector) -> bool:
    """Recognise a page or fragment with rows of a tracklist."""
    return bool(page.root.xpath(f"boolean({_ROW_PATH})"))


def is_of_site(page: Selector) -> bool:
    """Recognise any page of the site: one without rows of a set has no tracklist."""
    signs = f'#tlTab, .oItm, .bTitle, meta[name="author"][content="{_AUTHOR}"]'
    return bool(page.css(signs) or _DETAIL_URL.search(_address(page)))


def why_no_rows(page: Selector, text: str) -> TracklistError:
    """Return what a page without rows is: blocked, broken, or about something else."""
    is_detail = bool(page.css("#tlTab") or _DETAIL_URL.search(_address(page)))
    signs = _CHALLENGES + _CHALLENGE_SCRIPTS if is_detail else _CHALLENGES
    if any(sign in text for sign in signs):
        return Blocked("an interstitial or a challenge stands in place of the page")
    if is_detail:
        return NotUnderstood("a tracklist page on which no row was found")
    if page.css(".oItm, .bTitle"):
        return NoTracklist("a list of tracklists, not one of them")
    return NoTracklist("the HTML holds no tracklist of a known kind")


def parse(page: Selector) -> tuple[Tracklist, ...]:
    """
    Read a detail page, or rows saved from one.

    Raises:
        NotUnderstood: a row has no name, or their number is not the page's own.
    """
    # a selector for every row at once would take as much room as the page
    elements = page.root.xpath(_ROW_PATH)
    kept = [each for each in elements if "deleted" not in _classes(_selector(each))]
    declared = _declared(page)
    if declared is not None and declared not in (len(kept), len(elements)):
        raise NotUnderstood(f"the page says {declared} rows, {len(kept)} were found")
    if not kept:
        raise NotUnderstood("all rows of the page are deleted ones")
    rows = [_row(place, _selector(each)) for place, each in enumerate(kept, start=1)]
    # An empty first cue is the start, if the page gives cues at all.
    if rows[0].cue_seconds is None and any(row.cue_seconds for row in rows):
        rows[0] = rows[0]._replace(cue_seconds=0)
    url = _address(page)
    key = _DETAIL_URL.search(url)
    return (
        Tracklist(
            format="tracklists1001",
            rows=tuple(rows),
            title=_property(page, "name") or _meta(page, "og:title"),
            artist=_property(page, "author"),
            url=url or None,
            source_key=key[1] if key else None,
            recorded_on=_property(page, "datePublished"),
            declared_rows=declared,
        ),
    )


def _declared(page: Selector) -> int | None:
    counts = (
        _property(page, "numTracks"),
        page.css("#tlTab").xpath("@data-count").get(),
    )
    return next((whole_number(count) for count in counts if count), None)


def _row(position: int, element: Selector) -> Row:
    artist, title = _names(element)
    if not artist and not title:
        raise NotUnderstood(f"row {position} has no name")
    labels = [_visible_text(label) for label in element.css(".trackLabel")]
    labels = [_OWNER_OF_LABEL.sub("", label) for label in labels if label]
    name = f"{artist} - {title}" if artist else title
    return row_from_fields(
        position,
        f"{name} [{labels[0]}]" if labels else name,
        artist,
        title,
        label=labels[0] if labels else None,
        cue_seconds=clock_seconds(
            single_spaced(element.css("div.cue").xpath("string()").get(""))
        ),
        played_with_previous=_with_previous(element),
    )


def _names(element: Selector) -> tuple[str, str]:
    """
    Part the name at the span that is the separator, not at a dash in a name.

    Where the microdata words the name otherwise, it is right: what is printed may have
    remarks in it. Unknown tracks have none.
    """
    artist, title = _printed_names(element)
    name = _tidy(element.css('meta[itemprop="name"]').xpath("@content").get(""))
    if not name or name == f"{artist} - {title}":
        return artist, title
    for credit in (
        artist,
        element.css('meta[itemprop="byArtist"]').xpath("@content").get(),
    ):
        if credit and name.startswith(f"{credit} - "):
            return credit, name[len(credit) + len(" - ") :]
    credit, separator, rest = name.partition(" - ")
    return (credit, rest) if separator else ("", name)


def _printed_names(element: Selector) -> tuple[str, str]:
    values = element.css(".trackValue")
    before: list[str] = []
    after: list[str] | None = None
    for node in values[0].xpath("node()") if values else ():
        text = _visible_text(node)
        if after is not None:
            after.append(text)
        elif text.strip() in _DASHES and not isinstance(node.root, str):
            after = []
        else:
            before.append(text)
    if after is not None:
        return _tidy("".join(before)), _tidy("".join(after))
    # Without such a span the name is in one piece.
    artist, separator, title = _tidy("".join(before)).partition(" - ")
    return (artist, title) if separator else ("", artist)


def _visible_text(node: Selector) -> str:
    """Return a node's text without the icons that show when the mouse is over it."""
    return node.root if isinstance(node.root, str) else "".join(_texts(node.root))


def _texts(element: Element) -> Iterator[str]:
    # A comment's tag is no string; a hidden element's tail is its parent's text.
    if isinstance(element.tag, str) and _HIDDEN not in element.get("class", "").split():
        yield element.text or ""
        for child in element:
            yield from _texts(child)
            yield child.tail or ""


def _tidy(text: str) -> str:
    return _SPACED_BRACKET.sub("", single_spaced(text))


def _with_previous(element: Selector) -> bool:
    """`w/` rows and the parts of a mashup; a mashup's own row stands for itself."""
    number = single_spaced(
        element.css('[id$="_tracknumber_value"]').xpath("string()").get("")
    )
    classes = _classes(element)
    return (
        number.startswith("w/")
        or "con" in classes
        or "tlpSubTog" in classes
        or element.xpath("@data-mashpos").get() == "true"
    )


def _classes(element: Selector) -> set[str]:
    return set(element.xpath("@class").get("").split())


def _property(page: Selector, name: str) -> str | None:
    value = page.css(f'#tlTab > meta[itemprop="{name}"]').xpath("@content").get("")
    return single_spaced(value) or None


def _meta(page: Selector, name: str) -> str | None:
    value = page.css(f'meta[property="{name}"]').xpath("@content").get("")
    return single_spaced(value) or None


def _address(page: Selector) -> str:
    canonical = page.css('link[rel="canonical"]').xpath("@href").get("")
    return canonical.strip() or _meta(page, "og:url") or ""
