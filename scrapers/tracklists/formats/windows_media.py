"""Windows Media's playlists: WPL and Zune's ZPL, which are SMIL, and ASX."""

import re

from scrapers.tracklists.bounds import Bounds
from scrapers.tracklists.facts import facts
from scrapers.tracklists.formats import markup
from scrapers.tracklists.names import row_of_entry
from scrapers.tracklists.tracklist import Row, Tracklist

_EMPTY = re.compile(r"<(ref|param|base|duration)\b([^<>]{0,2000}?)/?>")
_END_OF_EMPTY = re.compile(r"</(?:ref|param|base|duration)\s*>")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")


def parse_wpl(content: str) -> tuple[Tracklist, ...]:
    """
    Read WPL or ZPL; most name nothing but files.

    Raises:
        NotUnderstood: it is no XML.
        NoTracklist: there are no media in it.
    """
    document = markup.load(content, "media")
    media = [markup.attributes(one) for one in markup.all_named(document.root, "media")]
    titles = [one.text for one in markup.all_named(document.root, "title") if one.text]
    rows = (
        _medium(position, medium)
        for position, medium in enumerate(media, start=1)
        if medium.get("src")
    )
    return document.told(
        Tracklist(
            format="wpl",
            rows=tuple(Bounds().counted(rows)),
            title=titles[0].strip() if titles else None,
        )
    )


def _medium(position: int, medium: dict[str, str]) -> Row:
    return row_of_entry(
        position,
        medium.get("trackartist") or medium.get("albumartist") or "",
        medium.get("tracktitle", ""),
        path=medium["src"],
        facts=facts(
            duration_ms=medium.get("duration"),
            album=medium.get("albumtitle"),
            location=medium["src"],
        ),
    )


def parse_asx(content: str) -> tuple[Tracklist, ...]:
    """
    Read ASX, whose tags are in any case, opened in one and closed in another.

    Raises:
        NotUnderstood: it is no XML.
        NoTracklist: there are no entries in it.
    """
    lowered = _TAG.sub(lambda tag: f"<{tag[1]}{tag[2].lower()}", content)
    # many leave these open, though nothing is in them
    lowered = _EMPTY.sub(r"<\1\2/>", _END_OF_EMPTY.sub("", lowered))
    document = markup.load(lowered, "entry")
    rows = []
    for position, entry in enumerate(markup.all_named(document.root, "entry"), start=1):
        named = markup.texts(entry)
        params = {
            param.get("name", "").lower(): param.get("value", "")
            for param in map(markup.attributes, markup.children(entry, "param"))
        }
        source = markup.attributes(markup.child(entry, "ref")).get("href", "")
        length = markup.attributes(markup.child(entry, "duration")).get("value")
        rows.append(
            row_of_entry(
                position,
                named.get("author") or params.get("artist") or "",
                named.get("title") or params.get("title") or "",
                path=source,
                facts=facts(
                    seconds=length,
                    album=params.get("album"),
                    location=source,
                ),
            )
        )
    title = markup.texts(document.root).get("title")
    return document.told(
        Tracklist(format="asx", rows=tuple(Bounds().counted(rows)), title=title)
    )
