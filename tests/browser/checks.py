"""All checks, one after another, and what is told of them."""

import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.browser import entering, hostile, keys, looks, timing
from tests.browser.demo_rows import fill
from tests.browser.place import Place, place
from tests.browser.twenty import twenty_are_decided_by_keys_and_survive_a_kill

Check = Callable[[Place], Awaitable[None]]
PASSED = "passed"
KEYBOARD_FLOW = twenty_are_decided_by_keys_and_survive_a_kill
CHECKS: tuple[Check, ...] = (
    KEYBOARD_FLOW,
    keys.the_list_is_walked_left_and_found_again,
    keys.words_are_searched_by_keys,
    keys.links_and_ids_are_pasted,
    keys.many_are_decided_in_explicit_steps_and_undone,
    keys.the_second_of_two_reviewers_is_told,
    entering.a_session_ends,
    entering.a_link_works_once,
    entering.who_reads_decides_nothing,
    entering.a_forged_form_is_refused,
    entering.an_injected_script_does_not_run,
    entering.reading_and_deciding_work_without_scripts,
    looks.every_page_keeps_the_rules,
    looks.the_focus_is_seen,
    hostile.hostile_names_are_text,
)


async def report(folder: Path, tracks: int, only: str | None) -> dict[str, Any]:
    """Run the checks on the demo's rows; return what is told of them."""
    async with place(fill(folder), folder) as here:
        return await told_by(here, tracks, only)


async def told_by(here: Place, tracks: int, only: str | None) -> dict[str, Any]:
    """Run the checks; return what is told of them."""
    p95_ms = dict[str, float]()

    async def pages_are_timed(here: Place) -> None:
        p95_ms.update(await timing.p95_ms(here, tracks))

    told = {
        check.__name__: await _told(check, here)
        for check in (*CHECKS, *([pages_are_timed] if tracks else []))
        if only is None or any(part in check.__name__ for part in only.split(","))
    }
    watch = here.watch
    return {
        "keyboard_flow": told.get(KEYBOARD_FLOW.__name__, "not run"),
        "axe_violations": len(watch.axe),
        "csp_violations": len(watch.violations),
        "p95_ms": p95_ms,
        "tracks": tracks,
        "checks": told,
        "details": watch.details,
    }


def passed(report: dict[str, Any]) -> bool:
    """Return whether nothing is to be mended."""
    return not report["details"] and set(report["checks"].values()) == {PASSED}


async def _told(check: Check, here: Place) -> str:
    begun = time.monotonic()
    try:
        await check(here)
    except Exception as error:  # noqa: BLE001 (whatever a browser or a server says)
        traceback.print_exc()
        return f"failed: {type(error).__name__}: {error}"
    sys.stderr.write(f"{time.monotonic() - begun:6.1f} s  {check.__name__}\n")
    return PASSED
