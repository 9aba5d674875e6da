"""The console's door: tokens, sessions, links, and what other sites cannot send."""

import base64
import hashlib

import httpx
import pytest
from starlette.requests import Request

from enrichment.app.settings import Settings
from enrichment.errors import ConfigurationError, InputInvalid
from enrichment.web.access.given import one_time_link
from enrichment.web.access.sessions import (
    LINK_SECONDS,
    SESSION_SECONDS,
    Signer,
    signer_of,
)
from enrichment.web.access.tokens import Role, Token, Tokens, operator, tokens_of
from enrichment.web.console.frame.assets import FOLDER, VENDORED
from enrichment.web.console.frame.forms import HOME, File, form_of
from tests.console import (
    READER,
    SECRET,
    TOKEN,
    TOKENS,
    Used,
    browser,
    csrf_in,
    digest_of,
    log_in,
    served,
)

LOGIN = "/console/login"


async def csrf(client):
    """What the forms of the session carry: each page has the one to log out."""
    page = await client.get("/console/help")
    return csrf_in(page.text)


# tokens


def tokens_in(tmp_path, text):
    file = tmp_path / "tokens"
    file.write_text(text)
    return tokens_of("the operator's", file)


def test_tokens_have_names_and_roles(tmp_path):
    lines = f"# who\n\nada write {'a' * 64}\nbob\tread\t{digest_of(READER).hex()}\n"

    tokens = tokens_in(tmp_path, lines)

    assert tokens.holder("the operator's").name == "operator"
    assert tokens.holder(READER) == Token("bob", Role.READ, digest_of(READER))
    assert tokens.holder("a" * 64) is None
    assert tokens.holder("\udc80") is None
    assert [tokens.named(name).may_write for name in ("operator", "ada", "bob")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("ada write", "name role sha256"),
        (f"ada writes {'a' * 64}", "neither read nor write"),
        ("ada write my-own-token-in-clear", "64 hexadecimal digits"),
        (f"operator read {'a' * 64}", "another token named operator"),
        (f"<b> read {'a' * 64}", "a name has"),
    ],
)
def test_a_wrong_line_is_told_by_its_number_and_not_repeated(tmp_path, line, told):
    with pytest.raises(ConfigurationError) as caught:
        tokens_in(tmp_path, f"# first\n{line}\n")

    assert told in str(caught.value)
    assert "line 2" in str(caught.value)
    assert "my-own-token" not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigurationError, match="ENRICHMENT_API_TOKENS_FILE"):
        tokens_of(None, tmp_path / "none")


def test_sessions_need_a_secret_where_people_may_log_in():
    with pytest.raises(ConfigurationError, match="ENRICHMENT_SESSION_SECRET"):
        signer_of(TOKENS, None, None)
    signer_of(Tokens(), None, None)


# sessions


def session_of(signer, name="ada"):
    return signer.session(TOKENS.named(name))


def test_a_session_is_known_to_every_replica_and_to_nobody_with_another_secret():
    text = session_of(Signer(SECRET, TOKENS))

    assert Signer(SECRET, TOKENS).in_session(text)[1].name == "ada"
    assert Signer("another", TOKENS).in_session(text) is None


def test_a_session_ends_with_its_time_and_with_its_token():
    now = 1_000_000.0
    text = session_of(Signer(SECRET, TOKENS, clock=lambda: now))
    later = Signer(SECRET, TOKENS, clock=lambda: now + SESSION_SECONDS)
    changed = Tokens([Token("ada", Role.WRITE, digest_of("a new one"))])

    assert later.in_session(text) is None
    assert Signer(SECRET, changed, clock=lambda: now).in_session(text) is None
    assert Signer(SECRET, Tokens(), clock=lambda: now).in_session(text) is None


def test_a_link_is_no_session_and_what_is_forged_is_nothing():
    signer = Signer(SECRET, TOKENS)
    link, text = signer.link(TOKENS.named("ada")), session_of(signer)
    body, mac = text.split(".")

    for forged in (
        *(link, "", ".", "a.b", f"{body}.", f".{mac}", f"{body}.{mac[:-2]}"),
        *(f"{body[:-1]}.{mac}", f"{body}.ü", "x" * 100_000, f"{text}.{mac}"),
    ):
        assert signer.in_session(forged) is None
    assert signer.in_link(text) is None


# pages


async def test_the_root_leads_to_the_pages_and_a_page_to_the_login():
    async with browser(served()) as client:
        root = await client.get("/")
        first = await client.get(root.headers["location"])
        wanted = await client.get("/console/help?of=keys")

        assert first.headers["location"] == HOME
        assert wanted.status_code == 303
        assert wanted.headers["location"] == (
            f"{LOGIN}?next=%2Fconsole%2Fhelp%3Fof%3Dkeys"
        )
        page = await client.get(wanted.headers["location"])
        assert 'value="/console/help?of=keys"' in page.text


