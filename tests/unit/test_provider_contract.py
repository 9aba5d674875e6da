"""Our own providers keep the contract that is published for others'."""

from enrichment.errors import (
    CapabilityClosed,
    CredentialsRefused,
    QuestionRefused,
    RateLimited,
    Shedding,
    Transient,
)
from enrichment.providers.lastfm import spec as lastfm
from enrichment.providers.musicbrainz import spec as musicbrainz
from enrichment.providers.spotify import spec as spotify
from enrichment.testing import ProviderContract
from tests.provider_samples import response, wanted


class TestSpotify(ProviderContract):
    spec = spotify.SPEC
    wanted = (wanted("Mira Kold", "Night Ferry"),)
    found = response("spotify/search_several_versions")
    absent = response("spotify/search_nothing")
    refusals = (
        (response("spotify/400_invalid_limit"), QuestionRefused),
        (response("spotify/401_token_ended"), CredentialsRefused),
        (response("spotify/403_closed"), CapabilityClosed),
        (response("spotify/403_premium"), CredentialsRefused),
        (response("spotify/429_quota"), RateLimited),
        (response("spotify/429_plain_text_for_hours"), RateLimited),
        (response("spotify/502_gateway_page"), Transient),
    )


class TestMusicBrainz(ProviderContract):
    spec = musicbrainz.SPEC
    set_ = {"user_agent": "Tests/1.0 ( tests@localhost )"}  # noqa: RUF012 (as in a package)
    wanted = (wanted("Mira Kold", "Night Ferry"),)
    found = response("musicbrainz/search_two_questions")
    absent = response("musicbrainz/search_nothing")
    refusals = (
        (response("musicbrainz/400_query"), QuestionRefused),
        (response("musicbrainz/403_no_user_agent"), CredentialsRefused),
        (response("musicbrainz/503_busy_global"), Shedding),
        (response("musicbrainz/503_our_rate"), RateLimited),
    )


class TestLastFm(ProviderContract):
    spec = lastfm.SPEC
    wanted = (wanted("Mira Kold", "Night Ferry"),)
    found = response("lastfm/track")
    absent = response("lastfm/error_6_not_found")
    refusals = (
        (response("lastfm/error_10_key"), CredentialsRefused),
        (response("lastfm/error_6_no_key"), CredentialsRefused),
        (response("lastfm/error_29_in_200"), RateLimited),
        (response("lastfm/error_8_backend"), Transient),
    )
