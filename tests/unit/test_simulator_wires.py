"""Each provider's paths, shapes and error bodies are those of the real one."""

import base64
import json

import pytest

from provider_simulator.clock import ManualClock
from provider_simulator.faults import Fault, FaultKind
from provider_simulator.limiters import Refusal, RefusalKind
from provider_simulator.registry import SIDES, settings_of
from provider_simulator.wire import Asked, Query, Waits
from provider_simulator.wire.lastfm.wire import LastfmWire
from provider_simulator.wire.musicbrainz.wire import MusicBrainzWire
from provider_simulator.wire.spotify.wire import SpotifyWire
from provider_simulator.world.catalogue import Given
from provider_simulator.world.ground import Coverage
from provider_simulator.world.invention import invent

HELP = "For usage, please see: https://musicbrainz.org/development/mmd"
AGENT = {"user-agent": "simulator-tests/1.0 ( tests@example.org )"}
# Everything known to all, and nothing else.
PLAIN = Coverage(
    {name: dict.fromkeys(side.shares["full"], 1) for name, side in SIDES.items()},
    distractors=0,
)
GIVEN = [
    Given("Alva Brandt", "Paper Harbour", isrc="GBAAA0000001", isrc_recordings=4),
    Given(
        "Kaj Holm & Runa Dahl",
        "Tide",
        artists=("Kaj Holm", "Runa Dahl"),
        isrc="GBAAA0000002",
        isrc_recordings=1,
    ),
    Given("Kaj Holm", "Tide", isrc="GBAAA0000003", isrc_recordings=1),
    *(
        Given("Many", f"Song {n}", isrc=f"GBBBB00{n:05d}", isrc_recordings=1)
        for n in range(130)
    ),
]


@pytest.fixture(scope="module")
def world():
    return invent(GIVEN, PLAIN, seed=7)


@pytest.fixture(scope="module")
def spotify(world):
    return SpotifyWire(world, settings_of(), ManualClock())


@pytest.fixture(scope="module")
def extended(world):
    return SpotifyWire(world, settings_of(spotify_extended=True), ManualClock())


@pytest.fixture(scope="module")
def musicbrainz(world):
    return MusicBrainzWire(world, settings_of(), ManualClock())


@pytest.fixture(scope="module")
def lastfm(world):
    return LastfmWire(world, settings_of(), ManualClock())


def ask(wire, path, *pairs, headers=AGENT, method="GET", **params):
    query = Query(method, path, (*pairs, *params.items()), headers)
    return wire.turned_away(query) or wire.answer(query)


def body(reply):
    return json.loads(reply.body)


def basic(client, secret):
    encoded = base64.b64encode(f"{client}:{secret}".encode()).decode()
    return {"authorization": f"Basic {encoded}"}


def token_reply(wire, client="id", secret="any"):  # noqa: S107 - any will do
    return ask(
        wire,
        "/api/token",
        method="POST",
        headers=basic(client, secret),
        grant_type="client_credentials",
    )


@pytest.fixture
def bearer(spotify):
    return {"authorization": f"Bearer {body(token_reply(spotify))['access_token']}"}


# -- Spotify ------------------------------------------------------------------------


def test_spotify_gives_a_token_for_an_hour(spotify):
    answer = body(token_reply(spotify))

    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == 3_600


@pytest.mark.parametrize(
    ("client", "secret"), [("wrong", "s"), ("c", "wrong1"), ("", "")]
)
def test_spotify_refuses_wrong_clients_in_the_other_envelope(spotify, client, secret):
    reply = token_reply(spotify, client, secret)

    assert reply.status == 400
    assert body(reply) == {
        "error": "invalid_client",
        "error_description": "Invalid client",
    }


