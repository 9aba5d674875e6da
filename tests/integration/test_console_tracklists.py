"""Tracklists brought by people: by the page and by JSON; found, shown, exported."""

import base64
import io
import re

import openpyxl
import pytest

from enrichment.model import Outcome
from tests import factories
from tests.console import READER, TOKEN, browser, csrf_in, served
from tests.integration.connections import pool
from tests.review import ambiguous, listed

__all__ = ["pool"]

PAGE = "/console/tracklists"
SET = "DJ Test @ Night\n1. Artist 1 - Title 1\n2. Artist 2 - Title 2\n3. ID - ID\n"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def client(pool):
    async with browser(served(pool=pool), follow_redirects=True) as opened:
        await opened.post("/console/login", data={"token": TOKEN})
        yield opened


def sheet():
    book = openpyxl.Workbook()
    for row in (("Artist", "Title", "ISRC"), ("Ana", "Água", "GBAAA2600001")):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


async def brought(client, text="", file=None, **fields):
    """Send the form as a browser does: with the part of the file, chosen or not."""
    form = {"csrf": csrf_in((await client.get(PAGE)).text), "text": text, **fields}
    files = {"file": file or ("", b"", "application/octet-stream")}
    return await client.post(PAGE, data=form, files=files)


async def test_a_pasted_list_is_stored_once_shown_and_asked_for(pool, client):
    stored = await brought(client, SET, name="night")
    assert re.fullmatch(rf"{PAGE}/\d+", stored.url.path)
    assert "The tracklist is stored" in stored.text
    assert "Artist 1" in stored.text
    rows = await pool.fetch("SELECT status, source FROM tracks")
    assert [tuple(row) for row in rows] == [("pending", "upload")] * 2

    again = await brought(client, SET, name="night")
    assert again.url.path == stored.url.path
    assert "stored already" in again.text
    assert await pool.fetchval("SELECT count(*) FROM tracklists") == 1

    listed_there = (await client.get(PAGE, params={"text": "night"})).text
    assert stored.url.path in listed_there
    missing = await client.get(f"{PAGE}/{9**30}")
    assert missing.status_code == 404


async def test_a_file_of_any_format_brings_what_it_knows(pool, client):
    name = "C:\\sets\\naïve <b>.xlsx"

    stored = await brought(client, file=(name, sheet(), "application/vnd.ms-excel"))

    assert stored.status_code == 200
    assert "Água" in stored.text
    assert "naïve &lt;b&gt;.xlsx" in stored.text
    assert "C:\\sets" not in stored.text
    assert await pool.fetchval("SELECT isrc FROM tracks") == "GBAAA2600001"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "nothing was given"),
        ("<script>alert(1)</script>\nmy shopping: milk", "not understood"),
        ("1. A - B\x00", "null character"),
    ],
)
async def test_what_is_no_tracklist_is_told_and_stays_in_the_form(client, text, told):
    refused = await brought(client, text)

    assert refused.status_code == 422
    assert told in refused.text
    assert "<script>alert" not in refused.text
    if "shopping" in text:
        assert "my shopping: milk</textarea>" in refused.text


async def test_a_body_that_is_too_large_or_no_form_is_refused(client):
    csrf = csrf_in((await client.get(PAGE)).text)
    form = {"csrf": csrf, "text": "1. A - B\n" * 300_000}
    assert (await client.post(PAGE, data=form)).status_code == 413
    # 64 KiB elsewhere
    form["text"] = "x" * 70_000
    assert (await client.post("/console/bulk", data=form)).status_code == 413
    broken = {"content-type": "multipart/form-data; boundary=x"}
    for body in (b"", b"--x\r\n\r\nno name\r\n--x--"):
        answer = await client.post(PAGE, content=body, headers=broken)
        assert answer.status_code == 422


