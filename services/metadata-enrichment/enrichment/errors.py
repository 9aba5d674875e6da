"""
The error tree; each class says what happens next.

EnrichmentError
├── ConfigurationError        exit before consuming; the message names the variable
├── InputInvalid              exit; names what was given and what is wrong with it
├── TopologyDrift             exit; says which argument of which queue differs
├── LoopEnded                 a loop of this process ended unasked: exit
├── ServerAway                our own server is away: pause, spend nothing, go on later
│   ├── ServerUnusable        it answers, and refuses every row: a person must act
│   └── PermissionMissing     it answers, and our user may not: a person must act
└── ProviderError             one provider call; never an answer, never remembered
    ├── Transient             5xx, timeout, cut body: again at once, then due later
    │   ├── Unreachable       nothing came back at all: many of them stop the asking
    │   └── NotInTime         late for every turn: nothing was sent
    ├── Shedding              the provider is overloaded, not by us: again after > 1 s
    ├── RateLimited           we were too fast or used the quota: bench for all workers
    ├── CredentialsRefused    the key is wrong or suspended: bench until a person acts
    ├── CapabilityClosed      this operation is not ours to call: remembered, not asked
    └── QuestionRefused       the provider cannot take this question (400): our fault

`contract.messages.MessageInvalid` is apart, since scrapers share it: such a message
is dead-lettered with its reason while its siblings go on.
"""

from enum import StrEnum

from enrichment.contract.texts.own_secrets import from_outside


class EnrichmentError(Exception):
    """Base of every error we raise on purpose."""


class ConfigurationError(EnrichmentError):
    """The environment is not complete or not valid; the message names what to set."""


class InputInvalid(EnrichmentError):  # noqa: N818
    """What a person gave to a command cannot be used; nothing was done."""


class InputMissing(InputInvalid):
    """There is no such file or folder."""


class TopologyDrift(EnrichmentError):  # noqa: N818
    """A queue exists with other arguments than ours; the message says which differ."""


class LoopEnded(EnrichmentError):  # noqa: N818
    """A loop that runs forever beside the work ended unasked; the message names it."""


class ServerAway(EnrichmentError):  # noqa: N818
    """Postgres, Redis or the broker cannot be reached now."""


class ServerUnusable(ServerAway):
    """Postgres answers, and its schema or our rights there are not what we need."""


class PermissionMissing(ServerAway):
    """A server knows our user and does not permit this; the message says what."""


class ProviderError(EnrichmentError):
    """
    A provider call that gave no answer.

    Args:
        retry_after: seconds as the provider said, at most a year; None when it said
            nothing.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        # a provider's or a proxy's text may echo our request, key and token included
        super().__init__(from_outside(message))
        self.status = status
        self.retry_after = retry_after


class Transient(ProviderError):  # noqa: N818
    """5xx, timeout, reset connection, truncated or senseless body, a gateway's page."""


class Unreachable(Transient):
    """No connection, or no byte of an answer: silence, a reset, a closed door."""


class NotInTime(Transient):
    """The turn had passed whenever the call could have been sent; nothing was sent."""


class Shedding(ProviderError):  # noqa: N818
    """The provider's own overload (MusicBrainz 503, zone `global`): not our rate."""


class LimitKind(StrEnum):
    """Why a provider refused us for being too many."""

    RATE = "rate"
    QUOTA = "quota"
    BAN = "ban"


class RateLimited(ProviderError):  # noqa: N818
    """A refusal for rate or quota."""

    def __init__(
        self,
        message: str,
        *,
        kind: LimitKind,
        retry_after: float | None,
        status: int | None = None,
    ) -> None:
        super().__init__(message, status=status, retry_after=retry_after)
        self.kind = kind


class CredentialsRefused(ProviderError):  # noqa: N818
    """401 after a fresh token, invalid or suspended key: a person must act."""


class CapabilityClosed(ProviderError):  # noqa: N818
    """403 in the form known for it: an operation (or batch form) is not open to us."""


class QuestionRefused(ProviderError):  # noqa: N818
    """400: the provider cannot take the question as we asked it."""
