"""What `enrichment console` prints."""

from enrichment.app.settings import Settings
from enrichment.cli.streams import tell
from enrichment.cli.terminal import print_json
from enrichment.web.access.given import one_time_link


async def print_link(
    settings: Settings, *, name: str, address: str | None, as_json: bool
) -> None:
    """Print a link that logs its reader in once."""
    link = one_time_link(settings, name, address)
    if as_json:
        print_json({"link": link, "name": name})
    else:
        tell(link)
