"""How long pages and decisions take with many tracks, as the browser times them."""

from collections import defaultdict
from statistics import quantiles

from playwright.async_api import Page

from benchmarks.review_at_size import filled
from tests.browser.chromium import open_question, press
from tests.browser.keys import INBOX
from tests.browser.place import Place

# As many questions as the million tracks have: 50,000.
TRACKS_FOR_A_QUESTION = 20
ROUNDS = 40
_TIMES = """() => {
  const one = performance.getEntriesByType("navigation")[0];
  return {
    answer: one.responseEnd - one.requestStart,
    before: one.redirectEnd - one.redirectStart,
  };
}"""


async def p95_ms(place: Place, tracks: int) -> dict[str, float]:
    """Fill in so many tracks; return the slowest twentieth of each kind of call."""
    questions = max(ROUNDS * 2, tracks // TRACKS_FOR_A_QUESTION)
    await filled(place.stack.postgres.url, max(tracks, questions), questions)
    taken = defaultdict[str, list[float]](list)
    async with place.inside() as page:
        for _ in range(ROUNDS):
            await _one_round(page, taken)
    return {name: round(quantiles(ms, n=20)[18], 1) for name, ms in taken.items()}


async def _one_round(page: Page, taken: dict[str, list[float]]) -> None:
    """Look at the list, at a question, take its first candidate."""
    await page.goto(f"{INBOX}?kind=ambiguous")
    taken["inbox"].append((await page.evaluate(_TIMES))["answer"])
    await open_question(page)
    taken["question"].append((await page.evaluate(_TIMES))["answer"])
    await press(page, "1")
    times = await page.evaluate(_TIMES)
    assert times["before"] > 0, "the browser saw no redirect"
    taken["decision"].append(times["before"])
