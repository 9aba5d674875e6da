"""
docs/providers.md, made of the specs: `python -m enrichment.providers.described`.

A test of the repository holds the file equal.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence

from enrichment.providers.allowance import Limits, Quota, Window
from enrichment.providers.registry import BUILT_IN
from enrichment.providers.spec import AnySpec

_HEAD = """\
# Providers

Made of the specs in `enrichment/providers/*/spec.py`; do not edit. Anew:
`python -m enrichment.providers.described > docs/providers.md`

`ENRICHMENT_PROVIDERS` names whom to ask. Where it is empty, everybody is asked who has
what it needs; a provider that is left out costs no call, no connection and no query.
`ENRICHMENT_COMMERCIAL_USE=true` leaves out those whose terms allow non-commercial use
alone, and hides their values. `enrichment replay --providers LIST` tries any of them on
invented providers.
"""
_COLUMNS = (
    *("provider", "needs", "asked by default", "questions a call", "allowance"),
    *("licence", "read from"),
)


def document(specs: Sequence[AnySpec] = BUILT_IN) -> str:
    """Return the page."""
    return "\n".join([_HEAD, *_overview(specs), *_order(specs), *_each(specs)])


def _overview(specs: Sequence[AnySpec]) -> Iterator[str]:
    yield from _header(_COLUMNS)
    for spec in specs:
        needs = (
            ", ".join(f"`{spec.variable(name)}`" for name in spec.needs) or "nothing"
        )
        default = "yes" if spec.is_expected or not spec.needs else "with its key"
        batches = ", ".join(f"{o.name} {o.questions_per_call}" for o in spec.operations)
        limits = _allowance(spec.limits(spec.default_settings, 0.0))
        yield _row(
            *(f"{spec.title} (`{spec.name}`)", needs, default, batches, limits),
            *(spec.terms.licence.value, spec.evidence),
        )
    yield ""


def _header(columns: Sequence[str]) -> Iterator[str]:
    yield _row(*columns)
    yield f"|{'---|' * len(columns)}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _allowance(limits: Limits) -> str:
    return " and ".join(_shape(shape) for shape in limits.shapes)


def _shape(shape: Window | Quota) -> str:
    return f"{shape.calls:,} in {shape.seconds:,g} s"


def _order(specs: Iterable[AnySpec]) -> Iterator[str]:
    """Yield which provider's value stands, by column."""
    yield "## Whose value stands"
    yield ""
    yield "The surest first; of dates the earliest year. A person's pin is above all, a"
    yield "file's value below all."
    yield ""
    columns: dict[str, list[tuple[float, str]]] = {}
    for spec in specs:
        for column, gives in spec.fields.items():
            columns.setdefault(column, []).append((gives.confidence, spec.name))
    yield from _header(("column", "order"))
    for column, given in sorted(columns.items()):
        order = sorted(given, key=lambda one: (-one[0], one[1]))
        yield _row(f"`{column}`", ", ".join(f"{n} {c:.2f}" for c, n in order))
    yield ""


def _each(specs: Iterable[AnySpec]) -> Iterator[str]:
    for spec in specs:
        terms = spec.terms
        settings = ", ".join(
            f"`{spec.variable(name)}`" for name in spec.settings.model_fields
        )
        yield f"## {spec.title}"
        yield ""
        yield f"- Variables: {settings}."
        yield (
            f"- Terms: {terms.licence.value}, <{terms.url}>, read on {terms.read_on};"
            f" answers are remembered for {terms.longest_cache_days} days at most,"
            f" {spec.default_settings.cache_ttl_days:g} by default."
        )
        if terms.notice:
            yield f"- Notice: {terms.notice}"
        yield f"- Asked again: {spec.stale_reason}."
        yield ""
        yield from _header(("column", "sure", "licence", "why"))
        for column, gives in spec.fields.items():
            sure, licence = f"{gives.confidence:.2f}", gives.licence.value
            yield _row(f"`{column}`", sure, licence, gives.why)
        yield ""


if __name__ == "__main__":
    sys.stdout.write(document())
