"""Equal requests of a batch are one track, which wants what any of them wants."""

from datetime import UTC, datetime

import pytest

from enrichment.batch import open_batch
from enrichment.tracks import ProviderName
from enrichment.writing.known import KnownTrack
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


class NothingFinished:
    """Stands where finished tracks are: none is known."""

    async def recall(self, _):
        return {}


async def batch_of(*requests, known=None):
    return await open_batch(
        requests,
        store=Rows(known or {}),
        finished=NothingFinished(),
        providers=[ProviderName.SPOTIFY],
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
            ProviderName.SPOTIFY: factories.record(score=score, due_at=NOW),
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
