"""Which provider is asked next, with which question; batches first, scarce last."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from enrichment.providers import Provider
from enrichment.tracks import (
    Benched,
    Candidate,
    Decision,
    Failed,
    Found,
    Outcome,
    ProviderName,
    ProviderRecord,
    Question,
    Verdict,
    Wanted,
)

# Chains run side by side, a chain's providers one after the other. MusicBrainz answers
# many tracks in a call and often knows the ISRC, which makes Spotify's one call a sure
# one: its day quota is the scarcest. Last.fm needs nobody's help.
CHAINS: tuple[tuple[ProviderName, ...], ...] = (
    (ProviderName.MUSICBRAINZ, ProviderName.SPOTIFY),
    (ProviderName.LASTFM,),
)

_BETTER = {Verdict.ACCEPT: 2, Verdict.AMBIGUOUS: 1, Verdict.NONE: 0}


@dataclass(slots=True)
class Part:
    """
    What one provider has been asked for one track, and what it came to so far.

    Changes while a batch is looked up; nobody else sees it.
    """

    asked: list[Question] = field(default_factory=list)
    # all that its answers showed, and when the last of them was fetched
    candidates: tuple[Candidate, ...] = ()
    shown_at: datetime | None = None
    decision: Decision | None = None
    # the question that `decision` answers
    question: Question | None = None
    fetched_at: datetime | None = None
    blocked: Failed | Benched | None = None


@dataclass(slots=True)
class Progress:
    """
    One track on its way through a batch.

    Args:
        wanted: grows by what is learnt (an ISRC from an accepted candidate).
        settled: providers whose records stand already and are not asked again.
        renewed: providers asked again although an answer stands, with its time.
    """

    wanted: Wanted
    settled: Mapping[ProviderName, ProviderRecord] = field(default_factory=dict)
    renewed: Mapping[ProviderName, datetime] = field(default_factory=dict)
    parts: dict[ProviderName, Part] = field(default_factory=dict)

    def note(self, question: Question, answer: Failed | Benched) -> None:
        """Remember that the provider could not be asked: its part waits."""
        part = self.parts.setdefault(question.provider, Part())
        part.asked.append(question)
        part.blocked = answer

    def decide(
        self,
        question: Question,
        decision: Decision,
        at: datetime,
        candidates: tuple[Candidate, ...] = (),
    ) -> None:
        """Keep the better of two decisions, and learn from an accepted one."""
        part = self.parts.setdefault(question.provider, Part())
        part.asked.append(question)
        if candidates:
            part.candidates, part.shown_at = part.candidates + candidates, at
        before = part.decision
        if before is None or _BETTER[decision.verdict] > _BETTER[before.verdict]:
            part.decision, part.question, part.fetched_at = decision, question, at
        accepted = decision.candidate if decision.verdict is Verdict.ACCEPT else None
        if accepted and accepted.isrcs and not self.wanted.isrc:
            self.wanted = replace(self.wanted, isrc=accepted.isrcs[0])

    def shown(self, question: Question) -> tuple[Found, datetime] | None:
        """
        Give what an earlier answer of the provider says to a question by ISRC.

        Recordings that were as near as each other by their names often share the ISRC
        that another provider knows: asking for it would bring the same ones again.
        """
        part = self.parts.get(question.provider)
        if part is None or part.shown_at is None or question.operation != "isrc":
            return None
        stated = tuple(c for c in part.candidates if question.isrc in c.isrcs)
        return (Found(stated), part.shown_at) if stated else None


def next_questions(
    progress: Progress,
    chain: Sequence[ProviderName],
    providers: Mapping[ProviderName, Provider],
) -> Iterator[Question]:
    """
    Give the ways to ask the chain's first provider that is not done, best first.

    One of them is to be asked; none when all are done. What a later provider taught
    opens an earlier one again, once: an ISRC from Spotify is a new question to
    MusicBrainz. Only what is taken is made: most tracks need no second way.
    """
    for name in chain:
        if name in providers and _is_open(progress, name):
            none = True
            for question in _ways(progress, providers[name]):
                none = False
                yield question
            if not none:
                return


def _is_open(progress: Progress, name: ProviderName) -> bool:
    if name in progress.settled:
        return False
    part = progress.parts.get(name)
    return part is None or (
        part.blocked is None
        and (part.decision is None or part.decision.verdict is not Verdict.ACCEPT)
    )


def _ways(progress: Progress, provider: Provider) -> Iterator[Question]:
    """
    Ask by identifier first, then by names; each question once, until one settles.

    An answer that is to be renewed has one way at a time: what is remembered of the
    others is as old as the answer.
    """
    part = progress.parts.get(provider.name)
    asked = list(part.asked) if part is not None else []
    for wanted in _known_less(progress.wanted):
        question = provider.question(wanted)
        if question is not None and question not in asked:
            yield question
            if provider.name in progress.renewed:
                return
            asked.append(question)


def _known_less(wanted: Wanted) -> Iterator[Wanted]:
    """Give what is wanted with ever fewer identifiers."""
    yield wanted
    if wanted.spotify_id:
        wanted = replace(wanted, spotify_id=None)
        yield wanted
    if wanted.isrc:
        yield replace(wanted, isrc=None)


def outcome_of(part: Part) -> Outcome:
    """Say what a provider's part came to; blocked wins over "none so far"."""
    verdict = part.decision.verdict if part.decision else Verdict.NONE
    if verdict is Verdict.ACCEPT:
        return Outcome.FOUND
    if isinstance(part.blocked, Benched):
        return Outcome.BENCHED
    if isinstance(part.blocked, Failed):
        return Outcome.FAILED
    return Outcome.AMBIGUOUS if verdict is Verdict.AMBIGUOUS else Outcome.ABSENT
