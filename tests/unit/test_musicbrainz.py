"""MusicBrainz: many questions in one search, each member answered, 503 told apart."""

import re
from urllib.parse import quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment.errors import (
    ConfigurationError,
    CredentialsRefused,
    LimitKind,
    QuestionRefused,
    RateLimited,
    Shedding,
    Transient,
)
from enrichment.model import Absent, Found
from enrichment.providers.musicbrainz.provider import QUERY_BYTES, MusicBrainz, phrase
from enrichment.providers.musicbrainz.read import read_row
from tests.provider_samples import answer, answered, asked, response, wanted

AGENT = "Tests/1.0 ( tests@example.org )"
MUSICBRAINZ = MusicBrainz(AGENT)
FERRY = asked(MUSICBRAINZ, "Mira Kold", "Night Ferry")
SALT = asked(MUSICBRAINZ, "Juno Bay & Tarek Vol", "Salt & Sand")
OTHER = asked(MUSICBRAINZ, "Nobody Known", "Nothing There")


def by_isrc(code):
    return asked(MUSICBRAINZ, "Mira Kold", "Night Ferry", isrc=code)


def titles(found):
    return [candidate.title for candidate in found.candidates]


# asking


def test_many_names_are_one_search():
    request = MUSICBRAINZ.request([FERRY, SALT])
    assert request.url == "https://musicbrainz.org/ws/2/recording"
    assert dict(request.params) == {
        "query": '(recording:"Night Ferry" AND artist:"Mira Kold")'
        ' OR (recording:"Salt \\& Sand"'
        ' AND (artist:"Juno Bay" OR artist:"Tarek Vol"))',
        "fmt": "json",
        "limit": "100",
    }
    assert dict(request.headers) == {"User-Agent": AGENT}


def test_many_isrcs_are_one_search():
    request = MUSICBRAINZ.request([by_isrc("QZAAA1400001"), by_isrc("QZAAA1400002")])
    assert dict(request.params)["query"] == "isrc:QZAAA1400001 OR isrc:QZAAA1400002"


def test_what_is_no_isrc_is_not_asked_for():
    assert by_isrc("A OR recording:x").operation == "search"
    assert by_isrc("qz-aaa-14-00001").isrc == "QZAAA1400001"


def test_versions_and_featured_artists_of_a_track_are_one_question():
    for title in ("Night Ferry (Oslo Twins Remix)", "Night Ferry feat. Juno Bay"):
        assert asked(MUSICBRAINZ, "Mira Kold", title) == FERRY
    swapped = asked(MUSICBRAINZ, "Tarek Vol & Juno Bay", "Salt & Sand")
    assert swapped.key == SALT.key


def test_batch_sizes_are_configurable_within_what_a_page_holds():
    assert MUSICBRAINZ.batch_size("search") == 25
    assert MUSICBRAINZ.batch_size("isrc") == 67
    assert MusicBrainz(AGENT, search_batch=5).batch_size("search") == 5
    with pytest.raises(ConfigurationError):
        MusicBrainz(AGENT, isrc_batch=101)


@pytest.mark.parametrize(("artist", "title"), [("ID", "ID"), ("Mira Kold", "ID")])
def test_what_nobody_knows_is_not_asked_for(artist, title):
    assert MUSICBRAINZ.question(wanted(artist, title)) is None


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "   ",
        "python-httpx/0.28.1",
        "Python-urllib/3.11 ( a@example.org )",
        "Java/17",
        "---",
        "MyApp/1.0",
        "Tëst/1.0 ( a@example.org )",
    ],
)
def test_a_user_agent_that_names_nobody_is_refused(agent):
    with pytest.raises(ConfigurationError, match="MUSICBRAINZ_USER_AGENT"):
        MusicBrainz(agent)


@pytest.mark.parametrize(
    ("printed", "quoted"),
    [
        ("AC/DC", r'"AC\/DC"'),
        ('Say "Yes"', r'"Say \"Yes\""'),
        ("A AND B OR NOT C", '"A and B or not C"'),
        ("Sand OR", '"Sand or"'),
        ("Android NOTE", '"Android NOTE"'),
        (r"back\slash", r'"back\\slash"'),
        ("??? (what: [now]) ~2^3!", r'"\?\?\? \(what\: \[now\]\) \~2\^3\!"'),
        ("a && b || c", r'"a \&\& b \|\| c"'),
        ("tab\there\u2028and\x00there", '"tab here and there"'),
    ],
)
def test_hostile_titles_are_escaped(printed, quoted):
    assert phrase(printed) == quoted


