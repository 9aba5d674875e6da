"""What a track is by its kept answers alone: no match vouches for another."""

import pytest

from enrichment.model import Outcome, ProviderName
from enrichment.pipeline.recompute import Contribution, recomputed_track
from enrichment.store.tracks.known import FileFact, KnownTrack
from tests import factories

SPOTIFY, MUSICBRAINZ = ProviderName("spotify"), ProviderName("musicbrainz")
ISRC = "GBAAA2600001"
NAMES = {"artist": "Night Fery", "title": "Harbor Lites"}
ROW = {
    "track_id": factories.track_id(0),
    "track_key": "night fery|harbor lites",
    "source": "scraper",
    "lane": "main",
    **NAMES,
}


def recomputed(said, known):
    kept = {(ROW["track_id"], one.provider): (one,) for one in said}
    rule = Contribution(provider=None, rule=-1)
    track = recomputed_track(ROW, known, kept, rule)
    return {record.provider: record for record in track.records}


def known(**facts):
    """A row of older rules: Spotify was asked by the ISRC of MusicBrainz' match."""
    records = {
        MUSICBRAINZ: factories.record(MUSICBRAINZ),
        SPOTIFY: factories.record(SPOTIFY, question=f"isrc:{ISRC}"),
    }
    return KnownTrack("completed", records=records, isrc=ISRC, **facts)


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        pytest.param(
            known(values={"isrc": factories.value(ISRC, MUSICBRAINZ)}),
            Outcome.ABSENT,
            id="learnt",
        ),
        pytest.param(known(), Outcome.FOUND, id="given"),
        pytest.param(
            known(
                values={"isrc": factories.value(ISRC, MUSICBRAINZ)},
                file_facts={"isrc": FileFact(ISRC, 1, 0)},
            ),
            Outcome.FOUND,
            id="of files",
        ),
    ],
)
def test_an_isrc_excuses_a_misspelling_where_it_was_given_alone(row, outcome):
    exact = factories.candidate(MUSICBRAINZ, **NAMES, isrcs=(ISRC,))
    misspelt = factories.candidate(
        SPOTIFY, artist="Night Ferry", title="Harbour Lights", isrcs=(ISRC,)
    )

    assert recomputed([exact, misspelt], row)[SPOTIFY].outcome is outcome


def test_two_matches_of_two_recordings_are_told_in_both_records():
    short = factories.candidate(SPOTIFY, **NAMES, duration_ms=210_000)
    long = factories.candidate(MUSICBRAINZ, **NAMES, duration_ms=412_000)

    records = recomputed([short, long], known())

    assert records[SPOTIFY].reasons == (
        "conflict: musicbrainz has 'Night Fery - Harbor Lites' (6:52)",
    )
    assert records[MUSICBRAINZ].reasons == (
        "conflict: spotify has 'Night Fery - Harbor Lites' (3:30)",
    )
