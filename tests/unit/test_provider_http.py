"""The one HTTP client: tries, faults, tokens, reports, and secrets that stay inside."""

import gzip
import inspect
import logging
import traceback

import httpx
import pytest

from enrichment.errors import CredentialsRefused, RateLimited, Transient
from enrichment.model import Absent, ProviderName, Question
from enrichment.providers import HttpRequest, HttpResponse, Reading
from enrichment.providers.http import sender as http_module
from enrichment.providers.http.bodies import MAX_BODY_BYTES
from enrichment.providers.http.faults import HTTPX_ERRORS
from enrichment.providers.http.masking import masked, masked_url
from enrichment.providers.http.sender import RETRIES, HttpSender

QUESTION = Question(ProviderName("lastfm"), "track", key="a:b", artist="a", title="b")
SECRET = "s3cr3t-of-ours"


class Plain:
    """A provider whose every 200 is an absence."""

    name = ProviderName("lastfm")
    fields = frozenset()

    def question(self, _wanted):
        return QUESTION

    def batch_size(self, _operation):
        return 1

    def request(self, _questions):
        return HttpRequest(
            "GET",
            "https://provider.example/2.0/",
            params=(("track", "b"), ("api_key", SECRET)),
        )

    def read(self, questions, response):
        if response.status == 401:
            raise CredentialsRefused("no", status=401)
        if response.status == 429:
            raise RateLimited("slow", kind="rate", retry_after=3, status=429)
        if response.status != 200:
            raise Transient("down", status=response.status)
        return Reading({question: Absent() for question in questions})


class Tokens:
    """Authorises with one token after the other."""

    def __init__(self, *tokens):
        self.left = list(tokens)
        self.thrown_away = []

    async def headers(self, _send):
        return (("Authorization", f"Bearer {self.left[0]}"),)

    async def refused(self, _headers):
        self.thrown_away.append(self.left.pop(0))


class Permits:
    """Lets everything through, and keeps what it was asked."""

    def __init__(self):
        self.asked = []

    async def to_open(self, _):
        self.asked.append("open")

    async def to_send(self):
        self.asked.append("send")
        return True


class Calls(list):
    """Keeps what was reported."""

    def called(self, report):
        self.append(report)


class Pauses(list):
    """Keeps how long was waited, without waiting."""

    async def __call__(self, seconds):
        self.append(seconds)


def sender(respond, calls=None, **more):
    return HttpSender(
        calls if calls is not None else Calls(),
        transport=httpx.MockTransport(respond),
        pause=more.pop("pause", Pauses()),
        **more,
    )


def answer(status, body=b"", headers=None):
    """Give a response whose bytes are still to be read, as a network's are."""
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))


def failing(*errors, then=200):
    """Give a transport that fails with each error in turn, then answers."""
    left = list(errors)

    def respond(request):
        if left:
            raise left.pop(0)
        return answer(then, b"{}")

    return respond


async def test_a_blip_is_tried_again_and_each_try_asks_the_budget_first():
    permit = Permits()
    calls, pauses = Calls(), Pauses()
    respond = failing(httpx.ConnectError("x"), httpx.ReadError("x"))
    async with sender(respond, calls, pause=pauses) as client:
        reading = await client.ask(Plain(), [QUESTION], permit=permit)

    assert reading.answers == {QUESTION: Absent()}
    assert permit.asked == ["open"] * 3
    assert [call.status for call in calls] == ["error", "error", "success"]
    assert [call.http_status for call in calls] == [None, None, 200]
    assert all(0 <= pause <= http_module.LONGEST_WAIT_SECONDS for pause in pauses)


async def test_tries_end_after_two_more():
    calls = Calls()
    respond = failing(*[httpx.ConnectError("x")] * 10)
    async with sender(respond, calls) as client:
        with pytest.raises(Transient):
            await client.ask(Plain(), [QUESTION])
    assert len(calls) == 1 + RETRIES == 3


async def test_a_slow_provider_is_not_asked_again_at_once():
    calls = Calls()
    async with sender(failing(httpx.ReadTimeout("x")), calls) as client:
        with pytest.raises(Transient):
            await client.ask(Plain(), [QUESTION])
    assert len(calls) == 1


@pytest.mark.parametrize("status", [429, 500, 503, 302, 404])
async def test_an_answered_call_is_never_sent_again(status):
    calls = Calls()
    async with sender(failing(then=status), calls) as client:
        with pytest.raises((Transient, RateLimited)):
            await client.ask(Plain(), [QUESTION])
    assert [call.http_status for call in calls] == [status]


async def test_a_budget_that_says_no_ends_the_call_before_it_is_sent():
    sent = []

    class Refusing(Permits):
        async def to_open(self, _):
            raise LookupError("no allowance")

    async with sender(sent.append) as client:
        with pytest.raises(LookupError):
            await client.ask(Plain(), [QUESTION], permit=Refusing())
    assert sent == []


def httpx_errors():
    classes = [
        one
        for _, one in inspect.getmembers(httpx, inspect.isclass)
        if issubclass(one, Exception)
    ]
    assert len(classes) > 25
    return classes


@pytest.mark.parametrize("error", httpx_errors(), ids=lambda error: error.__name__)
async def test_no_httpx_error_is_unmapped(error):
    # made without its own arguments, which differ from class to class
    one = error.__new__(error, "x")

    assert isinstance(one, HTTPX_ERRORS)
    async with sender(failing(*[one] * (1 + RETRIES))) as client:
        with pytest.raises(Transient) as raised:
            await client.ask(Plain(), [QUESTION])
    assert type(one).__name__ in str(raised.value)