async def test_who_knows_a_token_logs_in_and_out():
    async with browser(served()) as client:
        answer = await client.post(
            LOGIN, data={"token": TOKEN, "next": "/console/help?x=1"}
        )
        assert answer.headers["location"] == "/console/help?x=1"
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "path=/console" in cookie
        assert "secure" not in cookie
        assert TOKEN not in str(client.cookies)

        page = await client.get("/console/help")
        assert "operator" in page.text
        out = await client.post("/console/logout", data={"csrf": csrf_in(page.text)})
        assert out.headers["location"] == LOGIN
        assert (await client.get("/console/help")).status_code == 303


async def test_over_https_the_session_goes_over_https_alone():
    async with browser(served(), address="https://localhost") as client:
        answer = await log_in(client)
        assert "; secure" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize("token", ["", "wrong", "x" * 10_000, "\x00", "ü"])
async def test_what_is_no_token_opens_nothing(token):
    async with browser(served()) as client:
        answer = await client.post(LOGIN, data={"token": token})

        assert answer.status_code in {401, 422}
        assert "set-cookie" not in answer.headers
        assert "x" * 50 not in answer.text


async def test_a_session_outlives_the_service_and_is_known_to_a_second_one():
    async with browser(served()) as client:
        await log_in(client)
        async with browser(served(), cookies=client.cookies) as other:
            assert (await other.get("/console/help")).status_code == 200


async def test_a_session_ends_and_a_script_is_told_so():
    now = [1_000_000.0]
    async with browser(served(clock=lambda: now[0])) as client:
        await log_in(client)
        now[0] += SESSION_SECONDS
        assert (await client.get("/console/help")).status_code == 303
        part = await client.get("/console/help", headers={"HX-Request": "true"})
        assert (part.status_code, part.text) == (401, "")
        assert part.headers["hx-redirect"].startswith(LOGIN)


async def test_a_link_logs_in_once_whichever_replica_reads_it():
    used = Used()
    code = Signer(SECRET, TOKENS).link(TOKENS.named("ada"))
    async with (
        browser(served(used=used)) as client,
        browser(served(used=used)) as second,
    ):
        answer = await client.get("/console/enter", params={"code": code})
        assert answer.headers["location"] == HOME
        assert "ada" in (await client.get("/console/help")).text

        again = await second.get("/console/enter", params={"code": code})
        assert again.status_code == 401
        assert "set-cookie" not in again.headers


@pytest.mark.parametrize(
    ("host", "address", "begins"),
    [
        ("127.0.0.1", None, "http://127.0.0.1:8022/console/enter?code="),
        ("0.0.0.0", None, "http://127.0.0.1:8022/console/enter?"),  # noqa: S104 (read, not listened on)
        ("::1", None, "http://[::1]:8022/console/enter?"),
        ("::", "https://x.example/", "https://x.example/console/enter?"),
    ],
)
async def test_the_link_of_the_settings_logs_in(host, address, begins):
    settings = Settings(
        enrichment_api_host=host,
        enrichment_api_token=TOKEN,
        enrichment_session_secret=SECRET,
    )
    link = one_time_link(settings, "operator", address)
    assert link.startswith(begins)
    async with browser(served()) as client:
        answer = await client.get(link[link.index("/console") :])
        assert answer.status_code == 303
    with pytest.raises(InputInvalid, match="no token named 'eve'"):
        one_time_link(settings, "eve", address)


async def test_an_old_link_is_worth_nothing():
    now = 1_000_000.0
    code = Signer(SECRET, TOKENS, clock=lambda: now).link(TOKENS.named("ada"))
    async with browser(served(clock=lambda: now + LINK_SECONDS)) as client:
        answer = await client.get("/console/enter", params={"code": code})
        assert answer.status_code == 401


async def test_an_open_console_is_read_without_a_login_and_changed_by_nobody():
    async with browser(served(is_open=True)) as client:
        page = await client.get("/console/help")
        assert page.status_code == 200
        assert "Log in" in page.text
        answer = await client.post("/console/undo", data={"csrf": ""})
        assert answer.status_code == 401


@pytest.mark.parametrize(
    "next_page",
    [
        *("https://evil.example/", "//evil.example/console/", "/console/../tracks"),
        *("javascript:alert(1)", "/console/\\evil", "http://[", "/console/\r\nx: y"),
    ],
)
async def test_a_login_leads_to_no_other_site(next_page):
    async with browser(served()) as client:
        answer = await client.post(LOGIN, data={"token": TOKEN, "next": next_page})
        assert answer.headers["location"] == HOME


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
    ],
)
async def test_another_site_cannot_log_a_person_in_nor_act_for_one(headers):
    async with browser(served()) as client:
        login = await client.post(LOGIN, data={"token": TOKEN}, headers=headers)
        assert login.status_code == 403
        assert "set-cookie" not in login.headers

        await log_in(client)
        form = {"csrf": await csrf(client), "act": "x"}
        act = await client.post("/console/undo", data=form, headers=headers)
        assert act.status_code == 403