@pytest.mark.parametrize(
    ("headers", "why"),
    [({}, "missing_token"), ({"authorization": "Bearer nonsense"}, "invalid_token")],
)
def test_spotify_tells_missing_from_invalid_tokens_in_a_header(spotify, headers, why):
    reply = ask(spotify, "/v1/search", headers=headers, q="x", type="track")

    assert reply.status == 401
    assert why in dict(reply.headers)["www-authenticate"]
    assert body(reply)["error"] == {
        "status": 401,
        "message": "Missing/invalid/expired access token",
    }


def test_spotify_tokens_expire(world):
    clock = ManualClock()
    wire = SpotifyWire(world, settings_of(), clock)
    headers = {"authorization": f"Bearer {body(token_reply(wire))['access_token']}"}

    clock.advance(3_599)
    assert ask(wire, "/v1/search", headers=headers, q="x", type="track").status == 200
    clock.advance(2)
    assert ask(wire, "/v1/search", headers=headers, q="x", type="track").status == 401


def test_spotify_finds_by_isrc(spotify, bearer):
    reply = ask(
        spotify, "/v1/search", headers=bearer, q="isrc:GBAAA0000001", type="track"
    )

    page = body(reply)["tracks"]
    assert page["total"] == len(page["items"]) >= 1
    assert {t["external_ids"]["isrc"] for t in page["items"]} == {"GBAAA0000001"}
    assert dict(reply.headers)["cache-control"] == "public, max-age=7200"


@pytest.mark.parametrize(
    ("q", "artists"),
    [
        ('track:"Tide" artist:"Kaj Holm"', {"Kaj Holm"}),
        ("track:Tide artist:Runa", {"Kaj Holm"}),
        ("tide runa dahl", {"Kaj Holm"}),
        ('track:"Tide" artist:"Nobody"', set()),
        ("isrc:undefined", set()),
        # An apostrophe inside a filter loses the hits.
        ("track:Ti'de artist:Holm", set()),
    ],
)
def test_spotify_finds_by_text(spotify, bearer, q, artists):
    reply = ask(spotify, "/v1/search", headers=bearer, q=q, type="track", limit="10")

    items = body(reply)["tracks"]["items"]
    assert {item["artists"][0]["name"] for item in items} == artists


def test_spotify_has_no_batch_by_or(spotify, bearer):
    q = "isrc:GBAAA0000001 OR isrc:GBAAA0000002"
    items = body(ask(spotify, "/v1/search", headers=bearer, q=q, type="track"))

    isrcs = {t["external_ids"]["isrc"] for t in items["tracks"]["items"]}
    assert "GBAAA0000002" not in isrcs


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"q": "tide", "limit": "11"}, "Invalid limit"),
        ({"q": "tide", "limit": "0"}, "Invalid limit"),
        ({"q": "tide", "limit": "x"}, "Invalid limit"),
        ({"q": "artist:Kaj & Runa album:'Tide'"}, "Bad request."),
        ({"q": 'track:"tide'}, "Bad request."),
        ({"q": "a" * 251}, "Query exceeds maximum length of 250 characters"),
    ],
)
def test_spotify_refuses_what_development_mode_refuses(
    spotify, bearer, params, message
):
    reply = ask(spotify, "/v1/search", headers=bearer, type="track", **params)

    assert reply.status == 400
    assert reply.rejected
    assert body(reply) == {"error": {"status": 400, "message": message}}


def test_spotify_pages_by_five_unless_asked(spotify, bearer):
    first = body(
        ask(spotify, "/v1/search", headers=bearer, q="many song", type="track")
    )
    page = first["tracks"]

    assert (page["limit"], len(page["items"])) == (5, 5)
    assert "offset=5" in page["next"]


def test_spotify_development_mode_has_lost_batches_and_fields(spotify, bearer, world):
    track_id = world.of("spotify")[0].id
    batch = ask(spotify, "/v1/tracks", headers=bearer, ids=track_id)
    single = body(ask(spotify, f"/v1/tracks/{track_id}", headers=bearer))

    assert batch.status == 403
    assert body(batch) == {"error": {"status": 403, "message": "Forbidden"}}
    assert not {"popularity", "available_markets", "linked_from"} & single.keys()
    assert not {"popularity", "label", "available_markets"} & single["album"].keys()
    assert single["external_ids"]["isrc"]


