"""
The nouns: question, candidate, answer, decision, enriched track. Frozen values.

Those that a track has many of are msgspec's structs: made in a fifth of the time that
a frozen dataclass takes, and changed by `msgspec.structs.replace`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType

from msgspec import Meta, Struct
from msgspec.structs import replace

from enrichment.contract.identity.titles import TrackName

# A provider by the name that is in metrics, keys and rows; `providers.registry`
# says which there are, and checks names from outside.
ProviderName = NewType("ProviderName", str)


# Which recording of a provider a person has decided on, by column; None: none of them.
Held = tuple[tuple[str, str | None], ...]


class Wanted(Struct, frozen=True, gc=False):
    """
    A track that somebody wants to be known: what we may ask providers with.

    Args:
        track_id: UUID of its identity, text form.
        name: parsed artist and title.
        isrc: upper case, no dashes; from the message, the row, or learnt on the way.
        spotify_id, musicbrainz_id: known ids, if any.
        duration_ms, album, year: evidence for matching, if known.
        learnt: which of the identifiers a provider's match taught: they are ways to
            ask, and no evidence, since the match may be of another recording.
        held: what a person has decided.
    """

    track_id: str
    name: TrackName
    isrc: str | None = None
    spotify_id: str | None = None
    musicbrainz_id: str | None = None
    duration_ms: int | None = None
    album: str | None = None
    year: int | None = None
    learnt: frozenset[str] = frozenset()
    held: Held = ()

    def taught(self, isrc: str) -> "Wanted":
        """Return the same with an ISRC that a provider's match has taught."""
        return replace(self, isrc=isrc, learnt=self.learnt | {"isrc"})

    def given(self, column: str) -> str | None:
        """Return an identifier that a message or a person gave, none learnt."""
        value: str | None = getattr(self, column)
        return value if column not in self.learnt else None


@dataclass(frozen=True, slots=True)
class Question:
    """
    One thing to ask one provider; equal questions have one answer.

    Args:
        operation: closed set per provider ("search", "isrc", "track").
        key: normalised and readable ("deadmau5:strobe", "USUS11000001"); provider,
            operation and key together are the cache key.
        artist, title: the names to ask with, as parsed (title without version).
        version: the version to ask with, where the provider can use it.
        isrc: upper case, no dashes.
    """

    provider: ProviderName
    operation: str
    key: str
    # spellings of one key are one question: the first one asks for all
    artist: str = field(default="", compare=False)
    title: str = field(default="", compare=False)
    version: str | None = field(default=None, compare=False)
    isrc: str | None = field(default=None, compare=False)


# What columns hold: whoever reads a candidate from outside finds out at once.
Integer = Annotated[int, Meta(ge=0, le=2**31 - 1)]
BigInteger = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Percent = Annotated[int, Meta(ge=0, le=100)]


@dataclass(frozen=True, slots=True)
class Sound:
    """
    How a recording sounds, as one provider has measured it.

    Args:
        bpm: as given, at any octave.
        musical_key: tone and mode ("F# minor").
        energy, danceability, valence: 0..1.
        loudness: decibels, of the whole recording.
    """

    bpm: float | None = None
    musical_key: str | None = None
    energy: float | None = None
    danceability: float | None = None
    valence: float | None = None
    loudness: float | None = None


SILENT = Sound()


class Candidate(Struct, frozen=True, gc=False):
    """
    One recording as one provider describes it; all but the names may be missing.

    Args:
        id: the provider's own id; a name-based key where it has none (Last.fm).
        artist: the whole credit as printed.
        title: as printed, version included.
        artists: names of the credited artists, in order.
        artist_ids: the provider's ids of `artists`, in order ("" where missing).
        duration_ms: milliseconds.
        isrcs: upper case, no dashes.
        release_date: ISO date or part of one, the earliest known.
        genres: names with a weight 0..100, best first.
        popularity: 0..100 (Spotify).
        listeners, playcount: people, plays (Last.fm).
        score: the provider's own rank, 0..100; no confidence.
        album_type: "album", "single", "compilation", "dj-mix", … of `album`.
        official: false where only bootlegs and promotions hold it (MusicBrainz).
        aliases: pairs of a credited name and another that the artist goes by.
        video: true for a recording of a video: never sure by itself.
        codes: pairs of a column, or of a word of the provider's own, and what the
            provider knows it by: ids elsewhere, catalogue number, barcode, its album.
    """

    provider: ProviderName
    id: str
    artist: str
    title: str
    artists: tuple[str, ...] = ()
    artist_ids: tuple[str, ...] = ()
    album: str | None = None
    duration_ms: Integer | None = None
    isrcs: tuple[str, ...] = ()
    release_date: str | None = None
    genres: tuple[tuple[str, int], ...] = ()
    popularity: Percent | None = None
    listeners: BigInteger | None = None
    playcount: BigInteger | None = None
    artwork_url: str | None = None
    label: str | None = None
    url: str | None = None
    score: int | None = None
    video: bool | None = None
    album_type: str | None = None
    official: bool | None = None
    aliases: tuple[tuple[str, str], ...] = ()
    sound: Sound = SILENT
    codes: tuple[tuple[str, str], ...] = ()

    def code(self, name: str) -> str | None:
        """Return one of `codes`."""
        return next((code for known, code in self.codes if known == name), None)


