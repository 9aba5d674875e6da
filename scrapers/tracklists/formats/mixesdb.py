"""MixesDB: a page's wikitext and the JSON of its REST page."""

import html
import re
from dataclasses import dataclass, field, replace

from parsel import Selector

from scrapers.tracklists.clock import DAY_SECONDS, since_first
from scrapers.tracklists.decoding import lines_of, load_json, single_spaced
from scrapers.tracklists.reading.lines import parse_line
from scrapers.tracklists.tracklist import NoTracklist, NotUnderstood, Row, Tracklist

# https://www.mixesdb.com/w/MixesDB:Legal_stuff: the page itself carries no licence.
LICENCE = "CC BY-SA 3.0 US"
_PAGE_URL = "https://www.mixesdb.com/w/"

_HEADING = re.compile(r"\s*(={2,6})\s*([^=]{1,200}?)\s*\1\s*$")
_TRACKLIST_HEADING = "tracklist"
_LIST_TAG = re.compile(r"<(/?)list\b[^>]{0,100}>", re.IGNORECASE)
# "#:" carries on the item before it: a remark. "*" may be one too.
# "#1" is a number and "**A**" emphasis, as others than MixesDB write them.
_ITEM = re.compile(
    r"\s*(?:#+(?![#:\d])\s*(.*)|(?!\*{1,3}[^*\s][^*]{0,200}\*)\*+(?![*:])\s*(.* - .*))"
)
_BOLD_LINE = re.compile(r"'''[^']{1,200}'''")
_GAP = re.compile(r"(?:\.{2,}|…+)")
_COMMENT = re.compile(r"<!--(?:(?!<!--).){0,2000}?-->", re.DOTALL)
_TEMPLATE = re.compile(r"\{\{[^{}]{0,1000}\}\}")
_FILE_LINK = re.compile(
    r"\[\[(?:File|Image|Category):[^\[\]]{0,500}\]\]", re.IGNORECASE
)
_LINK = re.compile(r"\[\[(?:[^\[\]|]{1,300}\|)?([^\[\]|]{1,300})\]\]")
_OUTSIDE_LINK = re.compile(r"\[https?://[^\s\]]{1,500}\s*([^\]]{0,300})\]")
_TAG = re.compile(r"<[^<>]{1,200}>")
# '''Tune Of The Week:''' before the artist is a remark, not a name.
_BOLD_REMARK = re.compile(r"'''[^':]{1,80}:\s*'''\s*|'''[^':]{1,80}'''\s*:\s*")
_QUOTES = re.compile(r"'{2,5}")
_CUE = re.compile(r"\s*[\[(]\s*([0-9?]{1,3}(?::[0-9?]{2}){0,2})\s*[\])]", re.ASCII)
_SIGNS = re.compile(
    r"^==+\s*Tracklist|^<list\b|\[\[Category:|^\{\{Player\b|^\{\{StandardShow",
    re.IGNORECASE | re.MULTILINE,
)
_SURE_SIGNS = re.compile(r"\{\{|<list\b|^\[\[", re.IGNORECASE | re.MULTILINE)
_NUMBERED = re.compile(r"^#(?:[ \t]+\S|\[).* - ", re.MULTILINE)
# "2008-07-19 - Artist - Series 12", the date whole or in part
_PAGE_TITLE = re.compile(r"(\d{4}(?:-\d{2}(?:-\d{2})?)?) - (.+)", re.ASCII)
# Below the heading: list items, and the lines of a <list>, which is rendered as a
# block of class "list" with one child a line. The foot of the page ends them.
_FOOT = "bodyBottom"
_RENDERED_ITEMS = (
    "(//*[@id='Tracklist'])[1]/following::*[@id='bodyBottom'"
    " or self::li[not(descendant::li)]"
    " or parent::*[contains(concat(' ', @class, ' '), ' list ')]]"
)
# The first cue of a mix is below this, unless it is the time of day.
_CLOCK_FROM_MINUTES = 10
_HOURS_OF_DAY = 24


