"""What can go wrong with private servers.

DevstackError
├── NoServer        no way to get this server on this machine; names the ways
├── ServerFailed    it did not start or stop; carries the end of its log
└── NotOurs         a server given by its URL cannot be stopped or killed by us
"""


class DevstackError(Exception):
    """Something about private servers that the person at the terminal must know."""


class NoServer(DevstackError):  # noqa: N818 - reads as what happened
    """This server cannot be had on this machine; the text names the ways to get it."""


class ServerFailed(DevstackError):  # noqa: N818 - reads as what happened
    """A server did not do what it was told; the text ends with its log's last lines."""


class NotOurs(DevstackError):  # noqa: N818 - reads as what happened
    """A server given by its URL is not ours to stop."""
