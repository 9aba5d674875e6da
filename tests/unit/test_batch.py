"""Equal requests of a batch are one track, which wants what any of them wants."""

from datetime import UTC, datetime

import pytest

from enrichment.model import ProviderName
from enrichment.pipeline.batch import open_batch
from enrichment.store.tracks.known import FileFact, KnownTrack
from tests import factories

NOW = datetime(2026, 1, 2, tzinfo=UTC)
ISRC = "GBAAA9700001"


class Rows:
    """Stands where the store is."""

    def __init__(self, known):
        self._known = known

    async def read(self, _):
        return self._known

    async def revoked(self):
        return ()


async def batch_of(*requests, known=None):
    return await open_batch(
        requests,
        store=Rows(known or {}),
        providers=[ProviderName("spotify")],
        now=NOW,
    )


@pytest.mark.parametrize("first", [0, 1])
async def test_of_two_equal_requests_the_stronger_wish_wins(first):
    wishes = [
        factories.request(0, force_refresh=True, isrc=ISRC, queued_at=NOW),
        factories.request(0),
    ]

    batch = await batch_of(wishes[first], wishes[1 - first])

    [track] = batch.tracks
    assert track.request.force_refresh
    assert track.request.queued_at == NOW
    assert track.progress.wanted.isrc == ISRC


async def test_requests_for_different_tracks_stay_apart():
    batch = await batch_of(factories.request(0, isrc=ISRC), factories.request(1))

    assert {track.progress.wanted.isrc for track in batch.tracks} == {ISRC, None}


def row(pins=(), values=(), score=1.0):
    """A row with an ISRC; `values`: what providers gave of it."""
    known = KnownTrack(
        "partial",
        values={name: factories.value(ISRC) for name in values},
        records={
            ProviderName("spotify"): factories.record(score=score, due_at=NOW),
        },
        pins=frozenset(pins),
        isrc=ISRC,
    )
    return {factories.track_id(0): known}


@pytest.mark.parametrize(
    ("known", "given", "is_sure"),
    [
        pytest.param(row(), ISRC, True, id="given"),
        pytest.param(row(pins=["isrc"], values=["isrc"]), ISRC, True, id="pinned"),
        pytest.param(row(values=["isrc"]), None, True, id="learnt"),
        pytest.param(row(values=["isrc"], score=0.85), None, False, id="unsure"),
    ],
)
async def test_an_isrc_that_a_provider_gave_is_a_way_to_ask_and_no_evidence(
    known, given, is_sure
):
    batch = await batch_of(factories.request(0, isrc=ISRC), known=known)

    progress = batch.tracks[0].progress
    assert progress.wanted.isrc == ISRC
    assert progress.wanted.given("isrc") == given
    assert progress.is_isrc_sure is is_sure


OTHER = "GBAAA9700002"
LENGTHS = {"duration_ms": FileFact("251000", 3, 1)}


def of_files(isrc, rival_rows=0, *, column=None, **known):
    """A row of which two rows of files say an ISRC; `column`: what stands there."""
    said = {"isrc": FileFact(isrc, 2, rival_rows), **LENGTHS}
    return KnownTrack("pending", isrc=column or isrc, file_facts=said, **known)


LEARNT = {"isrc": factories.value(OTHER)}


@pytest.mark.parametrize(
    ("known", "asked", "given", "by_files"),
    [
        pytest.param(of_files(ISRC), ISRC, ISRC, True, id="files alone"),
        pytest.param(of_files(ISRC, 2), ISRC, None, True, id="as many disagree"),
        pytest.param(
            of_files(ISRC, column=OTHER, values=LEARNT), ISRC, ISRC, True,
            id="a provider's value stands above it",
        ),
        pytest.param(
            of_files(ISRC, column=OTHER, pins=frozenset({"isrc"})), OTHER, OTHER, False,
            id="pinned",
        ),
        pytest.param(of_files(ISRC, column=OTHER), OTHER, OTHER, False, id="given"),
    ],
)  # fmt: skip
async def test_what_files_say_is_evidence_whenever_it_is_asked(
    known, asked, given, by_files
):
    """As the first time: what providers taught meanwhile changes no decision."""
    batch = await batch_of(factories.request(0), known={factories.track_id(0): known})

    progress = batch.tracks[0].progress
    assert progress.wanted.isrc == asked
    assert progress.wanted.given("isrc") == given
    assert progress.wanted.duration_ms == 251_000
    assert progress.file_isrc == (asked if by_files else None)
    assert progress.is_isrc_sure


async def test_a_length_that_as_many_files_contradict_is_no_evidence():
    said = {"duration_ms": FileFact("251000", 1, 1)}
    known = KnownTrack("pending", duration_ms=251_000, file_facts=said)

    batch = await batch_of(factories.request(0), known={factories.track_id(0): known})

    assert batch.tracks[0].progress.wanted.duration_ms is None
