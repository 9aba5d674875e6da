"""
What is true of one provider, as data: fields, terms, operations, limits, settings.

A folder of `enrichment.providers`, or a package installed beside it, makes one
`ProviderSpec`; `registry` lists them, and nothing else names a provider.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from enrichment.model import Candidate, ProviderName, Question
from enrichment.providers import Provider
from enrichment.providers.allowance import Limits
from enrichment.providers.calls import Authorizer
from enrichment.providers.pages import Pages
from enrichment.providers.tokens import TokenStore

# A name is in metrics, keys of Redis, rows and variables of the environment.
_NAME = re.compile(r"[a-z][a-z0-9]{1,31}")
# Says whether a capability is open to our account; None while nobody knows.
Allowed = Callable[[str], bool | None]


class LicenceClass(StrEnum):
    """What we may do with a provider's values."""

    # keep forever
    CC0 = "cc0"
    # keep forever, name who made it, share alike, earn nothing with it
    CC_BY_NC_SA = "cc-by-nc-sa"
    # keep while the lifetime lasts, then refresh or delete; purge on termination
    TERMS_BOUND = "terms-bound"
    # the same, and for non-commercial use alone
    NON_COMMERCIAL = "non-commercial"
    # what the user's own files say: theirs to use as they like
    OWN = "own"


NOT_COMMERCIAL = frozenset({LicenceClass.NON_COMMERCIAL, LicenceClass.CC_BY_NC_SA})


def _web_address(value: str) -> str:
    try:
        address = urlsplit(value)
        well = address.scheme in {"http", "https"} and bool(address.hostname)
    except ValueError:
        # its text quotes a part of the value
        well = False
    if not well:
        raise ValueError("must be an address that begins with http:// or https://")
    return value


_IS_ADDRESS = AfterValidator(_web_address)
WebAddress = Annotated[str, _IS_ADDRESS]