async def test_a_cut_body_is_transient():
    def respond(request):
        cut = gzip.compress(b"{}" * 500)[:-30] + b"rubbish" * 9
        return answer(200, cut, {"content-encoding": "gzip"})

    async with sender(respond) as client:
        with pytest.raises(Transient):
            await client.ask(Plain(), [QUESTION])


async def test_a_body_beyond_the_bound_is_given_up():
    async with sender(lambda _: answer(200, b"x" * (MAX_BODY_BYTES + 1))) as client:
        with pytest.raises(Transient, match="bytes"):
            await client.ask(Plain(), [QUESTION])


async def test_a_redirect_is_not_followed():
    seen = []

    def respond(request):
        seen.append(request.url.host)
        return answer(301, headers={"location": "https://elsewhere.example/"})

    async with sender(respond) as client:
        with pytest.raises(Transient):
            await client.ask(Plain(), [QUESTION])
    assert seen == ["provider.example"]


async def test_a_refusal_is_reported_as_what_it_means():
    calls = Calls()
    async with sender(failing(then=429), calls) as client:
        with pytest.raises(RateLimited):
            await client.ask(Plain(), [QUESTION])
    (call,) = calls
    assert (call.provider, call.operation) == (ProviderName("lastfm"), "track")
    assert (call.status, call.error_type) == ("rate_limited", "RateLimited")
    assert call.seconds >= 0


async def test_a_401_renews_the_token_once_and_asks_again():
    def respond(request):
        good = request.headers["authorization"] == "Bearer new"
        return answer(200 if good else 401, b"{}")

    tokens, calls = Tokens("old", "new"), Calls()
    async with sender(
        respond, calls, authorizers={ProviderName("lastfm"): tokens}
    ) as client:
        await client.ask(Plain(), [QUESTION])
    assert tokens.thrown_away == ["old"]
    assert [call.http_status for call in calls] == [401, 200]


async def test_a_second_401_means_the_credentials():
    tokens, calls = Tokens("old", "new", "newer"), Calls()
    async with sender(
        failing(then=401), calls, authorizers={ProviderName("lastfm"): tokens}
    ) as client:
        with pytest.raises(CredentialsRefused):
            await client.ask(Plain(), [QUESTION])
    assert len(calls) == 2


async def test_a_call_says_who_we_are_unless_the_request_does():
    seen = []

    def respond(request):
        seen.append(request.headers["user-agent"])
        return answer(200)

    own = HttpRequest("GET", "https://a.example/", headers=(("User-Agent", "Own/1"),))
    async with sender(respond, user_agent="Ours/1") as client:
        for request in (HttpRequest("GET", "https://a.example/"), own):
            await client.send(ProviderName("lastfm"), "token", request)
    assert seen == ["Ours/1", "Own/1"]


async def test_a_response_tells_when_it_was_given():
    async with sender(failing()) as client:
        response = await client.send(
            ProviderName("lastfm"), "token", HttpRequest("GET", "https://a.example/")
        )
    assert isinstance(response, HttpResponse)
    assert response.headers["date"].endswith("GMT")


@pytest.mark.parametrize(
    "name",
    ["api_key", "key", "token", "access_token", "client_secret", "api_sig", "sk"],
)
def test_a_secret_parameter_is_masked(name):
    request = HttpRequest("GET", "https://a.example/x", params=((name, SECRET),))
    assert masked(request) == f"GET https://a.example/x?{name}=***"


def test_headers_form_and_user_information_are_never_shown():
    request = HttpRequest(
        "POST",
        f"https://user:{SECRET}@a.example:8443/token",
        headers=(("Authorization", f"Basic {SECRET}"),),
        form=(("client_secret", SECRET),),
    )
    assert masked(request) == "POST https://a.example:8443/token"
    assert masked_url(f"https://a.example/?a=b&api_key={SECRET}&c=") == (
        "https://a.example/?a=b&api_key=***&c="
    )


async def test_no_secret_reaches_logs_or_exceptions(caplog):
    caplog.set_level(logging.DEBUG)
    tokens = Tokens(SECRET)
    respond = failing(httpx.ConnectError("x"), then=503)
    async with sender(respond, authorizers={ProviderName("lastfm"): tokens}) as client:
        with pytest.raises(Transient) as answered:
            await client.ask(Plain(), [QUESTION])
    async with sender(failing(*[httpx.ConnectError("x")] * (1 + RETRIES))) as client:
        with pytest.raises(Transient) as unanswered:
            await client.ask(Plain(), [QUESTION])

    assert "provider.example" in caplog.text
    shown = [caplog.text, repr(client)]
    for raised in (answered, unanswered):
        shown += traceback.format_exception(raised.value)
    assert "api_key=***" in "".join(shown)
    assert SECRET not in "".join(shown)


async def test_waits_between_tries_are_those_that_are_set():
    pauses = Pauses()
    respond = failing(*(httpx.ConnectError("x") for _ in range(5)))
    async with sender(respond, retries=5, pause=pauses, waits=(0.0, 0.0)) as client:
        await client.ask(Plain(), [QUESTION], permit=Permits())

    assert pauses == [0.0] * 5