async def test_who_only_reads_brings_nothing(pool):
    async with browser(served(pool=pool), follow_redirects=True) as client:
        await client.post("/console/login", data={"token": READER})
        page = (await client.get(PAGE)).text
        assert "Add a tracklist" not in page
        refused = await client.post(PAGE, data={"csrf": csrf_in(page), "text": SET})
        assert refused.status_code == 403
    assert await pool.fetchval("SELECT count(*) FROM tracklists") == 0


async def test_programs_bring_and_find_by_json(pool):
    async with browser(served(pool=pool)) as client:
        path = "/tracklists"
        assert (await client.post(path, json={"text": SET})).status_code == 401
        given = {"text": SET, "name": "night.txt"}
        told = (await client.post(path, json=given, headers=BEARER)).json()
        [one] = told["tracklists"]
        assert (one["rows"], one["new_tracks"], one["is_new"]) == (3, 2, True)
        packed = {"base64": base64.b64encode(sheet()).decode()}
        answer = await client.post(path, json=packed, headers=BEARER)
        assert answer.json()["tracklists"][0]["rows"] == 1
        for wrong in ({}, {"text": "x", "base64": "eA=="}, {"base64": "*"},
                      {"text": "nothing here"}):  # fmt: skip
            refused = await client.post(path, json=wrong, headers=BEARER)
            assert refused.status_code == 422, wrong

        found = (await client.get("/search", params={"text": "artist title 2"})).json()
        assert [track["title"] for track in found["tracks"]] == ["Title 2"]
        lists = (await client.get("/search", params={"text": "night.txt"})).json()
        assert len(lists["tracklists"]) == 1
        for wrong in ("", "\x00", "x" * 501):
            refused = await client.get("/search", params={"text": wrong})
            assert refused.status_code == 422


async def test_search_finds_tracks_and_lists_and_says_where_there_is_none(pool, client):
    await ambiguous(pool, 1)
    await listed(pool, factories.track_id(1))
    page = (await client.get("/console/search", params={"text": "title 1"})).text
    assert "Artist 1" in page
    assert "1 row<" in page
    nothing = await client.get("/console/search", params={"text": "<b>nobody</b>"})
    assert "No track has all of these words" in nothing.text
    assert "<b>nobody" not in nothing.text
    assert (await client.get("/console/search")).status_code == 200
    long = await client.get("/console/search", params={"text": "x" * 501})
    assert long.status_code == 422


async def test_an_export_tells_what_is_left_out_and_offers_the_rest(pool, client):
    await ambiguous(pool, 1, outcome=Outcome.FOUND)
    await ambiguous(pool, 2)
    first, second = factories.track_id(1), factories.track_id(2)
    number = await listed(pool, first, second)
    page = await client.get("/console/export", params={"tracklist": number})
    assert "1 of 2 rows can be exported" in page.text
    assert "several recordings fit" in page.text
    assert "Artist 2 - Title 2" in page.text

    form = page.text.split('action="/export">')[1].split("</form>")[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    formats = re.findall(r'name="format" value="([^"]*)"', form)
    assert {"csv", "jsonl", "jspf"} <= set(formats)
    assert not {"m3u8", "rekordbox"} & set(formats)
    for name in formats:
        file = await client.get("/export", params=fields | {"format": name})
        assert file.status_code == (409 if name == "report-of-use" else 200), name
    file = await client.get("/export", params=fields | {"format": "jsonl"})
    assert "Title 1" in file.text
    assert "Title 2" not in file.text

    both = {"track_id": [first, second], "keep_unresolved": "true"}
    kept = await client.get("/console/export", params=both)
    assert "2 of 2 rows" in kept.text
    found = await client.get("/console/export", params={"text": "title 2"})
    assert "0 of 1 row " in found.text
    assert 'action="/export"' not in found.text
    for wrong in ({}, {"track_id": "x"}, {"tracklist": "x"}, {"text": "nobody"}):
        answer = await client.get("/console/export", params=wrong)
        assert answer.status_code == 422
