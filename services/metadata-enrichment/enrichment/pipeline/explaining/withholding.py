"""What of a track is hidden in commercial use: values that terms forbid there."""

from dataclasses import replace

from enrichment.pipeline.explaining.explanation import (
    Explanation,
    FieldOrigin,
    ProviderPart,
)
from enrichment.pipeline.explaining.mixing import mixing
from enrichment.providers.registry import SPECS
from enrichment.providers.spec import NOT_COMMERCIAL


def for_commercial_use(told: Explanation) -> Explanation:
    """Return an explanation without what is for non-commercial use alone."""
    fields = tuple(origin for origin in told.fields if _is_allowed(origin))
    parts = tuple(map(_without_answer, told.providers))
    mixed = mixing(fields, parts, told.files)
    return replace(told, fields=fields, providers=parts, mixing=mixed)


def _is_allowed(origin: FieldOrigin) -> bool:
    """Return whether a value may be shown; a person's own may."""
    return origin.pinned or origin.licence_class not in NOT_COMMERCIAL


def _without_answer(part: ProviderPart) -> ProviderPart:
    spec = next((spec for spec in SPECS.values() if spec.name == part.provider), None)
    if spec is None or not spec.terms.is_non_commercial:
        return part
    return replace(part, candidates=(), bpm=None)
