"""Spotify: what is asked, what an answer and each refusal mean, and the one token."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment.contract.texts import own_secrets
from enrichment.errors import (
    CapabilityClosed,
    CredentialsRefused,
    LimitKind,
    ProviderError,
    QuestionRefused,
    RateLimited,
    Transient,
)
from enrichment.model import Absent, ProviderName, Question
from enrichment.providers.spotify.provider import (
    QUERY_CHARACTERS,
    Capability,
    Spotify,
    search_query,
)
from enrichment.providers.spotify.token import (
    SpotifyAuthorizer,
    read_token,
    token_request,
)
from enrichment.providers.tokens import InMemoryTokenStore, Token
from tests.provider_samples import answer, answered, asked, response, wanted

SPOTIFY = Spotify()
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def question(artist="Mira Kold", title="Night Ferry", version=None):
    return Question(
        ProviderName("spotify"),
        "search",
        key="k",
        artist=artist,
        title=title,
        version=version,
    )


# asking


def test_a_known_isrc_is_asked_for():
    one = asked(SPOTIFY, "Mira Kold", "Night Ferry", isrc="QZAAA1400001")
    assert (one.operation, one.key) == ("isrc", "QZAAA1400001")
    request = SPOTIFY.request([one])
    assert request.url == "https://api.spotify.com/v1/search"
    assert dict(request.params) == {
        "q": "isrc:QZAAA1400001",
        "type": "track",
        "limit": "10",
    }


@pytest.mark.parametrize("code", ["undefined", "X OR Y", "QZ-AAA-14"])
def test_what_is_no_isrc_is_not_asked_for(code):
    one = asked(SPOTIFY, "Mira Kold", "Night Ferry", isrc=code)
    assert (one.operation, one.isrc) == ("search", None)


def test_spellings_of_one_track_are_one_question():
    assert asked(SPOTIFY, "Deadmau5", "Strobe (Original Mix)").key == "deadmau5:strobe"
    assert asked(SPOTIFY, "deadmau5", "STROBE").key == "deadmau5:strobe"


def test_a_remix_is_asked_for_by_its_remixer():
    plain = asked(SPOTIFY, "Mira Kold", "Night Ferry")
    remix = asked(SPOTIFY, "Mira Kold", "Night Ferry (Oslo Twins Remix)")
    assert plain.key != remix.key
    assert search_query(remix) == 'track:"Night Ferry" artist:"Mira Kold" Oslo Twins'


@pytest.mark.parametrize(
    ("artist", "title"), [("ID", "ID"), ("Mira Kold", "ID"), ("Mira Kold", '"')]
)
def test_what_nobody_knows_is_not_asked_for(artist, title):
    assert SPOTIFY.question(wanted(artist, title)) is None


@pytest.mark.parametrize(
    ("artist", "title", "query"),
    [
        ("Mira Kold", "Don't Stop", 'track:"Dont Stop" artist:"Mira Kold"'),
        ("Mira Kold", 'Say "Yes": Now', 'track:"Say Yes Now" artist:"Mira Kold"'),
        ("Mira Kold", "x OR isrc:", 'track:"x or isrc" artist:"Mira Kold"'),
        ("Mira Kold", "NOT Today", 'track:"not Today" artist:"Mira Kold"'),
        ("A-Ha", "Up (-)", 'track:"Up" artist:"A Ha"'),
        ("P!nk", "A+B", 'track:"A B" artist:"P!nk"'),
        ("Mira Kold", "Ночь", 'track:"Ночь" artist:"Mira Kold"'),
        ("Above & Beyond", "Sun", 'track:"Sun" artist:"Above Beyond"'),
        ("Chase and Status", "Sun", 'track:"Sun" artist:"Chase and Status"'),
        ("Mira Kold vs. Juno Bay", "Sun", 'track:"Sun" artist:"Mira Kold"'),
        ("Mira Kold, Juno Bay & X", "Sun", 'track:"Sun" artist:"Mira Kold"'),
        ("Mira Kold", "!!!", 'track:"!!!" artist:"Mira Kold"'),
        ("!!!", "\U0001f525", 'track:"\U0001f525" artist:"!!!"'),
        ("Mira Kold", '"', 'artist:"Mira Kold"'),
    ],
)
def test_what_breaks_a_filter_is_dropped(artist, title, query):
    assert search_query(question(artist, title)) == query


@pytest.mark.parametrize(
    ("artist", "title"),
    [
        ("Mira Kold", "A Very Long Title " * 12),
        ("A Band Whose Name Does Not End " * 6, "Night Ferry"),
        ("x" * 300, "y" * 300),
    ],
)
def test_a_long_query_is_cut_at_a_words_end(artist, title):
    query = search_query(question(artist, title, "Someone With A Long Name Indeed"))
    assert len(query) <= QUERY_CHARACTERS
    assert query.count('"') == 4
    if " " in title:
        words = query.split('"')[1].split()
        assert set(words) <= set(title.split())


@given(artist=st.text(min_size=1), title=st.text(min_size=1), version=st.text())
@settings(max_examples=60)
def test_no_name_makes_a_query_that_is_refused(artist, title, version):
    query = search_query(question(artist, title, version))
    assert len(query) <= QUERY_CHARACTERS
    assert query.count('"') in {0, 2, 4}
    assert '""' not in query
    assert not {"OR", "AND", "NOT"} & set(query.split())


# reading


def test_a_page_is_read_with_all_its_versions():
    one = asked(SPOTIFY, "Mira Kold", "Night Ferry")
    plain, remix, _ = answer(SPOTIFY, one, "spotify/search_several_versions").candidates
    assert plain.title == "Night Ferry"
    assert plain.isrcs == ("QZAAA1400001",)
    assert (plain.duration_ms, plain.popularity) == (391000, 61)
    assert plain.release_date == "2014-05-19"
    assert plain.artwork_url == "https://images.example/1-640.jpg"
    assert remix.artist == "Mira Kold, Oslo Twins"
    assert remix.artists == ("Mira Kold", "Oslo Twins")
    assert len(remix.artist_ids) == 2
    assert (remix.duration_ms, remix.release_date) == (402500, "2014")


def test_an_isrc_brings_its_mixes_but_no_other_isrc():
    one = asked(SPOTIFY, "Mira Kold", "Night Ferry", isrc="QZAAA1400001")
    found = answer(SPOTIFY, one, "spotify/isrc_two_mixes_and_another_code")
    assert [candidate.title for candidate in found.candidates] == [
        "Night Ferry",
        "Night Ferry - Radio Mix",
        "Night Ferry",
    ]


def test_null_items_local_files_and_missing_fields_are_no_error():
    bare, floats = answer(
        SPOTIFY, question(), "spotify/search_null_local_and_bare"
    ).candidates
    assert (bare.title, bare.artist, bare.isrcs) == ("Bare", "", ())
    assert (floats.duration_ms, floats.popularity, floats.isrcs) == (75000, 40, ())


def test_no_hit_is_an_absence():
    assert answer(SPOTIFY, question(), "spotify/search_nothing") == Absent()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html></html>",
        '{"tracks": {"items": [{"id": "1", "na',
        "[]",
        {},
        {"tracks": None},
        {"tracks": {"items": None, "total": 0}},
        {"albums": {"items": []}},
    ],
)
def test_a_senseless_page_is_no_absence(body):
    with pytest.raises(Transient):
        SPOTIFY.read([question()], answered(body))


def test_a_page_that_lost_its_items_is_no_absence():
    with pytest.raises(Transient):
        SPOTIFY.read([question()], response("spotify/search_page_lost_its_items"))


@pytest.mark.parametrize(
    ("sample", "kind", "wait"),
    [
        ("429_rate", LimitKind.RATE, 7),
        ("429_until_a_date", LimitKind.RATE, 30),
        ("429_says_nothing", LimitKind.RATE, None),
        ("429_quota", LimitKind.QUOTA, 48000),
        ("429_long_without_reason", LimitKind.QUOTA, 61),
        ("429_plain_text_for_hours", LimitKind.BAN, 19000),
    ],
)
def test_each_429_is_told_apart_and_its_wait_kept_in_full(sample, kind, wait):
    with pytest.raises(RateLimited) as raised:
        SPOTIFY.read([question()], response(f"spotify/{sample}"))
    assert (raised.value.kind, raised.value.retry_after) == (kind, wait)
    assert raised.value.status == 429


@pytest.mark.parametrize(
    ("sample", "error"),
    [
        ("401_token_ended", CredentialsRefused),
        ("403_closed", CapabilityClosed),
        ("403_premium", CredentialsRefused),
        ("400_invalid_limit", QuestionRefused),
        ("404_long_query", Transient),
        ("502_gateway_page", Transient),
    ],
)
def test_each_refusal_says_what_happens_next(sample, error):
    with pytest.raises(error) as raised:
        SPOTIFY.read([question()], response(f"spotify/{sample}"))
    assert raised.value.status == int(sample[:3])


# by id, and what the account may call

ID, OTHER_ID = "4uLU6hMCjMI75M1A2tKUQC", "1301WleyT98MSxVHPZCA6M"
BY_ID = Question(ProviderName("spotify"), "track", key=ID)
BY_OTHER_ID = Question(ProviderName("spotify"), "track", key=OTHER_ID)


def account(**known):
    """Spotify as an account sees it of which this is known."""
    return Spotify(allowed={Capability[name]: v for name, v in known.items()}.get)


def track(track_id=ID, **fields):
    return {"id": track_id, "name": "Night Ferry", "type": "track", **fields}


def test_a_known_id_is_asked_for_before_isrc_and_names():
    one = asked(SPOTIFY, "Mira Kold", "Night Ferry", isrc="QZAAA1400001", spotify_id=ID)
    assert (one.operation, one.key) == ("track", ID)
    request = SPOTIFY.request([one])
    assert request.url == f"https://api.spotify.com/v1/tracks/{ID}"


@pytest.mark.parametrize("track_id", ["", "x", f"spotify:track:{ID}", f"{ID},{ID}"])
def test_what_is_no_id_is_not_asked_for(track_id):
    one = asked(SPOTIFY, "Mira Kold", "Night Ferry", spotify_id=track_id)
    assert one.operation == "search"


def test_ids_go_fifty_a_call_until_that_is_known_to_be_closed():
    assert SPOTIFY.batch_size("track") == 50
    assert account(TRACK_BATCH=True).batch_size("track") == 50
    assert account(TRACK_BATCH=False).batch_size("track") == 1
    assert account(TRACK_BATCH=True).batch_size("isrc") == 1
    # the fields of development mode tell it without a refused call
    assert account(POPULARITY=False).batch_size("track") == 1
    assert account(POPULARITY=False, TRACK_BATCH=True).batch_size("track") == 50

    request = SPOTIFY.request([BY_ID, BY_OTHER_ID])
    assert request.url == "https://api.spotify.com/v1/tracks"
    assert request.params == (("ids", f"{ID},{OTHER_ID}"),)
    assert SPOTIFY.relies_on([BY_ID, BY_OTHER_ID]) == Capability.TRACK_BATCH
    assert SPOTIFY.relies_on([BY_ID]) is None


def test_a_batch_has_an_answer_at_each_ids_place():
    body = {"tracks": [None, track(OTHER_ID, popularity=7, external_ids={})]}
    reading = SPOTIFY.read([BY_ID, BY_OTHER_ID], answered(body))

    assert reading.answers[BY_ID] == Absent()
    assert reading.answers[BY_OTHER_ID].candidates[0].id == OTHER_ID
    assert reading.shown == {
        Capability.TRACK_BATCH: True,
        Capability.POPULARITY: True,
        Capability.ISRC: True,
    }


def test_a_closed_batch_form_is_learnt_and_its_members_are_asked_singly():
    body = {"error": {"status": 403, "message": "Forbidden"}}
    reading = SPOTIFY.read([BY_ID, BY_OTHER_ID], answered(body, 403))

    assert not reading.answers
    assert reading.again == ((BY_ID,), (BY_OTHER_ID,))
    assert reading.shown == {Capability.TRACK_BATCH: False}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("", 403),
        ("<html><body>Forbidden</body></html>", 403),
        ({"error": {"status": 400, "message": "Invalid base62 id"}}, 400),
        ({"error": {"status": 410, "message": "Gone"}}, 410),
    ],
)
def test_another_refusal_of_a_batch_is_asked_singly_and_teaches_nothing(body, status):
    reading = SPOTIFY.read([BY_ID, BY_OTHER_ID], answered(body, status))

    assert not reading.answers
    assert reading.again == ((BY_ID,), (BY_OTHER_ID,))
    assert reading.shown == {}


@pytest.mark.parametrize(
    "body", ["", {"error": {"status": 404, "message": "Not found."}}]
)
def test_a_404_for_a_batch_is_asked_once_more_as_it_is(body):
    with pytest.raises(Transient):
        SPOTIFY.read([BY_ID, BY_OTHER_ID], answered(body, 404))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html><title>404</title></html>",
        {"error": {"status": 404, "message": "Service not found"}},
    ],
)
def test_a_404_that_is_not_spotifys_own_word_is_no_absence(body):
    with pytest.raises(Transient):
        SPOTIFY.read([BY_ID], answered(body, 404))


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (404, "Resource not found"),
        (404, "Not found."),
        (404, "Non existing id: 'spotify:track:x'"),
        (400, "Invalid base62 id"),
        (400, "invalid id"),
    ],
)
def test_an_id_that_names_nothing_is_an_absence(status, message):
    body = {"error": {"status": status, "message": message}}

    assert SPOTIFY.read([BY_ID], answered(body, status)).answers == {BY_ID: Absent()}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, "Active premium subscription required for the owner of the app."),
        (403, {"error": {"status": 403, "message": "Premium required"}}),
        (400, {"error": {"message": "Only valid bearer authentication supported"}}),
        (401, {"error": {"status": 401, "message": "Access token missing"}}),
        (401, ""),
    ],
)
@pytest.mark.parametrize("questions", [[BY_ID], [BY_ID, BY_OTHER_ID], [question()]])
def test_a_refusal_of_the_account_is_one_in_whatever_form(status, body, questions):
    with pytest.raises(CredentialsRefused):
        SPOTIFY.read(questions, answered(body, status))


@pytest.mark.parametrize("body", ["", "<!DOCTYPE html><html>403</html>"])
def test_a_403_without_spotifys_word_closes_nothing(body):
    with pytest.raises(Transient):
        SPOTIFY.read([question()], answered(body, 403))


def test_the_wait_of_a_maintenance_is_carried():
    with pytest.raises(Transient) as raised:
        SPOTIFY.read([question()], answered("down", 503, {"retry-after": "3600"}))
    assert raised.value.retry_after == 3600


@pytest.mark.parametrize(
    "items", [[None], [None, None], [{"id": "1", "name": "", "type": "track"}]]
)
def test_a_page_of_rows_that_cannot_be_read_is_no_absence(items):
    page = {"tracks": {"items": items, "total": len(items)}}
    with pytest.raises(Transient):
        SPOTIFY.read([question()], answered(page))


def test_local_files_alone_are_an_absence():
    items = [{"id": None, "name": "Night Ferry", "type": "track", "is_local": True}]
    page = {"tracks": {"items": items, "total": 1}}

    (answered_,) = SPOTIFY.read([question()], answered(page)).answers.values()
    assert answered_ == Absent()


def test_a_page_without_rows_that_tells_no_total_is_no_absence():
    with pytest.raises(Transient):
        SPOTIFY.read([question()], answered({"tracks": {"items": []}}))


def test_what_was_removed_is_an_absence():
    removed = {"id": ID, "name": "", "type": "track", "artists": [{"name": ""}]}

    assert SPOTIFY.read([BY_ID], answered(removed)).answers == {BY_ID: Absent()}


def test_an_account_without_premium_is_no_missing_form():
    with pytest.raises(CredentialsRefused):
        SPOTIFY.read([BY_ID, BY_OTHER_ID], response("spotify/403_premium"))


def test_a_single_id_is_found_or_absent():
    reading = SPOTIFY.read([BY_ID], answered(track(external_ids={})))
    assert reading.answers[BY_ID].candidates[0].id == ID
    # development mode shows itself
    assert reading.shown == {Capability.POPULARITY: False, Capability.ISRC: True}

    body = {"error": {"status": 404, "message": "Resource not found"}}
    assert SPOTIFY.read([BY_ID], answered(body, 404)).answers == {BY_ID: Absent()}


@pytest.mark.parametrize(
    ("questions", "body"),
    [
        ([BY_ID], {}),
        ([BY_ID], {"error": {"status": 500, "message": "Server error"}}),
        ([BY_ID, BY_OTHER_ID], {"tracks": []}),
        ([BY_ID, BY_OTHER_ID], {"tracks": [track()]}),
        ([BY_ID, BY_OTHER_ID], {"tracks": [{}, {}]}),
    ],
)
def test_other_tracks_than_were_asked_for_are_no_absence(questions, body):
    with pytest.raises(Transient):
        SPOTIFY.read(questions, answered(body))


def test_long_pages_are_asked_for_where_the_account_has_shown_extended_quota():
    def rows(spotify, one):
        return dict(spotify.request([one]).params)["limit"]

    by_isrc = asked(SPOTIFY, "Mira Kold", "Night Ferry", isrc="QZAAA1400001")
    extended = account(POPULARITY=True)
    assert rows(SPOTIFY, question()) == "10"
    assert rows(account(POPULARITY=False), question()) == "10"
    assert rows(extended, question()) == "50"
    assert rows(extended, by_isrc) == "10"
    assert rows(account(POPULARITY=True, LONG_SEARCH=False), question()) == "10"


def test_a_refused_long_page_is_learnt_and_asked_for_again_shorter():
    extended = account(POPULARITY=True)
    reading = extended.read([question()], response("spotify/400_invalid_limit"))

    assert reading.again == ((question(),),)
    assert reading.shown == {Capability.LONG_SEARCH: False}


# the token


class Accounts:
    """Spotify's token endpoint, counted; each token is a new one."""

    def __init__(self, life=3600, prefix="t"):
        self.asked = 0
        self.life = life
        self.prefix = prefix

    async def __call__(self, _request):
        self.asked += 1
        await asyncio.sleep(0)
        given = f"{self.prefix}{self.asked}"
        return answered({"access_token": given, "expires_in": self.life})


