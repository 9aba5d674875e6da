"""What `enrichment review` prints and writes."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from rich.table import Table

from enrichment.app.settings import Settings
from enrichment.app.showing import shown_json
from enrichment.cli.actions.operations import postgres, say
from enrichment.cli.terminal import Terminal, cell, print_json, tell_none
from enrichment.contract.exit_codes import ExitCode
from enrichment.pipeline.enrich import DATA_VERSION
from enrichment.review import answering, deciding, history, questions
from enrichment.review.acts import DecidedMeanwhile, NotThere
from enrichment.review.answering import Answer
from enrichment.review.options import Option, options_of
from enrichment.review.questions import KINDS, Case, Question, Wish


async def show_list(
    settings: Settings,
    *,
    kind: str | None,
    subject: str | None,
    text: str,
    limit: int,
    as_json: bool,
) -> None:
    """Print open questions and their counts."""
    wish = Wish(kind, subject, text)
    async with postgres(settings) as pool:
        kept = await questions.counts(pool)
        found = await questions.page(pool, wish, limit)
    if as_json:
        told = [{"kind": k, "subject": s, "open": n} for (k, s), n in kept.items()]
        print_json({"counts": told, "questions": [asdict(one) for one in found]})
        return
    table = Table("question", "kind", "track", "rows", "sets")
    for one in found:
        name = cell(f"{one.artist} - {one.title}")
        table.add_row(
            str(one.question_id), _kind(one), name, str(one.rows), str(one.sets)
        )
    Terminal().print(table)
    told_counts = [
        f"{n:,} {KINDS[k].lower()} {s}".strip() for (k, s), n in kept.items()
    ]
    say(", ".join(sorted(told_counts)) or "nothing is to be decided")


def _kind(one: Question) -> str:
    return f"{KINDS[one.kind].lower()} {one.subject}".strip()


async def show(settings: Settings, question_id: int, *, as_json: bool) -> int:
    """Print a question with what may be taken; give 1 where it is not open."""
    async with postgres(settings) as pool:
        try:
            asked = await questions.case(pool, question_id)
        except NotThere as error:
            tell_none(str(error))
            return ExitCode.ANSWER_IS_NO
    options = options_of(asked)
    if as_json:
        offers = [_plain(option) for option in options.options]
        print_json({"question": asdict(asked.question), "options": offers})
    else:
        _print(asked, options.options)
    return ExitCode.DONE


def _plain(option: Option) -> dict[str, Any]:
    return {
        "value": option.value,
        "field": option.field,
        "provider": option.provider,
        "page": option.page,
        "note": option.note,
        "recording": asdict(option.judged) if option.judged else None,
    }


def _print(asked: Case, options: tuple[Option, ...]) -> None:
    one = asked.question
    console = Terminal()
    console.print(cell(f"{_kind(one)}: {one.artist} - {one.title}", "bold"))
    console.print(f"applies to {one.rows:,} rows in {one.sets:,} sets")
    for track in asked.tracks[:1]:
        for mention in track.mentions[:3]:
            console.print(cell(f"  {mention.raw}"))
    for number, option in enumerate(options, 1):
        console.print(cell(f"{number}  {_told(option)}"))
    console.print("decide it: --take ID or NUMBER, --none, or --paste LINK")


def _told(option: Option) -> str:
    judged = option.judged
    if judged is None:
        return f"{option.value}  {option.note}"
    seconds = round((judged.duration_ms or 0) / 1000)
    length = f" ({seconds // 60}:{seconds % 60:02d})" if seconds else ""
    return (
        f"{judged.artist} - {judged.title}{length}, {judged.album or 'no album'},"
        f" {judged.release_date or 'no date'}; {judged.score:.2f}: {judged.why}"
        f"  [{option.provider} {option.value}]"
    )


async def decide(
    settings: Settings, question_id: int, given: Answer, who: str, *, as_json: bool
) -> int:
    """Write a decision; give 1 where the question is not open any more."""

    async def act(pool: Any) -> None:  # noqa: ANN401 (asyncpg's pool)
        done = await answering.answer(
            pool, question_id, given, who, data_version=DATA_VERSION
        )
        _say_act(done, "decided", as_json=as_json)

    return await _done(settings, act)


async def undo(settings: Settings, act_id: UUID, who: str, *, as_json: bool) -> int:
    """Take a decision back; give 1 where there is none in force."""

    async def act(pool: Any) -> None:  # noqa: ANN401 (as above)
        await deciding.undo(pool, act_id, who, data_version=DATA_VERSION)
        _say_act(act_id, "undone", as_json=as_json)

    return await _done(settings, act)


async def _done(settings: Settings, act: Callable[[Any], Awaitable[None]]) -> int:
    async with postgres(settings, owner=True) as pool:
        try:
            await act(pool)
        except (DecidedMeanwhile, NotThere) as error:
            tell_none(str(error))
            return ExitCode.ANSWER_IS_NO
    return ExitCode.DONE


def _say_act(act_id: UUID, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"act_id": str(act_id), "state": what})
    else:
        say(f"{what}: {act_id}")


async def export(settings: Settings) -> None:
    """Write decisions in force as cases, JSON Lines."""
    async with postgres(settings) as pool:
        async for one in history.cases(pool):
            print(shown_json(one))  # noqa: T201 (JSON Lines)
