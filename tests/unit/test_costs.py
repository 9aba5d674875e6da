"""What a plan will cost, by hand-counted cases."""

import pytest

from enrichment.lookup import costs
from enrichment.lookup.costs import Work, drain_seconds, forecast, total_seconds
from enrichment.model import ProviderName
from enrichment.providers.allowance import Limits, Quota, Window
from enrichment.providers.registry import CHAINS
from tests import factories

LIMITS = factories.limits(spotify={"calls_per_day": 1_000_000})


def work(tracks: int) -> dict[ProviderName, Work]:
    return {
        ProviderName("musicbrainz"): Work(tracks, 0, name_batch=25, isrc_batch=67),
        ProviderName("spotify"): Work(tracks, 0),
        ProviderName("lastfm"): Work(tracks, 0),
    }


@pytest.mark.parametrize(
    ("calls", "seconds"),
    [(0, 0), (1, 0), (60, 0), (61, 30), (120, 30), (121, 60), (201, 3600)],
)
def test_the_last_call_waits_for_whole_windows_and_days(calls, seconds):
    limits = Limits((Window(60, 30.0),), Quota(200, seconds=3600))

    assert drain_seconds(limits, calls) == seconds


def test_the_longest_chain_and_its_first_batch_are_the_answer():
    made = forecast(work(600), LIMITS, in_flight=8)
    by_name = {part.provider: part for part in made}

    total = total_seconds(made, LIMITS, CHAINS)

    assert by_name[ProviderName("spotify")].seconds == 9 * 30.25
    # Spotify waits for MusicBrainz' first batch, and its last for MusicBrainz again
    assert 0 < total - costs.START_SECONDS - 9 * 30.25 < 15


def test_nothing_to_ask_takes_no_time():
    assert total_seconds(forecast(work(0), LIMITS, in_flight=8), LIMITS, CHAINS) == 0


def test_one_worker_uses_every_allowance_up():
    assert costs.useful_workers(forecast(work(5000), LIMITS, in_flight=8)) == 1