async def test_a_form_proves_that_it_is_of_the_session():
    async with browser(served()) as client, browser(served()) as other:
        await log_in(client)
        await log_in(other)
        theirs = await csrf(other)
        for form in ({}, {"csrf": ""}, {"csrf": theirs}, {"csrf": "ü"}):
            answer = await client.post("/console/undo", data=form)
            assert answer.status_code == 403
        answer = await client.post("/console/logout", data={"csrf": theirs})
        assert answer.status_code == 403


async def test_who_only_reads_changes_nothing():
    async with browser(served()) as client:
        await log_in(client, READER)
        form = {"csrf": await csrf(client), "act": "x"}
        answer = await client.post("/console/undo", data=form)
        assert answer.status_code == 403
        assert "only reads" in answer.text


async def test_a_name_of_another_site_is_answered_nothing():
    async with browser(served(), address="http://evil.example") as client:
        for path in ("/", LOGIN, "/console/help"):
            assert (await client.get(path)).status_code == 421


@pytest.mark.parametrize(
    "path", [LOGIN, "/console/help", "/console/none", "/console/assets/console.css"]
)
async def test_every_answer_lets_a_browser_load_nothing_from_elsewhere(path):
    async with browser(served(is_open=True)) as client:
        answer = await client.get(path)
        policy = answer.headers["content-security-policy"]

        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert 'style="' not in answer.text
        assert "<script>" not in answer.text


async def test_a_page_that_is_not_there_is_told_as_a_page():
    async with browser(served()) as client:
        answer = await client.get("/console/none")
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        # the calls beside the pages answer as before
        assert (await client.get("/none")).json() == {"detail": "Not Found"}


async def test_the_description_of_the_calls_names_no_page():
    async with browser(served()) as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
        assert not [path for path in paths if path == "/" or "console" in path]


@pytest.mark.parametrize(
    ("token", "status"), [(None, 401), ("wrong", 401), (READER, 403)]
)
async def test_calls_that_write_are_for_who_may(token, status):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with browser(served()) as client:
        wish = {"artist": "A", "title": "B"}
        answer = await client.post("/tracks", json=wish, headers=headers)
        assert answer.status_code == status


def test_a_session_is_no_token_and_a_digest_neither():
    assert operator(TOKEN).digest != TOKEN.encode()
    assert TOKENS.holder(operator(TOKEN).digest.hex()) is None


@pytest.mark.parametrize("name", VENDORED)
def test_what_others_wrote_is_what_their_packages_hold(name):
    digest = hashlib.sha384((FOLDER / name).read_bytes()).digest()
    assert VENDORED[name][1] == f"sha384-{base64.b64encode(digest).decode()}"


def test_every_script_is_ours_or_named_with_its_package():
    scripts = {file.name for file in FOLDER.iterdir() if ".min." in file.name}
    assert scripts == set(VENDORED)


LONG = 64 * 1024
_FIELD = b'--b\r\nContent-Disposition: form-data; name="token"'
HOSTILE_FORMS = {
    "parameters": _FIELD + b"; a=b" * (LONG // 5) + b"\r\n\r\nx\r\n--b--",
    "folded": _FIELD + b"\r\n a" * (LONG // 4) + b"\r\n\r\nx\r\n--b--",
    "nested": b"--b\r\n"
    + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i)
        for i in range(1000)
    ),
    "parts": b"--b\r\n\r\n" * (LONG // 7) + b"\r\n--b--",
}


@pytest.mark.parametrize("name", HOSTILE_FORMS)
async def test_a_form_that_takes_long_to_read_is_refused_before_it_is_read(name):
    headers = {"content-type": "multipart/form-data; boundary=b"}
    async with browser(served()) as client:
        body = HOSTILE_FORMS[name][:LONG]
        answer = await client.post(LOGIN, content=body, headers=headers)
        assert answer.status_code == 422


async def test_files_and_fields_of_a_form_are_read_as_they_are():
    sent = httpx.Request(
        "POST",
        "http://localhost/",
        data={"csrf": "ü", "act": ["1", "2\r\n3"]},
        files={"file": ("né.txt", b"a\r\n\r\n--b\r\n\xff")},
    )

    form = await form_of(Request({"type": "http", **_as_scope(sent)}, _body_of(sent)))

    assert form.fields == {"csrf": ["ü"], "act": ["1", "2\n3"]}
    assert form.files == {"file": File("né.txt", b"a\r\n\r\n--b\r\n\xff")}


def _as_scope(sent):
    return {"headers": [(k.lower(), v) for k, v in sent.headers.raw]}


def _body_of(sent):
    async def receive():
        return {"type": "http.request", "body": sent.read()}

    return receive
