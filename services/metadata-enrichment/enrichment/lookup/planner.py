"""Which provider is asked next, with which question; batches first, scarce last."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from enrichment import matching
from enrichment.lookup.completing import completes, filled, next_page
from enrichment.model import (
    Absent,
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
from enrichment.providers import Provider
from enrichment.providers.registry import CHAINS

_BETTER = {Verdict.ACCEPT: 2, Verdict.AMBIGUOUS: 1, Verdict.NONE: 0}
# A match with this score has its names all but exactly. Below it, it may be a sibling
# of what is wanted, and its ISRC would lead to the same sibling elsewhere: the other
# provider is asked by names.
SURE = 0.93


@dataclass(slots=True)
class ProviderProgress:
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
    # names and length agree with a match by an ISRC of files
    is_confirmed: bool = False
    # what was asked to complete the match, and why it could not be asked
    completed_by: list[Question] = field(default_factory=list)
    lacks: Failed | Benched | None = None

    @property
    def is_sure(self) -> bool:
        """Whether its match has the wanted names all but exactly."""
        one = self.decision
        return one is not None and one.verdict is Verdict.ACCEPT and one.score >= SURE


@dataclass(slots=True)
class Progress:
    """
    One track on its way through a batch.

    Args:
        wanted: grows by what is learnt (an ISRC from an accepted candidate).
        is_isrc_sure: False while only an unsure match has taught the ISRC.
        file_isrc: the ISRC that files say: it may be another mix's, so that names are
            asked too, unless names and length agree with what it leads to.
        settled: providers whose records stand already and are not asked again.
        renewed: providers asked again although an answer stands, with its time.
    """

    wanted: Wanted
    settled: Mapping[ProviderName, ProviderRecord] = field(default_factory=dict)
    renewed: Mapping[ProviderName, datetime] = field(default_factory=dict)
    parts: dict[ProviderName, ProviderProgress] = field(default_factory=dict)
    is_isrc_sure: bool = True
    file_isrc: str | None = None

    def note(self, question: Question, answer: Failed | Benched) -> None:
        """Remember that the provider could not be asked: its part waits."""
        part = self.parts.setdefault(question.provider, ProviderProgress())
        if completes(question):
            # the match stands as it is, and is completed later
            part.lacks = answer
            return
        part.asked.append(question)
        part.blocked = answer

    def complete(self, question: Question, answer: Found | Absent) -> None:
        """Fill what a match does not say from a page that only completes it."""
        part = self.parts[question.provider]
        part.completed_by.append(question)
        decision = part.decision
        if decision is None or decision.candidate is None or isinstance(answer, Absent):
            return
        whole = filled(decision.candidate, answer.candidates[0])
        part.decision = replace(decision, candidate=whole)
        self._learn(part)

    def decide(
        self,
        question: Question,
        decision: Decision,
        at: datetime,
        candidates: tuple[Candidate, ...] = (),
    ) -> None:
        """Keep the better of two decisions, and learn from an accepted one."""
        part = self.parts.setdefault(question.provider, ProviderProgress())
        part.asked.append(question)
        if candidates:
            part.candidates, part.shown_at = part.candidates + candidates, at
        if part.decision is None or _rank(decision) > _rank(part.decision):
            part.decision, part.question, part.fetched_at = decision, question, at
            part.completed_by = []
            part.is_confirmed = self._is_by_files(part) and _agrees(self.wanted, part)
            self._learn(part)

    def is_settled(self, part: ProviderProgress) -> bool:
        """
        Return whether a part has its match.

        By an ISRC that another's match taught, only a sure one is, and by one of files
        a confirmed one: else names are asked too, and the nearer of both stands.
        """
        if part.decision is None or part.decision.verdict is not Verdict.ACCEPT:
            return False
        if self._is_by_files(part):
            return part.is_confirmed
        by_isrc = part.question is not None and part.question.isrc is not None
        return part.is_sure or not (by_isrc and "isrc" in self.wanted.learnt)

    def _is_by_files(self, part: ProviderProgress) -> bool:
        isrc = part.question.isrc if part.question else None
        return isrc is not None and isrc == self.file_isrc

    def _learn(self, part: ProviderProgress) -> None:
        """Take the ISRC of a match, unless one is given or a sure one has taught it."""
        decision = part.decision
        if decision is None or decision.verdict is not Verdict.ACCEPT:
            return
        found = decision.candidate
        is_better = not self.is_isrc_sure and part.is_sure
        if found and found.isrcs and (not self.wanted.isrc or is_better):
            self.wanted = self.wanted.taught(found.isrcs[0])
            self.is_isrc_sure = part.is_sure

    def shown(self, question: Question) -> tuple[Found, datetime] | None:
        """
        Return what an earlier answer of the provider says to a question by ISRC.

        Recordings that were as near as each other by their names often share the ISRC
        that another provider knows: asking for it would bring the same ones again.
        """
        part = self.parts.get(question.provider)
        if part is None or part.shown_at is None or question.operation != "isrc":
            return None
        stated = tuple(c for c in part.candidates if question.isrc in c.isrcs)
        return (Found(stated), part.shown_at) if stated else None


def _rank(decision: Decision) -> tuple[int, float]:
    """Of two accepted ones the nearer is better; of others the first stays."""
    is_accepted = decision.verdict is Verdict.ACCEPT
    return _BETTER[decision.verdict], decision.score if is_accepted else 0.0


def next_questions(
    progress: Progress,
    chain: Sequence[ProviderName],
    providers: Mapping[ProviderName, Provider],
) -> Iterator[Question]:
    """
    Yield the ways to ask the chain's first provider that is not done, best first.

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
    # what completes a match teaches nobody: it comes last
    for name in chain:
        part = progress.parts.get(name) if name in providers else None
        if part is None or part.lacks is not None:
            continue
        if page := next_page(name, part.decision, part.completed_by):
            yield page
            return


