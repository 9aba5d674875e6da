"""Chapters of podcasts, videos and Matroska files: a time and a printed name each."""

from collections.abc import Iterable

from scrapers.tracklists.answers import object_of, objects_of, text_of
from scrapers.tracklists.bounds import Bounds
from scrapers.tracklists.facts import facts, length_of, number_of
from scrapers.tracklists.formats import markup
from scrapers.tracklists.names import row_with_facts
from scrapers.tracklists.tracklist import NoTracklist, Row, Tracklist

# A time in seconds, the printed name, the address of a picture.
Chapter = tuple[float | None, str, str]

# Of a mix that is a list of tracks; a podcast's topics have no artists.
_LEAST_NAMED_SHARE = 0.5
_STARTS = ("startTime", "start_time", "start")
_NOT_LISTED = "toc"


def tracklist(
    form: str, chapters: Iterable[Chapter], *, title: str | None = None
) -> Tracklist:
    """
    Return the tracklist of chapters that are tracks; an unnamed one keeps its place.

    Raises:
        NoTracklist: there are none, or most of them name no artist.
    """
    rows = tuple(Bounds().counted(_rows(chapters)))
    if not any(row.raw for row in rows):
        raise NoTracklist("there are no chapters with a name in it")
    named = sum(row.artist is not None for row in rows)
    if named < len(rows) * _LEAST_NAMED_SHARE:
        raise NoTracklist("its chapters do not part into artist and title")
    return Tracklist(format=form, rows=rows, title=title)


def _rows(chapters: Iterable[Chapter]) -> Iterable[Row]:
    for position, (start, name, artwork) in enumerate(chapters, start=1):
        yield row_with_facts(
            position,
            name,
            cue_seconds=None if start is None else int(start),
            facts=facts(artwork=artwork),
        )


def seconds_of(printed: object) -> float | None:
    """Return the seconds of a number or of a clock, which may begin at 0."""
    if (number := number_of(printed)) is not None:
        return number
    if not isinstance(printed, str):
        return None
    if not printed.strip("0:., "):
        return 0.0 if printed.strip() else None
    length = length_of(printed.strip())
    return None if length is None else length / 1000


def parse_json(document: object) -> tuple[Tracklist, ...] | None:
    """Read chapters of podcasts, yt-dlp, ffprobe and Podlove; None: no such."""
    of = object_of(document)
    listed = document if isinstance(document, list) else of.get("chapters")
    chapters = [_chapter(chapter) for chapter in objects_of(listed)]
    found = [chapter for chapter in chapters if chapter is not None]
    if not found or any(start is None for start, _, _ in found):
        return None
    title = text_of(of.get("title")) or text_of(of.get("podcastName"))
    try:
        return (tracklist("chapters", found, title=title or None),)
    except NoTracklist:
        # a video's description may hold the list that its chapters are not
        if of.get("description"):
            return None
        raise


def _chapter(chapter: dict[str, object]) -> Chapter | None:
    if chapter.get(_NOT_LISTED) is False:
        return None
    title = text_of(chapter.get("title"))
    title = title or text_of(object_of(chapter.get("tags")).get("title"))
    start = next((chapter[name] for name in _STARTS if name in chapter), None)
    if not title or start is None:
        return None
    return seconds_of(start), title, text_of(chapter.get("img"))


def parse_xml(content: str) -> tuple[Tracklist, ...]:
    """
    Read Matroska's chapters and Podlove's simple chapters.

    Raises:
        NotUnderstood: it is no XML.
        NoTracklist: there are no chapters with names in it.
    """
    document = markup.load(content, "chapteratom")
    found: list[Chapter] = []
    for atom in markup.all_named(document.root, "chapteratom", "chapter"):
        of = markup.attributes(atom)
        start, name = of.get("start", ""), of.get("title", "")
        if markup.name_of(atom) == "chapteratom":
            start = markup.texts(atom).get("chaptertimestart", "")
            display = markup.child(atom, "chapterdisplay")
            named = {} if display is None else markup.texts(display)
            name = named.get("chapterstring", "")
        found.append((seconds_of(start), name, of.get("image", "")))
    return document.told(tracklist("chapters", found))
