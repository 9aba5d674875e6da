"""What `explain` tells of a track: values for people, for JSON and for the HTTP API."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic.dataclasses import dataclass

from enrichment import matching
from enrichment.matching import by_person, weights
from enrichment.matching.deciding import same_recording
from enrichment.model import Candidate, Decision, Verdict, Wanted
from enrichment.pipeline.explaining.tempo import TempoDoubt

# Pydantic's dataclasses: plain values here, and their JSON schema in the API's OpenAPI.


@dataclass(frozen=True, slots=True)
class NamedPenalty:
    """One disagreement of a candidate with the wanted track."""

    name: str
    amount: float
    reason: str


@dataclass(frozen=True, slots=True)
class JudgedCandidate:
    """
    One recording that a provider offered.

    Args:
        verdict: accepted, not_sure or refused, by today's rules.
        why: the verdict's reason, in words.
        excuses: evidence that made penalties smaller.
    """

    id: str
    artist: str
    title: str
    album: str | None
    duration_ms: int | None
    isrcs: tuple[str, ...]
    release_date: str | None
    score: float
    verdict: str
    why: str
    penalties: tuple[NamedPenalty, ...]
    excuses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProviderPart:
    """
    What one provider was asked, said, and came to.

    Args:
        outcome, score, reasons: as written when the answer was decided.
        due_at, due_reason: when it is to be asked again and why; None: not waiting.
        due_detail: what the provider said of it; without our keys.
        under_way_since: a message that asks again is on its way since then.
        stale_at, stale_why: when the answer gets too old, and by which rule.
        answer_kept: False: never archived, expired by the provider's terms, or purged.
        outcome_today: what the kept answer comes to by today's rules.
        conflict: what another provider's match says against this one, by today's rules.
        bpm: the tempo that its match has, whoever's value the track has.
    """

    provider: str
    outcome: str
    question: str
    fetched_at: datetime
    provider_track_id: str | None
    score: float | None
    reasons: tuple[str, ...]
    failed_attempts: int
    due_at: datetime | None
    due_reason: str | None
    due_detail: str | None
    under_way_since: datetime | None
    stale_at: datetime | None
    stale_why: str | None
    answer_kept: bool
    answer_expires_at: datetime | None
    licence_class: str | None
    outcome_today: str | None
    candidates: tuple[JudgedCandidate, ...]
    conflict: str | None = None
    bpm: float | None = None


@dataclass(frozen=True, slots=True)
class FieldOrigin:
    """
    One value: who said so, how sure, when. Without a provider: given to us.

    Args:
        licence_class: what the provider lets us do with this field.
    """

    field: str
    value: Any
    provider: str | None
    confidence: float | None
    fetched_at: datetime | None
    rule_version: int | None
    pinned: bool
    licence_class: str | None = None


@dataclass(frozen=True, slots=True)
class FileFact:
    """
    What users' files say of a field, the value of most rows first.

    Args:
        rows, tracklists: how many say so.
        differs: other files say another value; none overwrites the other.
    """

    field: str
    value: str
    rows: int
    tracklists: int
    differs: bool


@dataclass(frozen=True, slots=True)
class Credit:
    """One artist on the track."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A tracklist's row that is this track."""

    tracklist_id: int
    source: str
    source_key: str
    title: str | None
    artist: str | None
    url: str | None
    position: int
    cue_seconds: int | None
    raw: str
    retrieved_at: datetime


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened, or is to happen, to the track."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class TempoReading:
    """What one source says of the tempo; files are one source."""

    source: str
    bpm: float


@dataclass(frozen=True, slots=True)
class Mixing:
    """
    What a DJ mixes by.

    Args:
        bpm: as its source gave it, and stored.
        bpm_folded: at the octave in which it is played, 70 to 180.
        readings: of all sources.
        tempo_doubt: two of them differ by an octave, or otherwise.
        camelot, open_key: of one key.
    """

    bpm: float | None = None
    bpm_folded: float | None = None
    bpm_source: str | None = None
    readings: tuple[TempoReading, ...] = ()
    tempo_doubt: TempoDoubt | None = None
    camelot: str | None = None
    open_key: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    All that is known of one track, and why.

    Args:
        track_key: the readable identity that `track_id` is made of.
        mentions: the latest; `mentioned` counts all.
        files: what users' files say, where they differ too.
        mixing: tempo and key as a DJ reads them.
    """

    track_id: UUID
    track_key: str
    artist: str
    title: str
    version: str | None
    remixers: tuple[str, ...]
    featured: tuple[str, ...]
    status: str
    status_reason: str | None
    outcome: str | None
    lane: str
    priority: int
    source: str
    attempts: int
    main_source: str | None
    data_version: str | None
    fields: tuple[FieldOrigin, ...]
    credits: tuple[Credit, ...]
    providers: tuple[ProviderPart, ...]
    timeline: tuple[Moment, ...]
    mentioned: int
    mentions: tuple[Mention, ...]
    files: tuple[FileFact, ...] = ()
    mixing: Mixing = Mixing()


def judge(
    wanted: Wanted, candidates: tuple[Candidate, ...]
) -> tuple[Decision, tuple[JudgedCandidate, ...]]:
    """Decide as a worker does today, and say of each candidate why or why not."""
    decision = matching.decide(wanted, candidates)
    judged = [_judged(wanted, candidate, decision) for candidate in candidates]
    # the chosen one leads, whatever shares its score
    chosen = decision.candidate.id if decision.candidate else None
    judged.sort(key=lambda one: (one.id != chosen, -one.score))
    return decision, tuple(judged)


def _judged(
    wanted: Wanted, candidate: Candidate, decision: Decision
) -> JudgedCandidate:
    comparison = matching.compare(wanted, candidate)
    verdict, why = _verdict(candidate, comparison.score, decision)
    return JudgedCandidate(
        id=candidate.id,
        artist=candidate.artist,
        title=candidate.title,
        album=candidate.album,
        duration_ms=candidate.duration_ms,
        isrcs=candidate.isrcs,
        release_date=candidate.release_date,
        score=round(comparison.score, 4),
        verdict=verdict,
        why=why,
        penalties=tuple(
            NamedPenalty(p.name, round(p.amount, 4), p.reason)
            for p in sorted(comparison.penalties, key=lambda p: (-p.amount, p.name))
        ),
        excuses=comparison.excuses,
    )


def _verdict(  # noqa: PLR0911 (one answer for each reason)
    candidate: Candidate, score: float, decision: Decision
) -> tuple[str, str]:
    """Return what became of a candidate and why, in words."""
    best = decision.candidate
    if decision.reasons in ((by_person.TAKEN,), (by_person.REFUSED,)):
        is_taken = best is not None and candidate.id == best.id
        return "accepted" if is_taken else "refused", decision.reasons[0]
    if score < weights.AMBIGUOUS:
        return "refused", f"{score:.2f} is under {weights.AMBIGUOUS:.2f}: another track"
    if score < weights.ACCEPT:
        return "not_sure", f"{score:.2f} is under {weights.ACCEPT:.2f}: not sure enough"
    if best is None or decision.verdict is Verdict.AMBIGUOUS:
        told = [reason for reason in decision.reasons if reason.startswith("margin:")]
        return "not_sure", told[0] if told else "another recording is as near"
    if candidate.id == best.id:
        return "accepted", f"{score:.2f} is at least {weights.ACCEPT:.2f}, none nearer"
    if same_recording(best, candidate):
        return "refused", f"the same recording as {best.id}, which ranks before it"
    return "refused", f"{best.id} is nearer by {decision.score - score:.2f}"
