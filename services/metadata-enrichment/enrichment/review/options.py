"""What may be chosen for a question, best first; pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from enrichment.matching.by_person import ID_COLUMNS, PROVIDERS_OF_COLUMNS, value_of
from enrichment.model import Candidate, ProviderName
from enrichment.pipeline.explaining.explanation import (
    Explanation,
    JudgedCandidate,
    ProviderPart,
)
from enrichment.review.acts import Choice
from enrichment.review.pages_of_providers import page_of
from enrichment.review.questions import Case

# Keys 1 to 9 take one.
MOST = 9


@dataclass(frozen=True, slots=True)
class Option:
    """
    One thing to take.

    Args:
        value: what the field would hold; the track that an id is of, where several
            have it.
        judged, candidate: the recording, where it is one.
        page: of the provider, for a look.
        note: what it is, where it is no recording.
    """

    value: str
    field: str
    choices: tuple[Choice, ...]
    provider: str = ""
    judged: JudgedCandidate | None = None
    candidate: Candidate | None = None
    page: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """What may be taken, and what "none of these" would decide."""

    options: tuple[Option, ...]
    none: tuple[Choice, ...]


def options_of(case: Case) -> Options:
    """Return what a person may choose for a question."""
    return _MAKERS[case.question.kind](case)


def _recordings(case: Case, providers: Sequence[ProviderName]) -> Iterator[Option]:
    """Yield what providers offered for the first track: all have the same names."""
    for track in case.tracks[:1]:
        for part in track.providers:
            if part.provider not in providers:
                continue
            provider = ProviderName(part.provider)
            raw = {
                one.id: one
                for one in case.offered.get((str(track.track_id), provider), ())
            }
            for judged in part.candidates:
                value = value_of(raw[judged.id]) if judged.id in raw else None
                if value is not None:
                    yield _recording(case, provider, judged, raw[judged.id], value)


def _recording(
    case: Case,
    provider: ProviderName,
    judged: JudgedCandidate,
    candidate: Candidate,
    value: str,
) -> Option:
    field = ID_COLUMNS[provider]
    return Option(
        value=value,
        field=field,
        choices=_for_all(case, field, value),
        provider=provider,
        judged=judged,
        candidate=candidate,
        page=page_of(field, value),
    )


def _for_all(case: Case, field: str, value: str | None) -> tuple[Choice, ...]:
    return tuple(Choice(str(id_), field, value) for id_ in case.question.track_ids)


def _ambiguous(case: Case) -> Options:
    provider = ProviderName(case.question.subject)
    if provider not in ID_COLUMNS:
        # no column says which of its recordings it is: there is nothing to decide
        return Options((), ())
    return Options(
        tuple(_recordings(case, [provider]))[:MOST],
        _for_all(case, ID_COLUMNS[provider], None),
    )


def _no_match(case: Case) -> Options:
    """Offer what was refused, the nearest first."""
    found = sorted(
        _recordings(case, tuple(ID_COLUMNS)),
        key=lambda option: -(option.judged.score if option.judged else 0),
    )
    asked = {p.provider for t in case.tracks for p in t.providers}
    columns = [ID_COLUMNS[name] for name in ID_COLUMNS if name in asked]
    none = (_for_all(case, c, None) for c in columns or ID_COLUMNS.values())
    return Options(tuple(found)[:MOST], tuple(c for one in none for c in one))


def _in_conflict(case: Case) -> Options:
    if case.question.subject:
        return _told_by_files(case)
    matched = [
        ProviderName(part.provider)
        for track in case.tracks[:1]
        for part in track.providers
        if part.provider in ID_COLUMNS and _contradicts(part)
    ]
    taken = [
        option
        for option in _recordings(case, matched)
        if option.judged and _is_match(case.tracks[0], option)
    ]
    options = tuple(_with_others_refused(case, option, matched) for option in taken)
    none = [_for_all(case, ID_COLUMNS[name], None) for name in matched]
    return Options(options[:MOST], tuple(c for one in none for c in one))


def _contradicts(part: ProviderPart) -> bool:
    return part.outcome == "found" and any(
        reason.startswith("conflict: ") for reason in part.reasons
    )


def _is_match(track: Explanation, option: Option) -> bool:
    return any(
        part.provider == option.provider
        and option.judged is not None
        and part.provider_track_id == option.judged.id
        for part in track.providers
    )


def _with_others_refused(
    case: Case, option: Option, matched: Sequence[ProviderName]
) -> Option:
    """Of two recordings one is it: who takes one refuses the other."""
    others = [ID_COLUMNS[name] for name in matched if name != option.provider]
    refused = (c for column in others for c in _for_all(case, column, None))
    values = {name: getattr(option, name) for name in option.__slots__}
    return Option(**{**values, "choices": (*option.choices, *refused)})


def _told_by_files(case: Case) -> Options:
    field = case.question.subject
    told = [f for track in case.tracks[:1] for f in track.files if f.field == field]
    return Options(
        tuple(
            Option(
                value=fact.value,
                field=field,
                choices=_for_all(case, field, fact.value),
                page=page_of(field, fact.value),
                note=f"said by {fact.rows} rows of {fact.tracklists} files",
            )
            for fact in told[:MOST]
        ),
        _for_all(case, field, None),
    )


def _conflicting_ids(case: Case) -> Options:
    """Return which track an id is of: the others have none."""
    field, value = case.question.subject, case.question.key
    return Options(
        tuple(
            Option(
                # which of the tracks it is
                value=str(track.track_id),
                field=field,
                choices=tuple(
                    Choice(str(id_), field, value if id_ == track.track_id else None)
                    for id_ in case.question.track_ids
                ),
                page=page_of(field, value),
                note=f"{value} is {track.artist} - {track.title}",
            )
            for track in case.tracks[:MOST]
        ),
        _for_all(case, field, None),
    )


def _decisions_differ(case: Case) -> Options:
    field = case.question.subject
    return Options(
        tuple(
            Option(
                value=value,
                field=field,
                choices=_for_all(case, field, value),
                provider=PROVIDERS_OF_COLUMNS.get(field, ""),
                page=page_of(field, value),
                note="decided before two tracks became one",
            )
            for value in case.stated[:MOST]
            if value is not None
        ),
        _for_all(case, field, None),
    )


_MAKERS: Mapping[str, Callable[[Case], Options]] = {
    "ambiguous": _ambiguous,
    "no_match": _no_match,
    "fields_in_conflict": _in_conflict,
    "conflicting_ids": _conflicting_ids,
    "decisions_differ": _decisions_differ,
}


def seen_candidates(options: Options) -> list[dict[str, Any]]:
    """Return what a person saw, as a decision keeps it."""
    return [
        {
            "provider": option.provider,
            "score": option.judged.score,
            "verdict": option.judged.verdict,
            **_facts(option.candidate),
        }
        for option in options.options
        if option.judged is not None and option.candidate is not None
    ]


_FACTS = (
    *("id", "artist", "title", "artists", "album", "duration_ms", "isrcs"),
    *("release_date", "album_type", "video", "url"),
)


def _facts(candidate: Candidate) -> dict[str, Any]:
    return {name: getattr(candidate, name) for name in _FACTS}
