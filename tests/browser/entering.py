"""Who may come in, and what a page or another site may not do."""

import asyncio
import re

from playwright.async_api import Page, Route, expect

from tests import pipeline
from tests.browser.chromium import Watch, log_in, open_question, press
from tests.browser.keys import INBOX
from tests.browser.place import Place
from tests.service import TOKEN

_COUNT = "SELECT count(*) FROM review_decisions"
_FORGED = """<form method="post" action="{url}/console/questions/{number}/decision">
<input name="none" value="1"></form><script>document.forms[0].submit()</script>"""
_INJECTED = """() => {
  const script = document.createElement("script");
  script.textContent = "window.taken = 1";
  document.body.append(script);
  const from = document.createElement("script");
  from.src = "https://elsewhere.invalid/x.js";
  document.body.append(from);
  const image = document.createElement("div");
  image.innerHTML = '<img src="x" onerror="window.taken = 2" style="color: red">';
  document.body.append(image);
}"""


async def a_session_ends(place: Place) -> None:
    async with place.inside() as page:
        await open_question(page)
        left = await page.context.new_page()
        await left.goto(page.url)
        cookies = await page.context.cookies()
        assert [(one["httpOnly"], one["sameSite"]) for one in cookies] == [
            (True, "Strict")
        ]
        async with left.expect_navigation():
            await left.get_by_role("button", name="Log out").press("Enter")
        assert await page.context.cookies() == []
        before = await place.value(_COUNT)
        # the page that is still open decides nothing
        await press(page, "n")
        await expect(page.get_by_role("alert")).to_contain_text("Log in first")
        assert await place.value(_COUNT) == before
        await page.goto(INBOX)
        assert "/console/login?next=" in page.url


async def a_link_works_once(place: Place) -> None:
    done = await asyncio.to_thread(
        pipeline.run_command, place.served.environment, "console"
    )
    done.check_returncode()
    link = re.search(r"http\S+", (done.stdout + done.stderr).decode())
    assert link, done
    for status in (200, 401):
        async with place.window() as page:
            answer = await page.goto(link[0])
            assert answer is not None
            assert answer.status == status


async def who_reads_decides_nothing(place: Place) -> None:
    async with place.inside("bob") as page:
        await open_question(page)
        url = page.url
        for key in "1nu":
            await page.keyboard.press(key)
        assert page.url == url
        assert await page.get_by_role("button").all_inner_texts() == ["Log out"]


async def a_forged_form_is_refused(place: Place) -> None:
    async with place.inside() as page:
        await open_question(page)
        action = page.url.partition("?")[0] + "/decision"
        csrf = await page.locator('input[name="csrf"]').first.input_value()
        before = await place.value(_COUNT)
        for form, headers in (
            ({"none": "1"}, {}),
            ({"none": "1", "csrf": "0" * len(csrf)}, {}),
            ({"none": "1", "csrf": csrf}, {"Sec-Fetch-Site": "cross-site"}),
            ({"none": "1", "csrf": csrf}, {"Origin": "http://elsewhere.invalid"}),
        ):
            answer = await page.request.post(action, form=form, headers=headers)
            assert answer.status == 403, (form, headers, answer.status)
        await _forge_elsewhere(place, page, action)
        assert await place.value(_COUNT) == before


async def _forge_elsewhere(place: Place, page: Page, action: str) -> None:
    """Another site sends a form in the name of who is logged in here."""
    number = action.split("/")[-2]
    forged = _FORGED.format(url=place.served.url, number=number)

    async def fulfil(route: Route) -> None:
        await route.fulfill(content_type="text/html", body=forged)

    await page.context.route("http://elsewhere.invalid/**", fulfil)
    other = await page.context.new_page()
    async with other.expect_request("**/decision") as sent:
        await other.goto("http://elsewhere.invalid/")
    answer = await (await sent.value).response()
    assert answer is None or answer.status in {401, 403}, answer


async def an_injected_script_does_not_run(place: Place) -> None:
    """The browser refuses what a page did not come with; this watch is not counted."""
    watch = Watch()
    async with place.window(watch) as page:
        await log_in(page, TOKEN)
        await page.evaluate(_INJECTED)
        await page.wait_for_function("document.scripts.length > 3")
        for _ in range(100):
            if len(watch.violations) >= 3:
                break
            await page.evaluate("new Promise((done) => setTimeout(done, 50))")
        assert await page.evaluate("window.taken") is None
        refused = {one.split()[0] for one in watch.violations}
        assert {"script-src-elem", "script-src-attr"} <= refused, watch.violations
        assert watch.elsewhere == []


async def reading_and_deciding_work_without_scripts(place: Place) -> None:
    before = await place.value(_COUNT)
    async with place.window(java_script_enabled=False) as page:
        await page.goto(INBOX)
        await page.locator("#token").fill(TOKEN)
        await _send(page, "Log in")
        await page.locator("#text").fill("e")
        await _send(page, "Filter")
        await page.locator(".rows:not(.beside) a").first.click()
        await page.locator("#why").fill("without scripts")
        await _send(page, "None of these")
        assert await place.value(_COUNT) > before
        await _send(page, "Undo")
        await page.locator(".rows input").first.check()
        await _send(page, "None of these, for the selected")
        await expect(page.locator("h1")).to_contain_text("1 questions decided")
        await _send(page, "Undo these 1")


async def _send(page: Page, name: str) -> None:
    async with page.expect_navigation():
        await page.get_by_role("button", name=name, exact=True).click()
