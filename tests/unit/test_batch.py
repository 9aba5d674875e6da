"""Equal requests of a batch are one track, which wants what any of them wants."""

from datetime import UTC, datetime

import pytest

from enrichment.batch import open_batch
from enrichment.tracks import ProviderName
from tests import factories

NOW = datetime(2026, 1, 2, tzinfo=UTC)
ISRC = "GBAAA9700001"


class NoRows:
    """Stands where the store is: no row says anything."""

    async def read(self, _):
        return {}

    async def revoked(self):
        return ()


class NothingFinished:
    """Stands where finished tracks are: none is known."""

    async def recall(self, _):
        return {}


async def batch_of(*requests):
    return await open_batch(
        requests,
        store=NoRows(),
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