def test_spotify_extended_quota_has_them(extended, bearer, world):
    first = world.of("spotify")[0].id
    batch = body(ask(extended, "/v1/tracks", headers=bearer, ids=f"{first},{'0' * 22}"))
    search = ask(
        extended, "/v1/search", headers=bearer, q="tide", type="track", limit="50"
    )

    assert batch["tracks"][0]["popularity"] >= 0
    assert batch["tracks"][1] is None
    assert search.status == 200


def test_spotify_closed_audio_features_to_new_apps(spotify, bearer):
    assert ask(spotify, "/v1/audio-features/x", headers=bearer).status == 403


def test_spotify_quota_says_so_and_for_how_long(spotify):
    reply = spotify.refuse(Refusal(RefusalKind.QUOTA, 48_925.0))

    assert reply.status == 429
    assert body(reply)["error"]["reason"] == "QUOTA_EXCEEDED"
    assert dict(reply.headers)["retry-after"] == "48925"


def test_spotify_rate_refusal_has_no_reason(spotify):
    error = body(spotify.refuse(Refusal(RefusalKind.RATE, 3.2)))["error"]

    assert error == {"status": 429, "message": "API rate limit exceeded"}


def test_spotify_plain_text_refusal_is_17_bytes(world):
    wire = SpotifyWire(world, settings_of(spotify_plain_text_share=1.0), ManualClock())

    reply = wire.refuse(Refusal(RefusalKind.RATE, 19_056))

    assert reply.body == b"Too many requests"
    assert len(reply.body) == 17
    assert dict(reply.headers)["retry-after"] == "19056"


# -- MusicBrainz --------------------------------------------------------------------


def search(wire, query, **params):
    return ask(wire, "/ws/2/recording", query=query, fmt="json", **params)


def test_musicbrainz_hits_carry_what_matching_needs(musicbrainz):
    page = body(search(musicbrainz, 'recording:"Tide" AND artist:"Runa Dahl"'))
    (hit,) = page["recordings"]

    assert page["count"] == 1
    assert page["offset"] == 0
    assert hit["score"] == 100
    assert hit["isrcs"] == ["GBAAA0000002"]
    assert [credit["name"] for credit in hit["artist-credit"]] == [
        "Kaj Holm",
        "Runa Dahl",
    ]
    assert hit["artist-credit"][0]["joinphrase"] == " & "
    assert "joinphrase" not in hit["artist-credit"][1]
    assert hit["releases"][0]["release-group"]["primary-type"]


def test_musicbrainz_answers_a_batch_of_isrcs_with_all_their_recordings(musicbrainz):
    query = " OR ".join(f"isrc:{g.isrc}" for g in GIVEN[:60])
    page = body(search(musicbrainz, query, limit="100"))

    assert page["count"] == len(page["recordings"]) == 63
    found = {isrc for hit in page["recordings"] for isrc in hit["isrcs"]}
    assert found == {g.isrc for g in GIVEN[:60]}


@pytest.mark.parametrize(
    ("limit", "rows"),
    [("100", 100), ("101", 25), ("0", 25), ("-1", 25), ("x", 25), ("", 25), ("7", 7)],
)
def test_musicbrainz_limit_outside_1_to_100_falls_back_to_25(musicbrainz, limit, rows):
    page = body(search(musicbrainz, "artist:many", limit=limit))

    assert page["count"] == 130
    assert len(page["recordings"]) == rows


def test_musicbrainz_pages_by_offset_without_gap_or_repeat(musicbrainz):
    pages = [
        body(search(musicbrainz, "artist:many", limit="100", offset=str(offset)))
        for offset in (0, 100)
    ]

    ids = [hit["id"] for page in pages for hit in page["recordings"]]
    assert len(ids) == len(set(ids)) == 130


