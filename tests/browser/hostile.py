"""Names that want to be more than names: they are shown as text, everywhere."""

import json

from enrichment.contract import queues
from tests import pipeline
from tests.browser.keys import INBOX
from tests.browser.looks import judged
from tests.browser.place import Place

NAMES = (
    "<script>window.taken = 1</script>",
    '"><img src=x onerror="window.taken = 1">',
    "\u202egnp.exe\u202c \u2067abc\u2069",
    "\x1b]0;title\x07\x1b[2J",
    "x" * 10_000,
    "</title></textarea></template><h1>taken",
)
# What stands in a page of the text that is asked for; control signs are shown.
SHOWN = (
    "<script>window.taken = 1</script>",
    '"><img src=x onerror="window.taken = 1">',
    "gnp.exe",
    "title",
    "xxxx",
    "</title></textarea></template><h1>taken",
)
# A track of its own for each name.
_QUESTIONS = """
SELECT min(q.question_id) AS question_id, l.track_id
FROM review_questions AS q JOIN review_question_tracks AS l USING (question_id)
WHERE q.kind = 'ambiguous' GROUP BY l.track_id ORDER BY 1 LIMIT $1
"""
_TRACK = "UPDATE tracks SET artist = $2, title = $2, album = $2 WHERE track_id = $1"
_ROW = "UPDATE tracklist_rows SET raw = $2 WHERE track_id = $1"
_SET = "UPDATE tracklists SET title = $1"
_RECORD = "UPDATE provider_records SET reasons = ARRAY[$2::text] WHERE track_id = $1"
_ANSWER = """
UPDATE provider_answers AS a SET payload = (
    SELECT jsonb_agg(one || jsonb_build_object('title', $2::text, 'album', $2::text))
    FROM jsonb_array_elements(a.payload) AS one)
FROM provider_records AS r
WHERE r.track_id = $1 AND a.provider = r.provider AND a.question = r.question
  AND jsonb_typeof(a.payload) = 'array' AND a.payload <> '[]'
"""


async def hostile_names_are_text(place: Place) -> None:
    asked = await place.rows(_QUESTIONS, len(NAMES))
    assert len(asked) == len(NAMES)
    for row, name in zip(asked, NAMES, strict=True):
        for statement in (_TRACK, _ROW, _RECORD, _ANSWER):
            await place.rows(statement, row["track_id"], name)
    await place.rows(_SET, NAMES[0])
    async with place.inside() as page:
        for row, name, shown in zip(asked, NAMES, SHOWN, strict=True):
            for path in (
                f"/console/questions/{row['question_id']}",
                f"/console/tracks/{row['track_id']}",
            ):
                await page.goto(path)
                assert shown in await page.locator("main").inner_text(), (path, shown)
                title = await page.title()
                # nothing has ended the title early
                assert title.endswith(" – Enrichment"), title
                await judged(page, place, f"{path}, named {name[:20]!r}")
        await page.goto(f"{INBOX}?kind=ambiguous")
        await judged(page, place, "the inbox with hostile names")
        for name in (*NAMES, "\x00"):
            await page.goto(INBOX)
            await page.locator("#text").evaluate(
                "(one, text) => { one.value = text }", name
            )
            async with page.expect_navigation():
                await page.locator("#text").press("Enter")
            await judged(page, place, f"a search for {name[:20]!r}")
        await _letters(place)
        await page.goto("/console/dead-letters")
        for summary in await page.locator("summary").all():
            await summary.click()
        text = await page.locator("main").inner_text()
        assert SHOWN[0] in text, text
        await judged(page, place, "dead letters with hostile names")
        assert await page.evaluate("window.taken") is None


async def _letters(place: Place) -> None:
    """Leave dead letters as a worker does: headers and a body of any kind."""
    bodies = [
        b"no JSON \x00\x1b[2J <script>window.taken = 1</script>",
        *(json.dumps({"artist": name}).encode() for name in NAMES),
    ]
    pipeline.publish(place.stack.rabbitmq.url, bodies, queues.DEAD_LETTER_QUEUE)
