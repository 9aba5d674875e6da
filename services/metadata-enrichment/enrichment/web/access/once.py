"""One-time links: which of them were used, for all replicas."""

from enrichment.contract.keys import used_link_key
from enrichment.lookup.redis_link import RedisLink
from enrichment.web.access.sessions import LINK_SECONDS


class UsedLinks:
    """
    Links that were used.

    Args:
        link: the way to Redis; without it no link is taken.
    """

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    async def take(self, number: str) -> bool:
        """
        Return whether a link is used for the first time; from now on it is used.

        Raises:
            ServerAway: nobody can say it now.
        """
        key = used_link_key(number)
        # kept longer than any link is good for
        taken = await self._link.ask(
            "use_link",
            lambda client: client.set(key, "1", nx=True, ex=2 * LINK_SECONDS),
        )
        return bool(taken)
