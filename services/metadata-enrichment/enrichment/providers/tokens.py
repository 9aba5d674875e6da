"""A token that all workers share, and where it is kept."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and until when calls may begin with it; its value is not shown."""

    value: str = field(repr=False)
    usable_until: datetime


class TokenStore(Protocol):
    """
    Where all workers keep the one token.

    An implementation whose server is away answers None, forgets, and locks locally:
    then each worker has its own token.
    """

    async def get(self) -> Token | None:
        """Return the shared token, if there is one."""
        ...

    async def put(self, token: Token) -> None:
        """Share a new token."""
        ...

    def lock(self) -> AbstractAsyncContextManager[object]:
        """Hold off the other workers while one asks for a token."""
        ...


class InMemoryTokenStore:
    """The token of one process."""

    def __init__(self) -> None:
        self._token: Token | None = None
        self._lock = asyncio.Lock()

    async def get(self) -> Token | None:
        """Return the token, if there is one."""
        return self._token

    async def put(self, token: Token) -> None:
        """Keep a new token."""
        self._token = token

    def lock(self) -> AbstractAsyncContextManager[object]:
        """Hold off other callers."""
        return self._lock