@given(printed=st.text(max_size=80), room=st.integers(20, 400))
@settings(max_examples=80)
def test_a_phrase_never_ends_its_quotes_early(printed, room):
    inside = phrase(printed, room)[1:-1]
    assert re.fullmatch(r'(?:[^"\\]|\\.)*', inside)


def test_a_full_batch_of_long_titles_fits_an_address():
    questions = [
        asked(MUSICBRAINZ, f"{'夜' * 200} {n} & Some Other Long Name " * 3, "駆" * 300)
        for n in range(MUSICBRAINZ.batch_size("search"))
    ]
    query = dict(MUSICBRAINZ.request(questions).params)["query"]
    assert len(quote_plus(query)) <= QUERY_BYTES + 500
    assert query.count("recording:") == len(questions)


# reading


def test_each_row_goes_to_the_question_it_may_answer():
    reading = MUSICBRAINZ.read(
        [FERRY, SALT, OTHER], response("musicbrainz/search_two_questions")
    )
    assert titles(reading.answers[FERRY]) == [
        "Night Ferry",
        "Night Ferry (Oslo Twins remix)",
        "Night Ferry (live, 2016-07-02: Harbour Festival)",
    ]
    assert titles(reading.answers[SALT]) == [
        "Salt & Sand",
        "Salt & Sand (extended mix)",
    ]
    assert reading.answers[OTHER] == Absent()
    assert reading.again == ()


def test_a_batch_answers_as_single_questions_do():
    together = MUSICBRAINZ.read(
        [FERRY, SALT], response("musicbrainz/search_two_questions")
    )
    spelled = asked(MUSICBRAINZ, "MIRA KOLD", "night ferry!")
    alone = MUSICBRAINZ.read(
        [spelled, OTHER], response("musicbrainz/search_two_questions")
    )
    assert alone.answers[spelled] == together.answers[FERRY]


def test_a_recording_is_read_with_what_it_has():
    reading = MUSICBRAINZ.read(
        [FERRY, SALT], response("musicbrainz/search_two_questions")
    )
    ferry, remix, _ = reading.answers[FERRY].candidates
    assert ferry.id == "bbbbbbbb-0000-4000-8000-000000000001"
    assert ferry.isrcs == ("QZAAA1400001", "QZAAA1400009")
    assert (ferry.album, ferry.release_date) == ("Harbour Lights", "2014-05-19")
    assert ferry.genres == (("progressive house", 100), ("house", 25))
    assert (ferry.duration_ms, ferry.score) == (391000, 100)
    assert (remix.duration_ms, remix.album) == (None, None)


@pytest.mark.parametrize(
    ("remark", "title"),
    [
        (None, "Harbour"),
        ("", "Harbour"),
        ("live", "Harbour (live)"),
        ("Wren remix", "Harbour (Wren remix)"),
        ("live, 2010-07-01 (late set)", "Harbour (live, 2010-07-01 late set)"),
        # what the title says already is not said twice
        ("harbour", "Harbour"),
    ],
)
def test_what_is_told_beside_a_title_stands_behind_it(remark, title):
    row = {
        "id": "1f0d3a3e-8f4e-4f57-9a52-0c1e6c1f0a11",
        "title": "Harbour",
        "disambiguation": remark,
    }
    found = read_row(row)

    assert found is not None
    assert found.candidate.title == title


def test_a_credit_is_joined_as_printed():
    reading = MUSICBRAINZ.read(
        [FERRY, SALT], response("musicbrainz/search_two_questions")
    )
    duo, swapped = reading.answers[SALT].candidates
    assert duo.artist == "Juno Bay & Tarek Vol"
    assert swapped.artist == "Tarek Vol feat. Juno Bay"
    assert swapped.artists == ("Tarek Vol", "Juno Bay")
    assert len(swapped.artist_ids) == 2


def test_a_recording_goes_to_all_isrcs_it_owns_and_no_other():
    first, second, other = map(
        by_isrc, ("QZAAA1400001", "QZAAA1400009", "QZAAA1400002")
    )
    missing = by_isrc("QZAAA1499999")
    reading = MUSICBRAINZ.read(
        [first, second, other, missing], response("musicbrainz/isrc_several_owners")
    )
    assert titles(reading.answers[first]) == ["Night Ferry", "Night Ferry (radio edit)"]
    assert titles(reading.answers[second]) == ["Night Ferry"]
    assert titles(reading.answers[other]) == ["Night Ferry (Oslo Twins remix)"]
    assert reading.answers[missing] == Absent()


