"""Twenty questions of the demo, decided by keys alone while a worker writes."""

from dataclasses import dataclass
from itertools import cycle

from playwright.async_api import Page

from tests.browser.chromium import log_in, open_question, press
from tests.browser.place import Place
from tests.browser.working import worker_writing
from tests.service import TOKEN

DECIDED = 20
# What a person presses where it is offered; "n" always is.
_WISHES = ("1", "2", "n", "1")

_IN_FORCE = """
SELECT d.question_id, d.field, d.choice, d.decided_by,
       to_jsonb(t) ->> d.field AS value, d.field = ANY (t.pinned_fields) AS pinned,
       (SELECT f.provider FROM field_provenance AS f
        WHERE (f.track_id, f.field) = (d.track_id, d.field)) AS source,
       r.outcome, r.provider_track_id
FROM review_decisions AS d
JOIN tracks AS t USING (track_id)
LEFT JOIN provider_records AS r
  ON r.track_id = d.track_id AND d.field = CASE r.provider
     WHEN 'lastfm' THEN 'lastfm_url' ELSE r.provider || '_id' END
WHERE d.undone_at IS NULL AND d.replaced_by IS NULL
"""
_UNDONE = (
    "SELECT question_id, undone_by FROM review_decisions WHERE undone_at IS NOT NULL"
)
_STILL_OPEN = "SELECT count(*) FROM review_questions WHERE question_id = ANY ($1)"
_OPEN_AGAIN = """
SELECT count(*) FROM review_decisions AS d
JOIN review_question_tracks AS l USING (track_id)
JOIN review_questions AS q ON q.question_id = l.question_id AND q.kind = d.kind
WHERE d.undone_at IS NOT NULL
"""
# How often tracks were written since they were last counted.
_WRITTEN = "SELECT sum(n_tup_upd) FROM pg_stat_user_tables WHERE relname = 'tracks'"


@dataclass(frozen=True, slots=True)
class Said:
    """What was decided of a question; `value` is None for none of these."""

    question: int
    value: str | None


async def twenty_are_decided_by_keys_and_survive_a_kill(place: Place) -> None:
    async with place.window() as page, worker_writing(place):
        await log_in(page, TOKEN)
        said = [await _decided(page, wish) for wish in _wishes()]
        written = await place.value(_WRITTEN)
        # the last one is taken back
        await press(page, "u")
        undone = said.pop()
        place.served.kill()
        place.served.start()
        # the same session, the same list
        await page.reload()
        assert "/console/inbox" in page.url, page.url
        await _moved_on(place, written)
        await _all_stands(place, said)
        rows = await place.rows(_UNDONE)
        told = {(row["question_id"], row["undone_by"]) for row in rows}
        assert told == {(undone.question, "operator")}, told
    # once more, when nothing writes
    await _all_stands(place, said)
    assert await place.value(_STILL_OPEN, [one.question for one in said]) == 0
    assert await place.value(_OPEN_AGAIN) > 0


def _wishes() -> list[str]:
    return [wish for wish, _ in zip(cycle(_WISHES), range(DECIDED), strict=False)]


async def _decided(page: Page, wish: str) -> Said:
    """Decide the question that is shown; the list is left by its first row."""
    if "/questions/" not in page.url:
        await open_question(page)
    number = int(page.url.partition("/questions/")[2].partition("?")[0])
    button = page.locator(f'button[data-key="{wish}"]')
    if not await button.count():
        wish, button = "n", page.locator('button[data-key="n"]')
    value = None if wish == "n" else await button.get_attribute("value")
    await press(page, wish)
    assert f"/questions/{number}?" not in page.url, "the question is still there"
    return Said(number, value)


async def _moved_on(place: Place, written: int) -> None:
    """Wait until the worker has written after the decisions."""
    for _ in range(600):
        if await place.value(_WRITTEN) > written + DECIDED:
            return
        await place.rows("SELECT pg_sleep(0.1)")
    raise AssertionError("the worker writes nothing")


async def _all_stands(place: Place, said: list[Said]) -> None:
    rows = await place.rows(_IN_FORCE)
    told = {(row["question_id"], row["choice"]) for row in rows}
    assert told == {(one.question, one.value) for one in said}, told
    for row in rows:
        assert row["decided_by"] == "operator", row
        assert _same(row["value"], row["choice"]), row
        assert row["pinned"], row
        assert row["source"] == "person", row
        if row["outcome"] is not None:
            outcome = "absent" if row["choice"] is None else "found"
            assert (row["outcome"], row["provider_track_id"]) == (
                outcome,
                row["choice"],
            ), row


def _same(value: str | None, choice: str | None) -> bool:
    """Tell whether a column holds a choice; it may write a number in its own way."""
    if value is None or choice is None or value == choice:
        return value == choice
    try:
        return float(value) == float(choice)
    except ValueError:
        return False