class ProviderSettings(BaseModel):
    """
    What an operator may set of a provider; each provider adds its own fields.

    A field that is a `SecretStr` may also be given as a file, and one that is a
    `WebAddress` replaces the real one. `variable` names them.

    Args:
        usd_per_1000_calls: nothing, unless a contract says so.
        cache_ttl_days: how long what was found is served without asking.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    base_url: WebAddress
    usd_per_1000_calls: Annotated[float, Field(ge=0)] = 0
    cache_ttl_days: Annotated[float, Field(ge=1)]


S = TypeVar("S", bound=ProviderSettings)


# Of `Gives.read`: the column is one of the candidate's `codes`.
CODES = "codes"


@dataclass(frozen=True, slots=True)
class Gives:
    """
    One column of `tracks` that a source can give.

    Args:
        confidence: 0..1; the value of the surer source wins.
        read: the field of `Candidate` that holds it, where it is called otherwise.
        why: why it is as sure as that.
    """

    confidence: float
    licence: LicenceClass
    read: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """
    One kind of question.

    Args:
        questions_per_call: by default; prices of renewals are made of it.
        identifier: the identifier that is the question's key; None: asked by names.
        is_priced: whether renewals are priced by it.
        completes: it is asked of a match, for what other operations do not say.
    """

    name: str
    questions_per_call: int = 1
    identifier: str | None = None
    is_priced: bool = True
    completes: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What binds who keeps a source's values.

    Args:
        licence: of its answers as a whole; each field has its own as well.
        url, read_on: what this was read from, and when.
        notice: what is to be shown beside values that are taken away.
        longest_cache_days: the longest lifetime that these terms allow.
    """

    licence: LicenceClass
    url: str
    read_on: date
    notice: str = ""
    longest_cache_days: int = 365

    @property
    def is_non_commercial(self) -> bool:
        """Whether nobody may earn with its answers."""
        return self.licence in NOT_COMMERCIAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """
    Who gives values.

    Args:
        title: its name as people write it.
        fields: by column of `tracks`.
    """

    name: str
    title: str
    terms: Terms
    fields: Mapping[str, Gives]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSpec(Source, Generic[S]):
    """
    A source that is asked.

    Args:
        settings: the model of what an operator may set; `needs` names the fields
            without which it cannot be asked.
        limits: the allowance by settings, and by the seconds that a call may be late.
        make: returns the provider by its settings.
        details: returns what is asked of a match to complete it, in this order; none
            once it is complete.
        authorizer: returns what its calls need in their headers, where they do.
        account: tells the accounts of different credentials apart; its value is hashed.
        call_seconds: how long a call takes at a polite rate, as measured.
        stale: how long an answer outlasts its lifetime while nobody can be asked.
        kept_answers: how many answers stay in Postgres, newest first.
        stale_after, stale_reason: when what was found is asked again, as rows of
            `staleness_rules` say until an operator changes them.
        capabilities: what some accounts have and others lack.
        id_column: the column of its recordings' ids, which a person may pin.
        pages: of its recordings, where people open them; its ids are in `id_column`.
        read_since: members of a candidate that older kept answers lack though a
            decision needs them; a track matched by such an answer is asked again.
        artist_id_column: the column of its artists' ids; only who names a recording's
            artists one by one has one.
        projection: raised when its requests or readings change: older answers are
            not found.
        knows_recordings: its ids are of recordings, so that two can contradict.
        corrects_names: it answers with another artist than was asked for.
        dates_albums: its dates are of the album at hand.
        is_expected: asked unless somebody leaves it out, and missed without its keys;
            others are asked by default where they have all that they need.
        evidence: what its readers were written from.
    """

    name: ProviderName
    operations: tuple[Operation, ...]
    settings: type[S]
    limits: Callable[[S, float], Limits]
    make: Callable[[S, Allowed], Provider]
    call_seconds: float
    stale: timedelta
    kept_answers: int
    stale_after: timedelta
    stale_reason: str
    needs: tuple[str, ...] = ()
    details: Callable[[Candidate], tuple[Question, ...]] = field(default=lambda _: ())
    authorizer: Callable[[S, TokenStore, float], Authorizer | None] | None = None
    account: Callable[[S], str | None] = field(default=lambda _: None)
    capabilities: tuple[str, ...] = ()
    id_column: str | None = None
    pages: Pages | None = None
    read_since: tuple[str, ...] = ()
    artist_id_column: str | None = None
    projection: int = 1
    knows_recordings: bool = False
    corrects_names: bool = False
    dates_albums: bool = False
    is_expected: bool = False
    evidence: str = "recorded answers"

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a provider's name is of a-z and 0-9, not {self.name!r}")
        if not self.operations:
            raise ValueError(f"{self.name} names no operation")
        if self.knows_recordings and self.id_column not in self.fields:
            raise ValueError(f"{self.name} knows recordings and names no column of ids")
        unknown = set(self.needs) - set(self.settings.model_fields)
        if unknown:
            raise ValueError(
                f"{self.name} needs {sorted(unknown)}, which cannot be set"
            )
        wrong = [c for c, given in self.fields.items() if not 0 < given.confidence <= 1]
        if wrong:
            raise ValueError(f"{self.name}: confidences of {wrong} are not in 0..1")

    def variable(self, setting: str) -> str:
        """Return the variable of the environment that holds a setting."""
        name = self.name.upper()
        if setting == "cache_ttl_days":
            return f"CACHE_TTL_{name}_DAYS"
        return f"{name}_{setting.upper()}"

    @property
    def secret_variables(self) -> tuple[str, ...]:
        """Return the variables whose values are never shown."""
        return tuple(
            self.variable(name)
            for name, given in self.settings.model_fields.items()
            if SecretStr in (given.annotation, *get_args(given.annotation))
        )

    @property
    def address_settings(self) -> tuple[str, ...]:
        """Return the settings that hold an address which is asked."""
        fields = self.settings.model_fields.items()
        return tuple(name for name, given in fields if _IS_ADDRESS in given.metadata)

    @property
    def address_variables(self) -> tuple[str, ...]:
        """Return their variables."""
        return tuple(map(self.variable, self.address_settings))

    @property
    def default_settings(self) -> S:
        """Return what holds where nothing is set."""
        return self.settings.model_validate({})

    @property
    def is_asked_by_identifier(self) -> bool:
        """Whether what another provider teaches makes a better question."""
        return any(operation.identifier for operation in self.operations)

    def seconds_per_question(self) -> float:
        """Return the allowance that one question takes; batches take least."""
        largest = max(operation.questions_per_call for operation in self.operations)
        return self.limits(self.default_settings, 0.0).slowest_pace() / largest


AnySpec = ProviderSpec[Any]