@pytest.mark.parametrize(
    ("params", "error"),
    [
        (
            [("query", " ")],
            (
                "You submitted a blank search query. You must include a non-blank "
                "'query=' parameter with your search."
            ),
        ),
        (
            [("query", 'artist:"x')],
            "Search server could not complete query: Bad request",
        ),
        (
            [("query", " OR ".join(["isrc:A"] * 1_025))],
            "Search server could not complete query: Bad request",
        ),
        ([("query", "a"), ("query", "b")], "Must specify at most 1 query argument"),
    ],
)
def test_musicbrainz_refuses_bad_searches(musicbrainz, params, error):
    reply = ask(musicbrainz, "/ws/2/recording", *params, fmt="json")

    assert reply.status == 400
    assert body(reply) == {"error": error, "help": HELP}


def test_musicbrainz_refuses_an_address_that_is_too_long(musicbrainz):
    query = Query("GET", "/ws/2/recording", (("query", "x"),), AGENT, line_chars=6_900)

    assert musicbrainz.answer(query).status == 414


def test_musicbrainz_looks_an_isrc_up(musicbrainz):
    reply = ask(musicbrainz, "/ws/2/isrc/GBAAA0000001", inc="artists+isrcs", fmt="json")

    answer = body(reply)
    assert answer["isrc"] == "GBAAA0000001"
    assert len(answer["recordings"]) == 4
    assert answer["recordings"][0]["artist-credit"][0]["joinphrase"] == ""


@pytest.mark.parametrize(
    ("path", "inc", "status", "error"),
    [
        ("/ws/2/isrc/gbaaa0000001", "", 400, "Invalid isrc."),
        ("/ws/2/isrc/GBZZZ9999999", "", 404, "Not Found"),
        ("/ws/2/recording/nonsense", "", 400, "Invalid mbid."),
        (
            "/ws/2/recording/" + "0" * 8 + "-0000" * 3 + "-" + "0" * 12,
            "",
            404,
            "Not Found",
        ),
        (
            "/ws/2/isrc/GBAAA0000001",
            "genres",
            400,
            "genres is not a valid inc parameter for the isrc resource.",
        ),
    ],
)
def test_musicbrainz_lookup_mistakes(musicbrainz, path, inc, status, error):
    reply = ask(musicbrainz, path, inc=inc, fmt="json")

    assert reply.status == status
    assert body(reply) == {"error": error, "help": HELP}


def test_musicbrainz_looks_a_recording_up_with_what_is_asked(musicbrainz, world):
    mbid = world.of("musicbrainz")[0].mbid
    bare = body(ask(musicbrainz, f"/ws/2/recording/{mbid}", fmt="json"))
    full = body(
        ask(
            musicbrainz,
            f"/ws/2/recording/{mbid}",
            inc="artist-credits+isrcs+releases+release-groups+tags+genres+url-rels",
            fmt="json",
        )
    )

    assert bare.keys() == {
        *("id", "title", "length", "video", "disambiguation", "first-release-date")
    }
    assert full["isrcs"] == ["GBAAA0000001"]
    assert full["releases"][0]["release-group"]["id"]
    assert full["relations"][0]["url"]["resource"].startswith(
        "https://open.spotify.com/"
    )


def test_musicbrainz_merged_ids_answer_with_the_id_they_were_merged_into():
    world = invent(GIVEN, PLAIN, seed=7)
    wire = MusicBrainzWire(world, settings_of(), ManualClock())
    into = next(recording for recording in world.of("musicbrainz") if recording.merged)

    answer = body(ask(wire, f"/ws/2/recording/{into.merged[0]}", fmt="json"))

    assert answer["id"] == into.mbid


def addresses(world, count):
    return [r.urls[0][1] for r in world.of("musicbrainz") if r.urls][:count]


