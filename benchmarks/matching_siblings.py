"""
Ten nearest real names, the right one absent: how often one of them is accepted.

The names are those of recordings as lines of real mixes print them, split by the
simulator's own splitter. Each is asked for among the ten nearest of its artist's other
recordings: other mixes of the title, sequels, titles a word away. No lengths are known.
A name with the same track id is no other recording: the lists printed one in two ways.

`python -m benchmarks.matching_siblings [MIXES]`
"""

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz, process

from enrichment import matching
from enrichment.cli.actions.match_lines import candidate_of, wanted_of
from enrichment.contract.identity.identity import TrackKey, track_key
from enrichment.contract.identity.titles import parse_name
from enrichment.model import Decision, Verdict
from provider_simulator.world.catalogue import Given
from provider_simulator.world.hostile.playlist import read_playlist
from provider_simulator.world.keys import fold

PROJECT = Path(__file__).resolve().parents[1]
SHARED_MIXES = PROJECT.parent / "shared/data/tracklists/mixesdb/mixes.jsonl.gz"
NEAREST = 10
# Every nth recording that has siblings is asked for.
EVERY_NTH = 5
# So many wrong accepts are printed, to be read by eye.
_MOST_TOLD = 40
_SEED = 7


@dataclass(frozen=True, slots=True)
class Asked:
    """One recording and the nearest names of its artist's others."""

    given: Given
    siblings: tuple[Given, ...]


def title_of(given: Given) -> str:
    """Return the title with its version, as printed."""
    return f"{given.title} ({given.version})" if given.version else given.title


def questions(known: Mapping[str, Given]) -> Iterator[Asked]:
    """Ask for every nth recording whose artist has others."""
    by_artist: defaultdict[str, list[Given]] = defaultdict(list)
    for given in known.values():
        by_artist[fold(given.artist)].append(given)
    several = [one for group in by_artist.values() if len(group) > 1 for one in group]
    for given in several[::EVERY_NTH]:
        if others := _others(given, by_artist[fold(given.artist)]):
            yield Asked(given, others)


def _others(given: Given, group: Sequence[Given]) -> tuple[Given, ...]:
    """Return the nearest of an artist's others; one title printed twice is no other."""
    own, own_key = fold(title_of(given)), _key_of(given)
    others = {fold(title_of(one)): one for one in group if _key_of(one) != own_key}
    others.pop(own, None)
    near = process.extract(own, list(others), scorer=fuzz.ratio, limit=NEAREST)
    return tuple(others[name] for name, _, _ in near)


def _key_of(given: Given) -> TrackKey | None:
    return track_key(parse_name(given.artist, title_of(given)))


def decide(asked: Asked) -> Decision:
    """Decide one question."""
    wanted = wanted_of({"artist": asked.given.artist, "title": title_of(asked.given)})
    return matching.decide(
        wanted,
        [
            candidate_of({"artist": one.artist, "title": title_of(one)}, f"{place}")
            for place, one in enumerate(asked.siblings)
        ],
    )


def main() -> None:
    """Print the share of wrong accepts, and some of them."""
    mixes = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED_MIXES
    known = read_playlist(mixes, 1, _SEED).known
    asked = list(questions(known))
    decided = [(one, decide(one)) for one in asked]
    wrong = [(one, d) for one, d in decided if d.verdict is Verdict.ACCEPT]
    unsure = sum(d.verdict is Verdict.AMBIGUOUS for _, d in decided)
    for one, decision in wrong[:_MOST_TOLD]:
        assert decision.candidate is not None  # noqa: S101 (accepted)
        found = f"{decision.candidate.artist} - {decision.candidate.title}"
        names = f"{one.given.artist} - {title_of(one.given)} -> {found}"
        sys.stdout.write(f"{names} {decision.score} {list(decision.reasons)}\n")
    sys.stdout.write(
        f"siblings only, right one absent: {len(asked)} asked, accepted"
        f" {len(wrong)} = {len(wrong) / max(1, len(asked)):.4f}, ambiguous"
        f" {unsure / max(1, len(asked)):.4f}\n"
    )


if __name__ == "__main__":
    main()
