"""How pages look: axe-core's rules, widths, colours, the focus of the keyboard."""

from collections.abc import AsyncIterator
from importlib.resources import files

from playwright.async_api import Page

from tests.browser.chromium import open_question, press
from tests.browser.keys import INBOX
from tests.browser.place import Place

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
WIDTHS = (320, 768, 1280, 3840)
# All rules, best practice among them; what differs in the dark is contrast alone.
COLOURS = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
_RUN = """async (rules) => {
  const { passes, violations } = await axe.run(rules);
  if (!passes.length) throw new Error("axe-core has looked at nothing");
  return violations;
}"""
_OVERFLOW = """() => {
  const root = document.documentElement;
  return root.scrollWidth - root.clientWidth;
}"""
# What has the focus, and whether a person can see that it has.
_FOCUSED = """() => {
  const one = document.activeElement;
  if (one === document.body) return null;
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  return {
    what: one.outerHTML.slice(0, 120),
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: box.bottom > 0 && box.top < innerHeight && box.right > 0
      && box.left < innerWidth,
  };
}"""
_MOST_STOPS = 250
_PATHS = (
    INBOX,
    f"{INBOX}?text=nothing-has-this-name",
    "/console/decisions",
    "/console/dead-letters",
    "/console/files",
    "/console/tracklists",
    "/console/search?text=a",
    "/console/export",
    "/console/live",
    "/console/help",
    "/console/questions/999999999",
    "/console/login",
)
_TRACK = "SELECT track_id FROM review_question_tracks LIMIT 1"
_OF_EACH_KIND = "SELECT min(question_id) FROM review_questions GROUP BY kind, subject"


async def every_page_keeps_the_rules(place: Place) -> None:
    """No violation of axe-core's, no scrolling sideways, in both colours."""
    async with place.inside() as page:
        await _decide_one(page)
        paths = await _paths(place)
        for path in paths:
            await page.goto(path)
            await judged(page, place, path)
        async for name in _answers_to_forms(page):
            await judged(page, place, name)


async def the_focus_is_seen(place: Place) -> None:
    """Whatever Tab leads to is outlined and in the window, on narrow screens too."""
    async with place.inside() as page:
        question = await place.value("SELECT min(question_id) FROM review_questions")
        for width in (WIDTHS[0], WIDTHS[2]):
            await page.set_viewport_size({"width": width, "height": 800})
            for path in (INBOX, f"/console/questions/{question}", "/console/decisions"):
                await page.goto(path)
                assert await _walked(page) > 5, path


async def _walked(page: Page) -> int:
    """Press Tab until the page is left; return how many stops there were."""
    for stop in range(_MOST_STOPS):
        await page.keyboard.press("Tab")
        focused = await page.evaluate(_FOCUSED)
        if focused is None:
            return stop
        assert focused["outlined"], focused
        assert focused["inside"], focused
    return _MOST_STOPS


async def judged(page: Page, place: Place, name: str) -> None:
    """Note what axe-core finds on the page that is open, and look at its widths."""
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        over = await page.evaluate(_OVERFLOW)
        if over > 0:
            place.watch.sideways.append(f"{name}: {over} px at {width}")
    await page.set_viewport_size({"width": 1280, "height": 900})
    await page.evaluate(AXE)
    for colour, rules in COLOURS.items():
        await page.emulate_media(color_scheme=colour)
        place.watch.axe += [
            f"{name}, {colour}: {found['id']}: {node['html'][:200]}"
            for found in await page.evaluate(_RUN, rules)
            for node in found["nodes"]
        ]
    await page.emulate_media(color_scheme="light")


async def _paths(place: Place) -> list[str]:
    numbers = [row[0] for row in await place.rows(_OF_EACH_KIND)]
    track = await place.value(_TRACK)
    tracklist = await place.value("SELECT min(tracklist_id) FROM tracklists")
    return [
        *_PATHS,
        f"/console/tracks/{track}",
        f"/console/tracklists/{tracklist}",
        *(f"/console/questions/{number}" for number in numbers),
    ]


async def _decide_one(page: Page) -> None:
    await open_question(page)
    await press(page, "n")


async def _answers_to_forms(page: Page) -> AsyncIterator[str]:
    """Go through the pages that only an answer to a form shows."""
    await page.goto(f"{INBOX}?kind=ambiguous")
    await _send(page, "None of these, for the selected")
    yield "nothing selected"
    await page.locator(".rows input").nth(0).check()
    await page.locator(".rows input").nth(1).check()
    await _send(page, "None of these, for the selected")
    yield "many decided"
    await _send(page, "Undo these 2")
    yield "many undone"
    await page.goto(f"{INBOX}?kind=ambiguous")
    await _send(page, "All that match this filter …")
    yield "all that match"
    await page.goto(f"{INBOX}?kind=ambiguous")
    await open_question(page)
    await page.locator("#paste").fill("nonsense")
    await _send(page, "Take this")
    yield "a link that is none"
    await page.goto(f"{INBOX}?kind=ambiguous")
    await open_question(page)
    faster = await page.context.new_page()
    await faster.goto(page.url)
    await press(faster, "n")
    await press(page, "n")
    yield "decided meanwhile"


async def _send(page: Page, name: str) -> None:
    async with page.expect_navigation():
        await page.get_by_role("button", name=name, exact=True).click()
