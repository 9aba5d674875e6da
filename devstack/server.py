"""What users of devstack see of a server, whoever runs it."""

from dataclasses import dataclass
from typing import Protocol

from devstack.errors import DevstackError, NotOurs


class Server(Protocol):
    """A server with an address; private ones obey, given ones are only used."""

    @property
    def name(self) -> str:
        """What the server is called in messages."""
        ...

    @property
    def url(self) -> str:
        """The address clients use, credentials included."""
        ...

    @property
    def management_url(self) -> str:
        """The broker's HTTP API, credentials included; asked for by `management`."""
        ...

    @property
    def metrics_url(self) -> str:
        """Where the server exposes metrics; asked for by `management`."""
        ...

    @property
    def given(self) -> bool:
        """Whether the caller gave its URL: then it is not ours to end."""
        ...

    @property
    def running(self) -> bool:
        """Whether it is meant to serve; a given server counts as running."""
        ...

    def start(self) -> None:
        """Start and wait until clients are served; no-op while running."""
        ...

    def stop(self) -> None:
        """End cleanly; data and ports stay for the next start."""
        ...

    def kill(self) -> None:
        """End with kill -9 and without warning, for tests of chaos."""
        ...


@dataclass(frozen=True, slots=True)
class GivenServer:
    """A server that the caller of `open_stack` gave by its URL."""

    name: str
    url: str

    @property
    def management_url(self) -> str:
        """Unknown: only the one URL was given."""
        raise DevstackError(f"{self.name} was given by its URL: no management known")

    @property
    def metrics_url(self) -> str:
        """Unknown: only the one URL was given."""
        raise DevstackError(f"{self.name} was given by its URL: no metrics known")

    @property
    def given(self) -> bool:
        """Yes."""
        return True

    @property
    def running(self) -> bool:
        """Assumed; users wait for their servers themselves."""
        return True

    def start(self) -> None:
        """Whoever gave the address started it."""

    def stop(self) -> None:
        """Refuse: others may use it."""
        raise NotOurs(f"{self.name} was given by its URL: it is not ours to stop")

    def kill(self) -> None:
        """Refuse: others may use it."""
        raise NotOurs(f"{self.name} was given by its URL: it is not ours to kill")
