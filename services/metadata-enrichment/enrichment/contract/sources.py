"""Where tracks and values come from: the sources that a metric or a row names."""

# Their tracks go first.
CHARTS = frozenset({"beatport", "billboard", "spotify_chart"})
SPIDERS = frozenset({"mixesdb", "tracklist_files", "tracklists1001"})
# What an importer of files of one kind names as its source.
FORMATS = frozenset(
    {
        "asx",
        "audacity",
        "bbc_sounds",
        "chapters",
        "cue",
        "discogs",
        "ffmetadata",
        "html",
        "itunes",
        "jsonl",
        "m3u",
        "mixcloud",
        "nts",
        "ods",
        "ogm",
        "pls",
        "rekordbox",
        "serato",
        "setlistfm",
        "soulection",
        "spotify",
        "station",
        "subtitles",
        "table",
        "text",
        "traktor",
        "virtualdj",
        "wpl",
        "xlsx",
        "xspf",
    }
)
# Who says a value that users' files have and no provider gives.
FILE = "file"
# Of what a person uploads.
UPLOAD = "upload"
# Of a message that names none, and of the HTTP service.
UNNAMED = "scraper"
API = "api"
KNOWN = CHARTS | SPIDERS | FORMATS | {UPLOAD, UNNAMED, API}
OTHER = "other"


def label(source: str) -> str:
    """
    Return the source as a metric names it: one of a closed list.

    A message's source is what its sender wrote, and each new label costs Prometheus a
    series.
    """
    return source if source in KNOWN else OTHER