def test_musicbrainz_one_address_has_a_shape_of_its_own(musicbrainz, world):
    (url,) = addresses(world, 1)

    known = ask(
        musicbrainz, "/ws/2/url", resource=url, inc="recording-rels", fmt="json"
    )
    unknown = ask(musicbrainz, "/ws/2/url", resource=url + "?si=1", fmt="json")

    assert body(known)["resource"] == url
    assert body(known)["relations"][0]["recording"]["id"]
    assert unknown.status == 404


def test_musicbrainz_many_addresses_come_sorted_without_the_unknown_and_beyond_100(
    musicbrainz, world
):
    urls = addresses(world, 120)
    asked = ["https://open.spotify.com/track/unknown", *reversed(urls)]
    pairs = [("resource", url) for url in asked]

    answer = body(ask(musicbrainz, "/ws/2/url", *pairs, fmt="json"))

    returned = [row["resource"] for row in answer["urls"]]
    assert returned == sorted(asked[1:100])
    assert answer["url-count"] == 99


def test_musicbrainz_none_of_many_addresses_is_an_empty_list(musicbrainz):
    pairs = [("resource", "https://a.example/"), ("resource", "https://b.example/")]

    reply = ask(musicbrainz, "/ws/2/url", *pairs, fmt="json")

    assert body(reply) == {"url-count": 0, "url-offset": 0, "urls": []}


def test_musicbrainz_turns_callers_without_a_name_away(musicbrainz):
    reply = ask(musicbrainz, "/ws/2/recording", headers={}, query="x", fmt="json")

    assert reply.status == 403
    assert dict(reply.headers)["x-ratelimit-who"] == "ua-missing"
    assert "has not identified itself" in body(reply)["error"]


def test_musicbrainz_refuses_with_503_and_the_zone(musicbrainz):
    reply = musicbrainz.refuse(Refusal(RefusalKind.RATE, 1.0, "ws ip=192.0.2.1", 22))

    headers = dict(reply.headers)
    assert reply.status == 503
    assert headers["x-ratelimit-zone"] == "ws ip=192.0.2.1"
    assert headers["x-ratelimit-limit"] == "22"
    assert headers["retry-after"] == "1"
    assert "exceeding the allowable rate limit" in body(reply)["error"]


@pytest.mark.parametrize(
    ("search", "zone"), [(True, "search-global"), (False, "global")]
)
def test_musicbrainz_sheds_with_another_zone_and_no_wait(world, search, zone):
    settings = settings_of(
        musicbrainz_search_shed_share=1.0, musicbrainz_shed_share=1.0
    )
    musicbrainz = MusicBrainzWire(world, settings, ManualClock())
    asked = Asked("search" if search else "recording")
    reply = musicbrainz.shed(asked, lambda: 0.5)

    headers = dict(reply.headers)
    assert (reply.status, headers["x-ratelimit-zone"]) == (503, zone)
    assert headers["retry-after"] == "0"
    assert "currently busy" in body(reply)["error"]


def test_musicbrainz_writes_xml_unless_json_is_asked_for(musicbrainz):
    reply = ask(musicbrainz, "/ws/2/recording", query="tide")

    assert reply.body.startswith(b"<?xml")


# -- Last.fm ------------------------------------------------------------------------


def ask_method(wire, name, **params):
    given = {"method": name, "api_key": "k", "format": "json"} | params
    query = Query("GET", "/2.0/", tuple(given.items()))
    return wire.turned_away(query) or wire.answer(query)


def test_lastfm_writes_numbers_as_strings(lastfm):
    track = body(
        ask_method(lastfm, "track.getInfo", artist="alva brandt", track="paper harbour")
    )["track"]

    for name in ("listeners", "playcount", "duration"):
        assert isinstance(track[name], str)
        assert track[name].isdigit()
    assert track["artist"]["name"] == "Alva Brandt"


