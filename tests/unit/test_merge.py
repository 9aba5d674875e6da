"""Which provider wins each field, what is never overwritten, who is credited."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from msgspec.structs import replace

from enrichment.contract import sources
from enrichment.contract.identity.titles import parse_name
from enrichment.exports.fields import licence_of
from enrichment.model import Candidate, FieldValue, ProviderName, Wanted
from enrichment.pipeline import merge as merging
from enrichment.pipeline.merge import merge
from enrichment.providers.registry import NAMES, UNASKED
from tests import factories

SPOTIFY, MUSICBRAINZ, LASTFM = (
    ProviderName("spotify"),
    ProviderName("musicbrainz"),
    ProviderName("lastfm"),
)
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)


def wanted(artist="Night Ferry", title="Harbour Lights", **known):
    return Wanted("track", parse_name(artist, title), **known)


def candidate(provider, **fields):
    names = {"artist": "Night Ferry", "title": "Harbour Lights", "id": f"{provider}-1"}
    return Candidate(provider=provider, **{**names, **fields})


FULL = {
    SPOTIFY: (
        candidate(
            SPOTIFY,
            isrcs=("GBXXX0900001",),
            duration_ms=401_000,
            release_date="2009-09-22",
            album="Quays",
            popularity=51,
            artwork_url="https://images.test/quays",
            artists=("Night Ferry",),
            artist_ids=("sp-ferry",),
        ),
        MONDAY,
    ),
    MUSICBRAINZ: (
        candidate(
            MUSICBRAINZ,
            isrcs=("GBXXX0900002",),
            duration_ms=402_000,
            release_date="2009-08-01",
            genres=(("house", 40),),
            artists=("Night Ferry",),
            artist_ids=("mb-ferry",),
        ),
        MONDAY,
    ),
    LASTFM: (
        candidate(
            LASTFM,
            duration_ms=0,
            genres=(("Deephouse", 100), ("seen live", 90), ("deep house", 60)),
            listeners=1200,
            playcount=8000,
            url="https://www.last.fm/music/Night+Ferry/_/Harbour+Lights",
        ),
        MONDAY,
    ),
}


def test_every_field_comes_from_the_surest_provider_that_has_it():
    values, _ = merge(wanted(), FULL)

    assert {name: (v.value, v.provider) for name, v in values.items()} == {
        "isrc": ("GBXXX0900001", SPOTIFY),
        "spotify_id": ("spotify-1", SPOTIFY),
        "musicbrainz_id": ("musicbrainz-1", MUSICBRAINZ),
        "lastfm_url": (
            "https://www.last.fm/music/Night+Ferry/_/Harbour+Lights",
            LASTFM,
        ),
        "duration_ms": (401_000, SPOTIFY),
        "release_date": ("2009-08-01", MUSICBRAINZ),
        "album": ("Quays", SPOTIFY),
        "genres": (["deep house"], LASTFM),
        "popularity": (51, SPOTIFY),
        "listeners": (1200, LASTFM),
        "playcount": (8000, LASTFM),
        "artwork_url": ("https://images.test/quays", SPOTIFY),
    }


def test_every_value_says_who_gave_it_when_how_surely_and_by_which_rules():
    values, _ = merge(wanted(), FULL)

    assert values["isrc"] == FieldValue(
        "GBXXX0900001", SPOTIFY, 0.95, MONDAY, merging.RULE_VERSION
    )


@pytest.mark.parametrize("order", list(permutations(FULL)))
def test_the_order_in_which_providers_answer_decides_nothing(order):
    one_by_one: dict[str, FieldValue] = {}
    for provider in order:
        one_by_one, _ = merge(wanted(), {provider: FULL[provider]}, one_by_one)

    assert one_by_one == merge(wanted(), FULL)[0]


def test_no_two_providers_are_equally_sure_of_a_field():
    for name, confidences in factories.confidences().items():
        assert len(set(confidences.values())) == len(confidences), name


def test_what_files_say_is_the_users_and_less_sure_than_any_provider():
    files = UNASKED[sources.FILE]
    assert files.name not in set(NAMES)
    least_sure = min(min(by.values()) for by in factories.confidences().values())
    assert max(gives.confidence for gives in files.fields.values()) < least_sure
    assert {licence_of(files.name, name) for name in files.fields} == {"own"}


def test_a_weaker_provider_does_not_overwrite_however_new():
    before, _ = merge(wanted(), {SPOTIFY: FULL[SPOTIFY]})
    later = {MUSICBRAINZ: (FULL[MUSICBRAINZ][0], TUESDAY)}

    values, _ = merge(wanted(), later, before)

    assert values["isrc"] == before["isrc"]
    assert values["duration_ms"] == before["duration_ms"]


def test_a_provider_refreshes_its_own_value_and_not_with_an_older_one():
    before, _ = merge(wanted(), FULL)
    changed = replace(FULL[SPOTIFY][0], popularity=12)

    newer, _ = merge(wanted(), {SPOTIFY: (changed, TUESDAY)}, before)
    older, _ = merge(wanted(), {SPOTIFY: (changed, MONDAY - timedelta(days=1))}, before)

    assert newer["popularity"].value == 12
    assert newer["popularity"].fetched_at == TUESDAY
    assert older["popularity"].value == 51


def test_absent_never_overwrites_present():
    before, _ = merge(wanted(), FULL)
    empty = {name: (candidate(name), TUESDAY) for name in FULL}

    values, _ = merge(wanted(), empty, before)

    assert values["isrc"] == before["isrc"]
    assert values["genres"] == before["genres"]
    assert values["duration_ms"] == before["duration_ms"]


def dated(provider, date, at=MONDAY, **more):
    return {provider: (candidate(provider, release_date=date, **more), at)}


@pytest.mark.parametrize(
    ("musicbrainz", "spotify", "told"),
    [
        ("1995", "2008-03-10", "1995"),
        ("2008-03-10", "1995", "1995"),
        ("2008-03", "2008-03-10", "2008-03-10"),
        ("2008-05-01", "2008-03-10", "2008-05-01"),
    ],
)
def test_the_earliest_year_wins_whatever_its_precision(musicbrainz, spotify, told):
    given = dated(MUSICBRAINZ, musicbrainz) | dated(SPOTIFY, spotify)

    values, _ = merge(wanted(), given)
    assert values["release_date"].value == told
    for first, second in permutations(given):
        before, _ = merge(wanted(), {first: given[first]})
        after, _ = merge(wanted(), {second: given[second]}, before)
        assert after["release_date"] == values["release_date"]


def test_a_providers_newer_word_of_the_date_stands_for_its_older_one():
    before, _ = merge(wanted(), dated(SPOTIFY, "1995"))

    after, _ = merge(wanted(), dated(SPOTIFY, "2008", TUESDAY), before)

    assert after["release_date"].value == "2008"


@pytest.mark.parametrize(
    "printed",
    [
        {"album_type": "compilation"},
        {"album": "Quays (2011 Remaster)"},
        {"title": "Harbour Lights - Remastered 2011"},
    ],
)
def test_compilations_and_remasters_do_not_date_a_recording(printed):
    alone, _ = merge(wanted(), dated(SPOTIFY, "2011-01-01", **printed))
    both, _ = merge(
        wanted(),
        dated(SPOTIFY, "1990-01-01", **printed) | dated(MUSICBRAINZ, "1995"),
    )

    assert "release_date" not in alone
    assert both["release_date"].value == "1995"


def test_a_date_that_older_rules_took_from_a_compilation_goes():
    stored = {"release_date": FieldValue("1990-01-01", SPOTIFY, 0.88, MONDAY, 1)}
    compiled = dated(SPOTIFY, "1990-01-01", album_type="compilation")
    unlike = dated(SPOTIFY, "2011-01-01", album_type="compilation")

    alone, _ = merge(wanted(), compiled, stored)
    both, _ = merge(wanted(), compiled | dated(MUSICBRAINZ, "1995"), stored)
    kept, _ = merge(wanted(), unlike, stored)

    assert "release_date" not in alone
    assert both["release_date"].value == "1995"
    assert kept["release_date"].value == "1990-01-01"


def test_the_artists_name_is_no_genre_of_the_track():
    tags = (("nightferry", 100), ("Quay Records", 90), ("house", 50))

    values, _ = merge(wanted(), {LASTFM: (candidate(LASTFM, genres=tags), MONDAY)})

    assert values["genres"].value == ["house"]


def test_a_pinned_field_stays_and_is_not_filled_either():
    before, _ = merge(wanted(), {MUSICBRAINZ: FULL[MUSICBRAINZ]})

    values, _ = merge(wanted(), FULL, before, frozenset({"isrc", "album"}))

    assert values["isrc"] == before["isrc"]
    assert "album" not in values
    assert values["popularity"].value == 51


def test_a_year_alone_loses_against_a_full_date():
    vague = replace(FULL[MUSICBRAINZ][0], release_date="2009")

    values, _ = merge(wanted(), {**FULL, MUSICBRAINZ: (vague, MONDAY)})

    assert values["release_date"].value == "2009-09-22"


def test_of_several_isrcs_the_known_one_is_taken_else_always_the_same():
    several = replace(FULL[MUSICBRAINZ][0], isrcs=("GBXXX0900009", "GBXXX0900003"))
    accepted = {MUSICBRAINZ: (several, MONDAY)}

    known, _ = merge(wanted(isrc="GBXXX0900009"), accepted)
    unknown, _ = merge(wanted(), accepted)

    assert known["isrc"].value == "GBXXX0900009"
    assert unknown["isrc"].value == "GBXXX0900003"
    assert unknown["isrc"].confidence < known["isrc"].confidence


def test_agreement_of_two_providers_raises_no_confidence():
    same = replace(FULL[MUSICBRAINZ][0], isrcs=("GBXXX0900001",))

    values, _ = merge(wanted(), {**FULL, MUSICBRAINZ: (same, MONDAY)})

    assert values["isrc"].confidence == factories.confidences()["isrc"][SPOTIFY]


def test_merging_twice_equals_merging_once():
    once, _ = merge(wanted(), FULL)

    assert merge(wanted(), FULL, once)[0] == once


def roles(credits_):
    return [(credit.name, credit.role, credit.position) for credit in credits_]


def test_credits_have_roles_in_printed_order():
    _, credits_ = merge(
        wanted("Ash & Elm feat. Rowan", "Hollow (Birch vs. Oak Remix)"), {}
    )

    assert roles(credits_) == [
        ("Ash", "main", 1),
        ("Elm", "main", 2),
        ("Rowan", "featured", 3),
        ("Birch", "remixer", 4),
        ("Oak", "remixer", 5),
    ]


def test_credits_carry_the_providers_ids_where_names_agree():
    _, (credit,) = merge(wanted("NIGHT FERRY"), FULL)

    assert (credit.spotify_id, credit.musicbrainz_id) == ("sp-ferry", "mb-ferry")


def test_an_artist_that_no_provider_names_has_no_id():
    _, (credit,) = merge(wanted("Somebody Else"), FULL)

    assert (credit.spotify_id, credit.musicbrainz_id) == (None, None)


def test_two_artists_of_one_name_give_their_ids_to_nobody():
    twice = replace(
        FULL[SPOTIFY][0], artists=("Juno", "Juno"), artist_ids=("sp-1", "sp-2")
    )

    _, (credit,) = merge(wanted("Juno"), {SPOTIFY: (twice, MONDAY)})

    assert credit.spotify_id is None


def test_a_credit_stays_whole_where_a_provider_knows_it_whole():
    whole = replace(
        FULL[SPOTIFY][0],
        artists=("Moss, The Gardener", "Lichen"),
        artist_ids=("sp-moss", "sp-lichen"),
    )

    _, credits_ = merge(
        wanted("Moss, The Gardener & Lichen"), {SPOTIFY: (whole, MONDAY)}
    )

    assert [(c.name, c.spotify_id) for c in credits_] == [
        ("Moss, The Gardener", "sp-moss"),
        ("Lichen", "sp-lichen"),
    ]


@pytest.mark.parametrize("name", ["Unknown Artist", "Various Artists", "ID", "VA"])
def test_nobody_is_never_credited(name):
    assert merge(wanted(name, "Harbour Lights"), {})[1] == ()


def test_a_remixer_of_an_own_song_has_both_roles_and_a_guest_only_one():
    _, credits_ = merge(wanted("Ash feat. Ash", "Hollow (Ash Remix)"), {})

    assert roles(credits_) == [("Ash", "main", 1), ("Ash", "remixer", 2)]
