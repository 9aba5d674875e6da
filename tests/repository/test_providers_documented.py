"""docs/providers.md is what the specs say."""

from enrichment.providers.described import document
from enrichment.providers.registry import BUILT_IN
from tests.pipeline import PROJECT


def test_the_page_is_made_of_the_specs():
    page = (PROJECT / "docs" / "providers.md").read_text(encoding="utf-8")

    assert page == document(), "python -m enrichment.providers.described"


def test_every_field_has_a_reason_for_its_place():
    without = [
        f"{spec.name}.{column}"
        for spec in BUILT_IN
        for column, gives in spec.fields.items()
        if not gives.why
    ]

    assert without == []
