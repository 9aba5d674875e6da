"""More of what keys do: walk, skip, search, paste, select, undo, help."""

from playwright.async_api import Page, expect

from tests.browser.chromium import open_question, press
from tests.browser.place import Place

INBOX = "/console/inbox"
LINKS = {
    "https://open.spotify.com/intl-de/track/4uLU6hMCjMI75M1A2tKUQC?si=1": (
        "spotify_id",
        "4uLU6hMCjMI75M1A2tKUQC",
    ),
    "https://musicbrainz.org/recording/f970f1e0-0f9d-4e59-8b93-9d52f1e0a3d1": (
        "musicbrainz_id",
        "f970f1e0-0f9d-4e59-8b93-9d52f1e0a3d1",
    ),
    "https://www.deezer.com/en/track/3135556": ("deezer_id", "3135556"),
    "https://www.discogs.com/release/249504": ("discogs_id", "249504"),
    "USRC17607839": ("isrc", "USRC17607839"),
}
_LATEST = (
    "SELECT field, choice, reason FROM review_decisions"
    " ORDER BY decision_id DESC LIMIT 1"
)
_COUNT = "SELECT count(*) FROM review_decisions"
_IN_FORCE = f"{_COUNT} WHERE undone_at IS NULL AND replaced_by IS NULL"


async def the_list_is_walked_left_and_found_again(place: Place) -> None:
    async with place.inside(path=f"{INBOX}?kind=ambiguous") as page:
        for key in "jjjk":
            await page.keyboard.press(key)
        here = await _current(page)
        assert here == 1, here
        await press(page, "Enter")
        await press(page, "s")
        assert "/questions/" in page.url
        await page.get_by_role("link", name="Back to the inbox").press("Enter")
        await page.wait_for_url(f"**{INBOX}**")
        # the list is where it was left
        assert await _current(page) == 1
        await press(page, "?")
        await expect(page.locator("h1")).to_have_text("Keys")


async def words_are_searched_by_keys(place: Place) -> None:
    async with place.inside() as page:
        name = await page.locator(".rows:not(.beside) a").first.inner_text()
        word = max(name.split(), key=len)
        await page.keyboard.press("/")
        await page.keyboard.type(word)
        await press(page, "Enter")
        found = await page.locator(".rows:not(.beside) a").all_inner_texts()
        assert name in found
        assert all(word.lower() in one.lower() for one in found), found


async def links_and_ids_are_pasted(place: Place) -> None:
    async with place.inside() as page:
        for link, (field, value) in LINKS.items():
            await page.goto(f"{INBOX}?kind=no_match")
            await open_question(page)
            await page.keyboard.press("p")
            await page.keyboard.insert_text(link)
            await press(page, "Enter")
            (row,) = await place.rows(_LATEST)
            assert (row["field"], row["choice"]) == (field, value), row
            await press(page, "u")
        await _refused_and_kept(place, page)


async def _refused_and_kept(place: Place, page: Page) -> None:
    await page.goto(f"{INBOX}?kind=ambiguous")
    await open_question(page)
    before = await place.value(_COUNT)
    for wrong in ("https://example.org/track/1", "an id <b>x</b>", "9" * 900):
        await page.locator("#paste").fill("")
        await page.locator("#paste").focus()
        await page.keyboard.insert_text(wrong)
        await press(page, "Enter")
        # it says what was expected, and keeps what was typed
        assert "expected" in await page.get_by_role("alert").inner_text()
        assert await page.locator("#paste").input_value() == wrong.strip()
    assert await place.value(_COUNT) == before


async def many_are_decided_in_explicit_steps_and_undone(place: Place) -> None:
    before = await place.value(_IN_FORCE)
    async with place.inside(path=f"{INBOX}?kind=ambiguous") as page:
        assert await page.locator(".rows input:checked").count() == 0
        for key in "jxjx":
            await page.keyboard.press(key)
        assert await page.locator(".rows input:checked").count() == 2
        await page.locator("#why").fill("the first two")
        await _click(page, "None of these, for the selected")
        await expect(page.locator("h1")).to_contain_text("2 questions decided")
        await _click(page, "Undo these 2")
        assert await place.value(_IN_FORCE) == before

        await page.goto(f"{INBOX}?kind=ambiguous&subject=musicbrainz")
        count = await page.locator(".rows > li").count()
        await _click(page, "All that match this filter …")
        # so far nothing is decided: the second step says how many there are
        assert await place.value(_IN_FORCE) == before
        await _click(page, f"Decide all {count}: the first candidate")
        await expect(page.locator("h1")).to_contain_text(f"{count} questions decided")
        assert await place.value(_IN_FORCE) == before + count
        await _click(page, f"Undo these {count}")
        assert await place.value(_IN_FORCE) == before


async def the_second_of_two_reviewers_is_told(place: Place) -> None:
    async with place.inside() as ours, place.inside("ada") as theirs:
        await open_question(ours)
        await theirs.goto(ours.url)
        await press(theirs, "n")
        before = await place.value(_COUNT)
        await press(ours, "n")
        told = await ours.get_by_role("alert").inner_text()
        assert "ada decided this meanwhile" in told, told
        assert await place.value(_COUNT) == before
        await press(theirs, "u")


async def _click(page: Page, name: str) -> None:
    """Press a button by Enter, and wait for the page that it leads to."""
    async with page.expect_navigation():
        await page.get_by_role("button", name=name, exact=True).press("Enter")


async def _current(page: Page) -> int:
    return await page.locator(".rows > li").evaluate_all(
        "rows => rows.findIndex((row) => row.hasAttribute('data-current'))"
    )
