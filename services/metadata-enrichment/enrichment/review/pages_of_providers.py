"""Where a person looks a recording up: addresses of the services' own pages. Pure."""

from urllib.parse import quote

from enrichment.review.services import SERVICES

_OF_ISRC = "https://isrcsearch.ifpi.org/?tab=%22code%22&isrcCode={}"


def page_of(field: str, value: object) -> str | None:
    """Return the page of an id; None where there is none, or it leads elsewhere."""
    if value is None:
        return None
    if field == "isrc":
        return _OF_ISRC.format(quote(str(value), safe=""))
    service = SERVICES.get(field)
    return service.pages.page_of(str(value)) if service else None