@dataclass(slots=True)
class _Section:
    """The lines of the tracklist, and after how many of them there is a gap."""

    lines: list[str] = field(default_factory=list)
    gaps_after: list[int] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Take a line of a list: a track, a gap or nothing."""
        text = text.strip()
        if _GAP.fullmatch(text):
            self.gaps_after.append(len(self.lines))
        elif text and not text.startswith(";") and not _BOLD_LINE.fullmatch(text):
            self.lines.append(text)


def looks_like_wikitext(text: str) -> bool:
    """Recognise a MixesDB page by templates and headings, or its list by the signs."""
    return bool(_SIGNS.search(text)) or len(_NUMBERED.findall(text)) > 1


def has_markup(text: str) -> bool:
    """Recognise wikitext for sure: links, templates or its own tag for lists."""
    return bool(_SURE_SIGNS.search(text))


def is_page(document: object) -> bool:
    """Recognise the REST answer for a page."""
    return isinstance(document, dict) and "content_model" in document


def parse(content: str) -> tuple[Tracklist, ...]:
    """
    Read wikitext, or the JSON of the REST page when it starts with a brace.

    Raises:
        NoTracklist: the page has none.
        NotUnderstood: the JSON is broken.
    """
    # A table in wikitext begins with "{|", a template with "{{".
    if re.match(r"\s*\{\s*\"", content):
        return parse_page(load_json(content))
    return (parse_wikitext(content),)


def parse_page(document: object) -> tuple[Tracklist, ...]:
    """
    Read the REST page: its wikitext with key, revision and licence.

    Raises:
        NoTracklist: the page has none.
        NotUnderstood: the answer has no source text.
    """
    if not isinstance(document, dict) or not isinstance(document.get("source"), str):
        raise NotUnderstood("the MixesDB answer has no wikitext in it")
    if document.get("content_model") != "wikitext":
        raise NoTracklist(f"the page is {document.get('content_model')}, not wikitext")
    key, title = (_text(document.get(name)) for name in ("key", "title"))
    latest, licence = (document.get(name) for name in ("latest", "license"))
    revision = _text(latest.get("id")) if isinstance(latest, dict) else None
    licence_title = _text(licence.get("title")) if isinstance(licence, dict) else None
    recorded_on, artist = _set_of(title or "")
    return (
        replace(
            parse_wikitext(document["source"]),
            title=title,
            artist=artist,
            url=_PAGE_URL + key if key else None,
            source_key=key,
            revision=revision,
            recorded_on=recorded_on,
            licence=licence_title or LICENCE,
        ),
    )


def parse_wikitext(source: str) -> Tracklist:
    """
    Read the tracklist section of a page.

    Raises:
        NoTracklist: there is no list, or it has no lines.
    """
    return _tracklist(_section(_COMMENT.sub("", source)))


def has_list(page: Selector) -> bool:
    """Recognise a rendered page by its heading."""
    return bool(page.css("#firstHeading") and page.css("#Tracklist"))


def parse_html(page: Selector) -> tuple[Tracklist, ...]:
    """
    Read a rendered page, as saved from a browser.

    Raises:
        NoTracklist: there is no list below its heading.
    """
    section = _Section()
    for item in page.xpath(_RENDERED_ITEMS):
        if item.xpath("@id").get() == _FOOT:
            break
        section.add(single_spaced(item.xpath("string()").get("")))
    title = single_spaced(page.css("#firstHeading").xpath("string()").get(""))
    recorded_on, artist = _set_of(title)
    url = page.css('link[rel="canonical"]').xpath("@href").get()
    return (
        replace(
            _tracklist(section),
            title=title or None,
            artist=artist,
            url=url,
            source_key=url.rpartition("/w/")[2] or None if url else None,
            recorded_on=recorded_on,
        ),
    )


def _tracklist(section: _Section) -> Tracklist:
    if not section.lines:
        raise NoTracklist("the page has no tracklist")
    clocks = _clock_cues(section)
    rows = []
    for position, line in enumerate(section.lines, start=1):
        row = _row(line)._replace(position=position, raw=line)
        if clocks:
            row = row._replace(cue_seconds=clocks[position - 1])
        rows.append(row)
    return Tracklist(
        format="mixesdb",
        rows=tuple(rows),
        licence=LICENCE,
        gaps_after=tuple(dict.fromkeys(section.gaps_after)),
    )


def _section(source: str) -> _Section:
    """Gather the lines of the lists."""
    section, inside_list = _Section(), False
    for line in _tracklist_lines(lines_of(source)):
        tag = _LIST_TAG.search(line)
        if tag:
            if inside_list:
                section.add(line[: tag.start()])
            inside_list = not tag[1]
            if inside_list:
                section.add(line[tag.end() :])
        elif inside_list or _GAP.fullmatch(line.strip()):
            section.add(line)
        elif found := _ITEM.match(line):
            section.add(found[1] or found[2] or "")
    return section


def _tracklist_lines(lines: list[str]) -> list[str]:
    """Return what is below the headings "Tracklist…"; everything without one."""
    found: list[str] = []
    level = 0
    has_heading = False
    for line in lines:
        heading = _HEADING.match(line)
        if heading and (not level or len(heading[1]) <= level):
            is_tracklist = heading[2].lower().startswith(_TRACKLIST_HEADING)
            level = len(heading[1]) if is_tracklist else 0
            has_heading = has_heading or is_tracklist
        elif level and not heading:
            found.append(line)
    return found if has_heading else lines


def _row(line: str) -> Row:
    row = parse_line(_plain(line))
    cue = _CUE.match(line)
    # A whole number in brackets is minutes: [123] is 2 h 03.
    if cue and cue[1].isdecimal():
        return row._replace(cue_seconds=int(cue[1]) * 60)
    return row


def _plain(line: str) -> str:
    """Take off wiki markup; what it wraps stays."""
    text = _TEMPLATE.sub("", _FILE_LINK.sub("", line))
    text = _OUTSIDE_LINK.sub(r"\1", _LINK.sub(r"\1", text))
    text = _QUOTES.sub("", _BOLD_REMARK.sub("", text, count=1))
    return html.unescape(_TAG.sub("", text)).strip()


def _clock_cues(section: _Section) -> list[int | None]:
    """
    Turn times of day into cues; empty when the cues are places in the mix.

    A list whose first cue is [21:00] and which never passes 24 is a broadcast's: as
    minutes it would begin late and end within three more.
    """
    pairs = [_hour_and_minute(line) for line in section.lines]
    known = [pair for pair in pairs if pair]
    gap_first = 0 in section.gaps_after
    if not known or pairs[0] is None or gap_first:
        return []
    if known[0][0] < _CLOCK_FROM_MINUTES or any(
        hour >= _HOURS_OF_DAY or minute >= 60 for hour, minute in known
    ):
        return []
    times = [None if pair is None else (pair[0] * 60 + pair[1]) * 60 for pair in pairs]
    return since_first(times, wrap_seconds=DAY_SECONDS)


def _hour_and_minute(line: str) -> tuple[int, int] | None:
    cue = _CUE.match(line)
    parts = cue[1].split(":") if cue else []
    if len(parts) != 2 or not all(part.isdecimal() for part in parts):
        return None
    return int(parts[0]), int(parts[1])


def _set_of(title: str) -> tuple[str | None, str | None]:
    """Read date and artist off a page's title."""
    found = _PAGE_TITLE.match(title)
    if not found:
        return None, None
    artist = re.split(r" - | @ ", found[2], maxsplit=1)[0].strip()
    return found[1], artist or None


def _text(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None