def test_a_page_that_is_not_the_whole_is_halved_and_nobody_absent():
    questions = [FERRY, SALT, OTHER]
    reading = MUSICBRAINZ.read(questions, response("musicbrainz/search_overflow"))
    assert reading.answers == {}
    assert reading.again == ((FERRY,), (SALT, OTHER))


def test_one_question_with_more_rows_than_a_page_takes_the_best():
    reading = MUSICBRAINZ.read([FERRY], response("musicbrainz/search_overflow"))
    assert len(reading.answers[FERRY].candidates) == 100
    assert reading.again == ()


def test_no_row_makes_every_member_absent():
    reading = MUSICBRAINZ.read([FERRY, SALT], response("musicbrainz/search_nothing"))
    assert reading.answers == {FERRY: Absent(), SALT: Absent()}


def test_nulls_are_no_error_and_aliases_count_as_names():
    by_alias = asked(MUSICBRAINZ, "M. Kold", "Ferry At Night")
    reading = MUSICBRAINZ.read([by_alias, SALT], response("musicbrainz/search_nulls"))
    assert titles(reading.answers[by_alias]) == ["Ferry At Night"]
    alone = answer(MUSICBRAINZ, FERRY, "musicbrainz/search_nulls")
    assert titles(alone) == ["Only A Title", "Named", "Ferry At Night"]
    assert alone.candidates[1].isrcs == ()


def test_a_row_the_server_found_by_other_rules_is_not_lost():
    # its index knows this artist under a name that the row does not hold
    asked_otherwise = asked(MUSICBRAINZ, "Kold", "Night Ferry")
    reading = MUSICBRAINZ.read(
        [asked_otherwise, SALT], response("musicbrainz/search_two_questions")
    )
    assert isinstance(reading.answers[asked_otherwise], Found)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html></html>",
        '{"count": 1, "recordings": [{"id": "1"',
        [],
        {},
        {"recordings": None},
        {"artists": []},
        {"error": "odd"},
    ],
)
def test_a_senseless_page_is_no_absence(body):
    with pytest.raises(Transient):
        MUSICBRAINZ.read([FERRY], answered(body))


def test_a_page_that_lost_its_rows_is_no_absence():
    with pytest.raises(Transient):
        MUSICBRAINZ.read(
            [FERRY, SALT], response("musicbrainz/search_page_lost_its_rows")
        )


@pytest.mark.parametrize(
    "sample",
    ["503_our_rate", "503_our_rate_gateway", "503_our_rate_without_zone"],
)
def test_a_503_of_our_rate_benches_the_provider(sample):
    with pytest.raises(RateLimited) as raised:
        MUSICBRAINZ.read([FERRY], response(f"musicbrainz/{sample}"))
    assert raised.value.kind is LimitKind.RATE


@pytest.mark.parametrize(
    ("sample", "error"),
    [
        ("503_busy_global", Shedding),
        ("503_busy_search", Shedding),
        ("503_busy_without_zone", Shedding),
        ("503_gateway_page", Transient),
        ("403_no_user_agent", CredentialsRefused),
        ("400_query", QuestionRefused),
    ],
)
def test_each_refusal_says_what_happens_next(sample, error):
    with pytest.raises(error) as raised:
        MUSICBRAINZ.read([FERRY], response(f"musicbrainz/{sample}"))
    assert raised.value.status == int(sample[:3])


# answers as MusicBrainz was seen to give them


def recording(title="Night Ferry", artist="Mira Kold", **fields):
    credit = [{"name": artist, "artist": {"id": "a", "name": artist}}]
    return {"id": title, "title": title, "artist-credit": credit, **fields}


def page(*recordings):
    return answered({"count": len(recordings), "recordings": list(recordings)})


def the_one(found):
    (candidate,) = found.candidates
    return candidate


def read_one(**fields):
    return the_one(MUSICBRAINZ.read([FERRY], page(recording(**fields))).answers[FERRY])