def authorizer(store=None, clock=lambda: NOON):
    return SpotifyAuthorizer(
        "id",
        "secret",
        store or InMemoryTokenStore(),
        token_url="https://accounts.example/api/token",
        clock=clock,
    )


def test_a_token_is_asked_for_with_basic_credentials():
    request = token_request("id", "secret", "https://accounts.example/api/token")
    assert (request.method, request.form) == (
        "POST",
        (("grant_type", "client_credentials"),),
    )
    assert dict(request.headers) == {"Authorization": "Basic aWQ6c2VjcmV0"}


def test_a_token_ends_for_us_before_it_ends():
    token = read_token(response("spotify/token"), NOON)
    assert NOON + timedelta(minutes=50) < token.usable_until
    assert token.usable_until < NOON + timedelta(hours=1)


def test_a_token_ends_on_the_clock_of_who_gave_it():
    token = read_token(response("spotify/token"), NOON, time_scale=100)

    assert NOON < token.usable_until < NOON + timedelta(seconds=36)


def test_a_short_token_is_still_of_use():
    token = read_token(answered({"access_token": "t", "expires_in": 10}), NOON)
    assert NOON < token.usable_until < NOON + timedelta(seconds=10)


def test_a_token_is_never_printed():
    assert "t0p" not in repr(Token("t0p", NOON))


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (response("spotify/token_invalid_client"), CredentialsRefused),
        (answered({"error": "unsupported_grant_type"}, 400), CredentialsRefused),
        (answered("<html>Bad request</html>", 400), Transient),
        (answered("", 403), Transient),
        (answered({}, 401), CredentialsRefused),
        (answered("busy", 429, {"retry-after": "5"}), RateLimited),
        (answered("down", 503), Transient),
        (answered("cut", 200), Transient),
        (answered({"token_type": "Bearer"}, 200), Transient),
    ],
)
def test_no_token_says_why(reply, error):
    with pytest.raises(error):
        read_token(reply, NOON)