def is_done(progress: Progress, providers: Mapping[ProviderName, Provider]) -> bool:
    """Return whether nothing is left to ask of any provider."""
    return not any(
        True for chain in CHAINS for _ in next_questions(progress, chain, providers)
    )


def _is_open(progress: Progress, name: ProviderName) -> bool:
    if name in progress.settled:
        return False
    part = progress.parts.get(name)
    if part is None:
        return True
    return part.blocked is None and not progress.is_settled(part)


def _agrees(wanted: Wanted, part: ProviderProgress) -> bool:
    """Return whether names and length agree with a match, whatever its ISRC is."""
    found = part.decision.candidate if part.decision else None
    return (
        found is not None
        and matching.lengths_agree(wanted.duration_ms, found.duration_ms)
        and matching.score_by_names(wanted, found) >= SURE
    )


def _ways(progress: Progress, provider: Provider) -> Iterator[Question]:
    """
    Ask by identifier first, then by names; each question once, until one settles.

    An answer that is to be renewed has one way at a time: what is remembered of the
    others is as old as the answer.
    """
    part = progress.parts.get(provider.name)
    asked = list(part.asked) if part is not None else []
    known_less = _known_less if progress.is_isrc_sure else _names_before_isrc
    for wanted in known_less(progress.wanted):
        question = provider.question(wanted)
        if question is not None and question not in asked:
            yield question
            if provider.name in progress.renewed:
                return
            asked.append(question)


def _known_less(wanted: Wanted) -> Iterator[Wanted]:
    """Yield what is wanted with ever fewer identifiers."""
    yield wanted
    if wanted.spotify_id:
        wanted = replace(wanted, spotify_id=None)
        yield wanted
    if wanted.isrc:
        yield replace(wanted, isrc=None)


def _names_before_isrc(wanted: Wanted) -> Iterator[Wanted]:
    """Yield the same where the ISRC is an unsure match's: it comes last."""
    yield from _known_less(replace(wanted, isrc=None))
    yield replace(wanted, spotify_id=None)


def outcome_of(part: ProviderProgress) -> Outcome:
    """Return what a provider's part came to; blocked wins over "none so far"."""
    verdict = part.decision.verdict if part.decision else Verdict.NONE
    if verdict is Verdict.ACCEPT:
        return Outcome.FOUND
    if isinstance(part.blocked, Benched):
        return Outcome.BENCHED
    if isinstance(part.blocked, Failed):
        return Outcome.FAILED
    return Outcome.AMBIGUOUS if verdict is Verdict.AMBIGUOUS else Outcome.ABSENT
