"""Where a person looks a recording up: addresses of the services' own pages. Pure."""

from urllib.parse import quote, urlsplit

_PAGES = {
    "spotify_id": "https://open.spotify.com/track/{}",
    "musicbrainz_id": "https://musicbrainz.org/recording/{}",
    "deezer_id": "https://www.deezer.com/track/{}",
    "discogs_id": "https://www.discogs.com/release/{}",
    "isrc": "https://isrcsearch.ifpi.org/?tab=%22code%22&isrcCode={}",
}


def page_of(field: str, value: object) -> str | None:
    """Return the page of an id; None where there is none, or it leads elsewhere."""
    if value is None:
        return None
    if field == "lastfm_url":
        return _of_lastfm(str(value))
    page = _PAGES.get(field)
    return page.format(quote(str(value), safe="")) if page else None


def _of_lastfm(value: str) -> str | None:
    try:
        parts = urlsplit(value)
        is_theirs = parts.scheme == "https" and parts.hostname in {
            "last.fm",
            "www.last.fm",
        }
    except ValueError:
        return None
    return value if is_theirs else None