async def test_one_token_serves_all_workers_at_once():
    accounts, store = Accounts(), InMemoryTokenStore()
    workers = [authorizer(store) for _ in range(4)]
    headers = await asyncio.gather(
        *(worker.headers(accounts) for worker in workers for _ in range(5))
    )
    assert accounts.asked == 1
    assert set(headers) == {(("Authorization", "Bearer t1"),)}


async def test_whoever_holds_a_token_replaces_it_in_texts_of_others():
    asked = Accounts(prefix="Zq6-bearer-just-given")
    store = InMemoryTokenStore()
    await store.put(Token("Zq6-bearer-from-the-store", NOON + timedelta(hours=1)))
    for worker in (authorizer(store), authorizer()):
        [(_, header)] = await worker.headers(asked)
        token = header.removeprefix("Bearer ")

        assert token not in own_secrets.from_outside(f"cannot serve {token}")


async def test_a_token_is_renewed_once_shortly_before_its_end():
    time = [NOON]
    accounts, store = Accounts(), InMemoryTokenStore()
    workers = [authorizer(store, lambda: time[0]) for _ in range(2)]
    await workers[0].headers(accounts)
    time[0] = NOON + timedelta(seconds=3600 - 60)
    await asyncio.gather(*(worker.headers(accounts) for worker in workers * 3))
    assert accounts.asked == 2


