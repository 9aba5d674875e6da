"""Our own providers keep the contract that is published for others'."""

from enrichment.errors import (
    CapabilityClosed,
    CredentialsRefused,
    QuestionRefused,
    RateLimited,
    Shedding,
    Transient,
)
from enrichment.providers.deezer import spec as deezer
from enrichment.providers.lastfm import spec as lastfm
from enrichment.providers.musicbrainz import spec as musicbrainz
from enrichment.providers.reccobeats import spec as reccobeats
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


class TestDeezer(ProviderContract):
    spec = deezer.SPEC
    wanted = (wanted("Mira Kold", "Night Ferry"),)
    found = response("deezer/search")
    absent = response("deezer/error_800_no_data")
    refusals = (
        (response("deezer/error_4_quota"), RateLimited),
        (response("deezer/error_500_parameter"), QuestionRefused),
        (response("deezer/error_501_missing"), QuestionRefused),
        (response("deezer/error_600_path"), QuestionRefused),
        (response("deezer/error_700_busy"), Transient),
        (response("deezer/error_without_code"), Transient),
        (response("deezer/error_text_in_404"), Transient),
        (response("deezer/search_lost_its_rows"), Transient),
        (response("deezer/403_address"), RateLimited),
    )


class TestReccoBeats(ProviderContract):
    spec = reccobeats.SPEC
    wanted = (wanted("Mira Kold", "Night Ferry", isrc="QZAAA1400001"),)
    found = response("reccobeats/tracks")
    absent = response("reccobeats/nothing")
    refusals = (
        (response("reccobeats/400_too_many"), QuestionRefused),
        (response("reccobeats/429_seconds"), RateLimited),
        (response("reccobeats/429_date"), RateLimited),
        (response("reccobeats/500"), Transient),
        (response("reccobeats/error_in_200"), Transient),
        (response("reccobeats/tracks_of_others"), Transient),
        (response("deezer/403_address"), RateLimited),
    )