def test_lastfm_corrects_spelling_only_when_asked(lastfm):
    asked = {"artist": "Álva-Brandt", "track": "Paper Harbour!"}

    plain = body(ask_method(lastfm, "track.getInfo", **asked))
    corrected = body(ask_method(lastfm, "track.getInfo", autocorrect="1", **asked))

    assert plain == {"error": 6, "message": "Track not found", "links": []}
    assert corrected["track"]["name"] == "Paper Harbour"


def test_lastfm_counts_tags_with_numbers(lastfm, world):
    track = next(t for t in world.of("lastfm") if len(t.tags) > 1)
    asked = {"artist": track.artist, "track": track.name}

    tags = body(ask_method(lastfm, "track.getTopTags", **asked))["toptags"]

    assert tags["tag"][0]["count"] == 100
    assert tags["@attr"] == asked


def test_lastfm_writes_a_list_of_one_as_the_thing_itself(lastfm, world):
    track = next(t for t in world.of("lastfm") if len(t.tags) == 1)

    tags = body(
        ask_method(lastfm, "track.getTopTags", artist=track.artist, track=track.name)
    )

    assert isinstance(tags["toptags"]["tag"], dict)


def test_lastfm_searches(lastfm):
    results = body(ask_method(lastfm, "track.search", track="song", limit="7"))[
        "results"
    ]

    assert len(results["trackmatches"]["track"]) == 7
    assert results["opensearch:totalResults"] == "130"


@pytest.mark.parametrize(
    ("params", "status", "error"),
    [
        ({"method": "track.getInfo", "artist": "x", "track": "y"}, 200, 6),
        ({"method": "artist.getTopTags", "artist": "x"}, 200, 6),
        ({"method": "track.getInfo", "artist": "x"}, 400, 6),
        ({"method": "track.getInfo", "api_key": ""}, 400, 6),
        ({"method": "foo.bar"}, 400, 3),
        ({"method": "track.getInfo", "api_key": "wrong"}, 403, 10),
    ],
)
def test_lastfm_tells_errors_by_number(lastfm, params, status, error):
    given = {"api_key": "k", "format": "json"} | params
    query = Query("GET", "/2.0/", tuple(given.items()))

    reply = lastfm.turned_away(query) or lastfm.answer(query)

    assert (reply.status, body(reply)["error"]) == (status, error)


def test_lastfm_refuses_in_a_200_without_a_wait(lastfm):
    reply = lastfm.refuse(Refusal(RefusalKind.RATE, 1.0))

    assert (reply.status, body(reply)["error"]) == (200, 29)
    assert "retry-after" not in dict(reply.headers)


# -- what all share -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "fractional", "text"),
    [(1, False, "31"), (10, False, "4"), (1_000, False, "1"), (10, True, "3.020")],
)
def test_waits_are_told_in_real_seconds(scale, fractional, text):
    assert Waits(scale, fractional).real(30.2) == text


@pytest.mark.parametrize("kind", [k for k in FaultKind if k is not FaultKind.EMPTY])
def test_every_scripted_failure_has_a_body_for_every_provider(
    kind, spotify, musicbrainz, lastfm
):
    for wire in (spotify, musicbrainz, lastfm):
        reply = wire.fail(Fault(wire.name, kind), 0.0)
        if kind is FaultKind.ERROR_BODY:
            assert reply.status == 200
            assert "error" in body(reply)
        else:
            assert reply.status >= 400 or body(reply)["error"] == 29


def test_an_emptied_page_still_tells_how_many_there_were(spotify, musicbrainz, bearer):
    page = ask(spotify, "/v1/search", headers=bearer, q="tide", type="track")
    emptied = body(spotify.emptied(page))["tracks"]
    hits = body(musicbrainz.emptied(search(musicbrainz, "artist:many")))

    assert emptied["items"] == []
    assert emptied["total"] > 0
    assert (hits["count"], hits["recordings"]) == (130, [])
