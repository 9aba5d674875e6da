"""Every Redis key of ours but the finished track's: names, versions, hash tags."""

from hashlib import md5

# Raised when what is in the values changes so that old ones would be misread.
SCHEMA_VERSION = 1
PREFIX = f"enrichment:v{SCHEMA_VERSION}"
# ASCII's unit separator: in no name, so "ab" + "c" is never "a" + "bc".
_SEPARATOR = "\x1f"

# One channel for all releases: a process subscribes once, whatever it waits for.
RELEASES_CHANNEL = f"{PREFIX}:lease:released"


def digest(provider: str, operation: str, key: str, projection: int = 1) -> str:
    """
    Return the MD5 of a question: deterministic, bounded, as users know it.

    Args:
        projection: of the provider's spec: what its answers hold and we read.
    """
    text = _SEPARATOR.join((provider, operation, str(projection), key))
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def answer_key(provider: str, operation: str, key: str, projection: int = 1) -> str:
    """Where the remembered answer of a question stands."""
    digested = digest(provider, operation, key, projection)
    return f"{PREFIX}:{provider}:{operation}:{digested}"


# Everything below is touched by one script per provider: one hash tag, one slot.


def lease_key(provider: str, operation: str, key: str, projection: int = 1) -> str:
    """Who is asking this question now."""
    return lease_prefix(provider, operation) + digest(
        provider, operation, key, projection
    )


def lease_prefix(provider: str, operation: str) -> str:
    """How the leases of an operation begin; the question's digest follows."""
    return f"{PREFIX}:lease:{{{provider}}}:{operation}:"


def capabilities_key(provider: str, account: str) -> str:
    """What the provider lets this account call, as far as answers have shown it."""
    return f"{PREFIX}:capabilities:{{{provider}}}:{account}"


def budget_key(provider: str, *parts: str) -> str:
    """Part of what is known of a provider's allowance."""
    return ":".join((f"{PREFIX}:budget:{{{provider}}}", *parts))


def bench_key(provider: str) -> str:
    """Why and until when a provider, or an operation of it, is not asked."""
    return f"{PREFIX}:bench:{{{provider}}}"


def probe_key(provider: str, operation: str) -> str:
    """Which reservation is the one probe after a bench."""
    return f"{bench_key(provider)}:probe:{operation}"


def used_link_key(number: str) -> str:
    """Whether a one-time link of the console was used."""
    return f"{PREFIX}:console:link:{number}"
