"""The services whose pages of recordings a person opens or pastes, by column."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from enrichment.providers.pages import LANGUAGE, Pages
from enrichment.providers.registry import SPECS


@dataclass(frozen=True, slots=True)
class Service:
    """A service by its title, as people write it."""

    title: str
    pages: Pages


# Their ids may be pasted, though no provider of ours asks them.
_ASKED_BY_NOBODY = {
    "discogs_id": Service(
        "Discogs",
        Pages(
            "www.discogs.com",
            LANGUAGE + r"/release/([0-9]{1,15})(?:-[^/]*)?",
            "https://www.discogs.com/release/{}",
            ids=(r"discogs:(?:release:)?r?([0-9]{1,15})",),
        ),
    ),
}
SERVICES: Mapping[str, Service] = MappingProxyType(
    _ASKED_BY_NOBODY
    | {
        spec.id_column: Service(spec.title, spec.pages)
        for spec in SPECS.values()
        if spec.id_column and spec.pages
    }
)