async def test_a_refused_token_is_replaced_once_for_all():
    accounts, store = Accounts(), InMemoryTokenStore()
    workers = [authorizer(store) for _ in range(3)]
    for worker in workers:
        await worker.refused(await worker.headers(accounts))
    renewed = [await worker.headers(accounts) for worker in workers]
    assert accounts.asked == 2
    assert set(renewed) == {(("Authorization", "Bearer t2"),)}


class Refusing:
    """A token endpoint that refuses, counted."""

    def __init__(self, reply):
        self.asked = 0
        self.reply = reply

    async def __call__(self, _request):
        self.asked += 1
        await asyncio.sleep(0)
        return self.reply


@pytest.mark.parametrize(
    "reply",
    [
        answered({"error": "invalid_request"}, 400),
        answered("<html>Bad request</html>", 400),
        answered("busy", 429, {"retry-after": "5"}),
        answered("down", 503),
    ],
)
async def test_one_asks_for_a_token_and_its_refusal_is_everybodys(reply):
    accounts, one = Refusing(reply), authorizer()
    calls = [one.headers(accounts) for _ in range(50)]
    ended = await asyncio.gather(*calls, return_exceptions=True)

    assert accounts.asked == 1
    assert all(isinstance(error, ProviderError) for error in ended)


async def test_who_gets_no_token_asks_ever_less_and_says_for_how_long():
    time = [NOON]
    accounts, one = Refusing(answered("down", 503)), authorizer(clock=lambda: time[0])
    waits = []
    for _ in range(9):
        with pytest.raises(Transient) as raised:
            await one.headers(accounts)
        waits.append(raised.value.retry_after)
        time[0] += timedelta(seconds=waits[-1])

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert accounts.asked == 9
    accounts.reply = answered({"access_token": "t"})
    assert await one.headers(accounts) == (("Authorization", "Bearer t"),)


async def test_401s_at_random_are_no_storm_of_token_requests():
    time = [NOON]
    accounts, one = Accounts(), authorizer(clock=lambda: time[0])
    for _ in range(120):
        await one.refused(await one.headers(accounts))
        time[0] += timedelta(seconds=1)

    assert accounts.asked == 1 + 2


async def test_an_idle_worker_asks_for_no_token():
    accounts = Accounts()
    authorizer()
    assert accounts.asked == 0
