"""Pages that complete a match: which one is asked next, and what it adds. Pure."""

import dataclasses
from collections.abc import Collection

from msgspec.structs import replace

from enrichment.model import (
    Candidate,
    Decision,
    ProviderName,
    Question,
    Sound,
    Verdict,
)
from enrichment.providers.registry import SPECS

# Operations that are asked of a match, and decide nothing.
_COMPLETING = frozenset(
    (spec.name, operation.name)
    for spec in SPECS.values()
    for operation in spec.operations
    if operation.completes
)
# What a page may add to a match: all that does not say which recording it is.
_FILLED = (
    *("isrcs", "release_date", "album", "album_type", "label", "genres"),
    *("artwork_url", "url", "popularity"),
)


def completes(question: Question) -> bool:
    """Return whether a question is asked of a match, and decides nothing."""
    return (question.provider, question.operation) in _COMPLETING


def next_page(
    name: ProviderName, decision: Decision | None, asked: Collection[Question]
) -> Question | None:
    """Return what is asked next to complete a match; None where nothing is."""
    if decision is None or decision.verdict is not Verdict.ACCEPT:
        return None
    match = decision.candidate
    wanted = SPECS[name].details(match) if match is not None else ()
    return next((one for one in wanted if one not in asked), None)


def filled(match: Candidate, page: Candidate) -> Candidate:
    """Return a match with what it lacks from a page of the same provider."""
    lacking = {
        name: value
        for name in _FILLED
        if not getattr(match, name) and (value := getattr(page, name))
    }
    codes = dict(page.codes) | dict(match.codes)
    sound = _with_the_rest(match.sound, page.sound)
    return replace(match, **lacking, sound=sound, codes=tuple(codes.items()))


def _with_the_rest(match: Sound, page: Sound) -> Sound:
    known = {
        part.name: value
        for part in dataclasses.fields(Sound)
        if (value := getattr(match, part.name)) is not None
    }
    return dataclasses.replace(page, **known)