class Found(Struct, frozen=True, gc=False):
    """The provider knows recordings for the question; remembered long."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """The provider says it has none; remembered shorter, doubling."""


class FailureReason(StrEnum):
    """Why a call gave no answer: the classes that rows and metrics name."""

    # 5xx, timeout, reset connection, a body that is none
    TRANSIENT = "transient"
    SHEDDING = "shedding"
    QUESTION_REFUSED = "question_refused"
    LEFT_OUT = "left_out"
    # a fault of ours
    BROKE = "broke"


@dataclass(frozen=True, slots=True)
class Failed:
    """
    We could not get an answer (timeout, 5xx, cut body); never remembered.

    Args:
        detail: what was said, for a person; without our secrets, and short.
    """

    reason: FailureReason
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Benched:
    """Not to be asked before `until`: quota, pause or a refusal; not an error."""

    until: datetime
    reason: str


# The four answers to a call, never mixed.
Answer = Found | Absent | Failed | Benched


class Verdict(StrEnum):
    """What matching says of a question's candidates."""

    ACCEPT = "accept"
    AMBIGUOUS = "ambiguous"
    NONE = "none"


class Decision(Struct, frozen=True, gc=False):
    """
    The outcome of matching one wanted track with one answer's candidates.

    Args:
        candidate: the accepted one; the best one when ambiguous; else None.
        score: 0..1 of the best candidate.
        reasons: named penalties and facts, best candidate's first, for people.
    """

    verdict: Verdict
    candidate: Candidate | None
    score: float
    reasons: tuple[str, ...] = ()


class FieldValue(Struct, frozen=True, gc=False):
    """One value with where it came from. `confidence` is 0..1."""

    value: object
    provider: ProviderName
    confidence: float
    fetched_at: datetime
    rule_version: int


class Outcome(StrEnum):
    """What one provider's part of a track came to."""

    FOUND = "found"
    ABSENT = "absent"
    AMBIGUOUS = "ambiguous"
    FAILED = "failed"
    BENCHED = "benched"

    @property
    def is_answer(self) -> bool:
        """Whether it says something of the world, not of an attempt."""
        return self is not Outcome.FAILED and self is not Outcome.BENCHED


# The artists that a provider credits with a recording, each with its id or "".
Artists = tuple[tuple[str, str], ...]


class ProviderRecord(Struct, frozen=True, gc=False):
    """
    What one provider contributed to one track.

    Args:
        question: readable key of the question asked, for explain and re-matching.
        due_at: when this part is to be asked again; None when it is done.
        due_reason: a class of why; due_detail: what was said, for a person.
        artists: whom the accepted candidate credits; None where nobody noted it.
        bpm: what the accepted candidate says, whoever's value the row has.
    """

    provider: ProviderName
    outcome: Outcome
    question: str
    fetched_at: datetime
    provider_track_id: str | None = None
    score: float | None = None
    reasons: tuple[str, ...] = ()
    due_at: datetime | None = None
    due_reason: str | None = None
    due_detail: str | None = None
    attempts: int = 0
    artists: Artists | None = None
    bpm: float | None = None


class ArtistCredit(Struct, frozen=True, gc=False):
    """One artist in one role ("main", "featured", "remixer") on a track, in order."""

    name: str
    role: str
    position: int
    spotify_id: str | None = None
    musicbrainz_id: str | None = None


class EnrichedTrack(Struct, frozen=True, gc=False):
    """
    Everything to be written for one track: values, provenance, records, credits.

    Args:
        track_key: readable identity that `wanted.track_id` is made of.
        values: by column of `tracks`.
        source, lane: where the track came from, for rows that do not exist yet.
    """

    wanted: Wanted
    track_key: str
    values: Mapping[str, FieldValue]
    records: tuple[ProviderRecord, ...]
    credits: tuple[ArtistCredit, ...] = ()
    source: str = "scraper"
    lane: str = "main"

    @property
    def status(self) -> str:
        """
        Completed when every provider has answered; partial while an answer waits.

        An answer that stands and is only to be renewed leaves a track completed.
        """
        for record in self.records:
            if record.due_at is not None and not record.outcome.is_answer:
                return "partial"
        return "completed"

    @property
    def outcome(self) -> str | None:
        """What it came to over all providers; None while nobody has answered."""
        outcomes = [record.outcome for record in self.records]
        if Outcome.FOUND in outcomes:
            return "matched"
        if Outcome.AMBIGUOUS in outcomes:
            return "ambiguous"
        return "no_match" if Outcome.ABSENT in outcomes else None
