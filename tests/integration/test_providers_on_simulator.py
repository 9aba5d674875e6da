"""The three providers over real HTTP: what we ask and read is what they speak."""

from contextlib import asynccontextmanager

import pytest

from enrichment.errors import RateLimited
from enrichment.model import Found, ProviderName
from enrichment.providers.http.sender import HttpSender
from enrichment.providers.lastfm.provider import LastFm
from enrichment.providers.musicbrainz.provider import MusicBrainz
from enrichment.providers.spotify.provider import Spotify
from enrichment.providers.spotify.token import SpotifyAuthorizer
from enrichment.providers.tokens import InMemoryTokenStore
from provider_simulator.app import running_simulator
from provider_simulator.registry import settings_of
from provider_simulator.world.coverage import PROFILES
from provider_simulator.world.invention import invent
from provider_simulator.world.names import invented_tracks
from tests.provider_samples import asked, wanted

AGENT = "Tests/1.0 ( tests@example.org )"
GENEROUS = settings_of(
    latency=0.0, spotify_window_calls=100_000, lastfm_calls_per_second=100_000.0
)
# All in one address: MusicBrainz lets a rested one make 22 calls at once.
TRACKS = invented_tracks(200, seed=3)


class Calls(list):
    """Keeps what was reported."""

    def called(self, report):
        self.append(report)


@asynccontextmanager
async def providers(settings=GENEROUS):
    """Give a simulator of a world that knows every track, and a client to ask it."""
    world = invent(TRACKS, PROFILES["full"], seed=3)
    calls = Calls()
    async with running_simulator(world, settings=settings) as running:
        authorizer = SpotifyAuthorizer(
            "id",
            "secret",
            InMemoryTokenStore(),
            token_url=f"{running.url}/spotify/api/token",
        )
        async with HttpSender(
            calls, authorizers={ProviderName("spotify"): authorizer}
        ) as sender:
            yield running, sender, calls


def printed(track):
    """Give the names a tracklist would print."""
    credit = track.artist
    if track.featured:
        credit += f" feat. {track.featured[0]}"
    return credit, f"{track.title} ({track.version})" if track.version else track.title


async def test_musicbrainz_answers_a_hundred_tracks_in_few_calls():
    async with providers() as (running, sender, calls):
        provider = MusicBrainz(AGENT, f"{running.url}/musicbrainz/ws/2")
        questions = list(dict.fromkeys(asked(provider, *printed(t)) for t in TRACKS))
        questions = questions[:100]
        size = provider.batch_size("search")
        left = [questions[at : at + size] for at in range(0, len(questions), size)]
        answers = {}
        while left:
            reading = await sender.ask(provider, left.pop())
            answers |= reading.answers
            left += reading.again

        missing = [q for q in questions if not isinstance(answers[q], Found)]
        assert missing == []
        seen = running.ledger.summary("musicbrainz")
        assert seen["calls"] == len(calls) <= 12
        assert seen["refusals"] == seen["rejected"] == 0
        assert list(seen["user_agents"]) == [AGENT]


async def test_musicbrainz_answers_isrcs_in_one_call():
    async with providers() as (running, sender, _):
        provider = MusicBrainz(AGENT, f"{running.url}/musicbrainz/ws/2")
        recordings = running.simulator.world.of("musicbrainz")
        owned = {code for recording in recordings for code in recording.isrcs}
        codes = sorted(owned)[:30]
        questions = [provider.question(wanted("A", "B", isrc=code)) for code in codes]
        reading = await sender.ask(provider, questions)
        for question in questions:
            found = {one.id for one in reading.answers[question].candidates}
            assert found == {
                one.mbid for one in recordings if question.isrc in one.isrcs
            }


async def test_spotify_finds_by_names_and_by_isrc_with_one_token():
    async with providers() as (running, sender, calls):
        provider = Spotify(f"{running.url}/spotify/v1")
        for track in TRACKS[:30]:
            question = asked(provider, *printed(track))
            reading = await sender.ask(provider, [question])
            found = reading.answers[question]
            assert isinstance(found, Found), question
            code = found.candidates[0].isrcs[0]
            by_code = asked(provider, "A", "B", isrc=code)
            again = (await sender.ask(provider, [by_code])).answers[by_code]
            assert all(code in one.isrcs for one in again.candidates)
        seen = running.ledger.summary("spotify")
        assert seen["token_requests"] == 1
        assert seen["calls"] == sum(call.operation != "token" for call in calls) == 60


async def test_spotify_beyond_its_window_is_a_rate_limit_with_its_wait():
    settings = settings_of(latency=0.0, spotify_window_calls=2)
    async with providers(settings) as (running, sender, _):
        provider = Spotify(f"{running.url}/spotify/v1")
        question = asked(provider, *printed(TRACKS[0]))
        for _ in range(2):
            await sender.ask(provider, [question])
        with pytest.raises(RateLimited) as raised:
            await sender.ask(provider, [question])
        assert 0 < raised.value.retry_after <= 30


async def test_lastfm_finds_tracks_and_their_tags():
    async with providers() as (running, sender, _):
        provider = LastFm("key", f"{running.url}/lastfm/2.0/")
        found = 0
        for track in TRACKS[:30]:
            question = asked(provider, *printed(track))
            reading = await sender.ask(provider, [question])
            found += isinstance(reading.answers[question], Found)
            tags = provider.tags_question(wanted(*printed(track)))
            await sender.ask(provider, [tags])
        assert found >= 25