@pytest.mark.parametrize("credit", [None, [], "", [{"name": None}]])
def test_a_page_without_credits_makes_nobody_absent(credit):
    lost = page(recording() | {"artist-credit": credit})

    with pytest.raises(Transient):
        MUSICBRAINZ.read([FERRY, OTHER], lost)
    assert the_one(MUSICBRAINZ.read([FERRY], lost).answers[FERRY]).artist == ""


def test_who_may_own_a_row_that_lost_its_credit_is_asked_alone():
    salt = recording("Salt & Sand", "Juno Bay")
    lost = page(salt, recording() | {"artist-credit": None})
    reading = MUSICBRAINZ.read([FERRY, SALT, OTHER], lost)

    assert titles(reading.answers[SALT]) == ["Salt & Sand"]
    assert set(reading.again) == {(FERRY,), (OTHER,)}
    assert len(reading.answers) == 1


def test_rows_of_an_isrc_batch_that_lost_their_isrcs_make_nobody_absent():
    ours, other = by_isrc("QZAAA1400001"), by_isrc("QZAAA1400002")

    with pytest.raises(Transient):
        MUSICBRAINZ.read([ours, other], page(recording()))
    assert titles(MUSICBRAINZ.read([ours], page(recording())).answers[ours])


def test_null_rows_are_no_absence():
    with pytest.raises(Transient):
        MUSICBRAINZ.read([FERRY], answered({"count": 1, "recordings": [None]}))
    with pytest.raises(Transient):
        MUSICBRAINZ.read([FERRY], answered({"recordings": []}))


@pytest.mark.parametrize(
    ("credit", "artist", "artists"),
    [
        (["Mira", " & ", "Oslo"], "", ()),
        ([{"name": "A"}, " vs. ", {"name": "B"}], "A vs. B", ("A", "B")),
        ([{"name": "A", "joinphrase": None}, {"name": "B"}], "A & B", ("A", "B")),
        ({"name": "A"}, "A", ("A",)),
        ([{"artist": {"name": 1979}}], "1979", ("1979",)),
    ],
)
def test_credits_are_read_in_every_form(credit, artist, artists):
    row = recording() | {"artist-credit": credit}
    found = the_one(MUSICBRAINZ.read([FERRY], page(row)).answers[FERRY])

    assert (found.artist, found.artists) == (artist, artists)


@pytest.mark.parametrize(
    ("first", "dates", "known"),
    [
        ("", ["2015-03-01", "1993-??-01"], "1993"),
        ("????-05-02", ["2009-09-22"], "2009-09-22"),
        ("2009-00-00", [], "2009"),
        (None, ["2009", "2009-09-22"], "2009-09-22"),
    ],
)
def test_what_is_known_of_a_date_is_read(first, dates, known):
    releases = [{"title": "T", "date": date} for date in dates]
    fields = {"first-release-date": first, "releases": releases}

    assert read_one(**fields).release_date == known


def test_an_album_of_various_artists_names_no_album_where_an_own_one_exists():
    various = {
        "title": "Party Hits",
        "date": "2008-01-01",
        "artist-credit": [{"name": "Various Artists", "artist": {"name": "VA"}}],
    }
    own = {"title": "Harbour", "date": "2009-09-22"}

    assert read_one(releases=[various, own]).album == "Harbour"
    assert read_one(releases=[various]).album == "Party Hits"


@pytest.mark.parametrize(("said", "video"), [(True, True), (False, None), (None, None)])
def test_a_video_is_marked(said, video):
    assert read_one(video=said).video is video


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (
            "<html>Your requests are exceeding the allowable rate limit.</html>",
            RateLimited,
        ),
        (
            "<?xml version='1.0'?><error><text>is currently busy.</text></error>",
            Shedding,
        ),
        ("<html>Down for maintenance</html>", Transient),
    ],
)
def test_a_503_without_its_headers_is_told_apart_by_its_text(body, error):
    with pytest.raises(error):
        MUSICBRAINZ.read([FERRY], answered(body, 503))


def test_an_error_in_a_200_is_told_apart_too():
    body = {"error": "Your requests are exceeding the allowable rate limit."}
    with pytest.raises(RateLimited):
        MUSICBRAINZ.read([FERRY], answered(body))


@pytest.mark.parametrize("status", [400, 403])
def test_a_gateways_page_is_no_word_of_musicbrainz(status):
    with pytest.raises(Transient):
        MUSICBRAINZ.read([FERRY], answered("<html>No</html>", status))
