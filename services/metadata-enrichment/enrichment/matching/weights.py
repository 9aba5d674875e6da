"""What every disagreement costs, what excuses it, and where a decision falls: data."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

# Raised with every change of rules, weights or thresholds: rows say which one judged.
RULE_VERSION = 6


@dataclass(frozen=True, slots=True)
class Weight:
    """
    What a disagreement costs at most, of a score that begins at 1.

    Args:
        excusable: agreeing evidence (`EXCUSES`) makes it smaller: a matter of spelling,
            never of which mix it is.
        why: the reason of the number, for `docs/matching.md`.
    """

    cost: float
    excusable: bool
    why: str


WEIGHTS: Mapping[str, Weight] = MappingProxyType(
    {
        "title": Weight(
            1.3,
            excusable=True,
            why="times the share of letters that differ: one in seven is a misspelling,"
            " more is another title",
        ),
        "title word": Weight(
            0.22,
            excusable=True,
            why="at least this where a word is no misprint of the other's:"
            " 'Reduced' and 'Seduced', 'Your' and 'Her'",
        ),
        "title cut": Weight(
            0.18,
            excusable=True,
            why="lists and columns cut titles short: the sign of it is an ellipsis,"
            " or a sentence that continues",
        ),
        "censored": Weight(
            0.02, excusable=True, why="letters of one title are replaced by signs"
        ),
        "number": Weight(
            0.5,
            excusable=False,
            why="Part 1 and Part 2 are spelt alike and are not the same",
        ),
        "number missing": Weight(
            0.3,
            excusable=True,
            why="'Computer World' is not 'Computer World 2', nor is 'Spiral 2015'"
            " 'Spiral'",
        ),
        "first number": Weight(
            0.08,
            excusable=True,
            why="'Acperience 1' is 'Acperience': the first of many",
        ),
        "artist": Weight(
            0.6,
            excusable=True,
            why="nobody of one credit in the other: a cover or another song",
        ),
        "artist spelling": Weight(
            1.0,
            excusable=True,
            why="times the share of letters that differ in the whole credit",
        ),
        "artist near": Weight(
            0.22,
            excusable=True,
            why="at least this for a name that is near and not equal, or contained in"
            " the other: 'Röyksopp' and 'Röyksapp', 'Drake' and 'Nick Drake'",
        ),
        "artist word": Weight(
            0.32,
            excusable=True,
            why="a name that is another's but for a letter of a short word, which a"
            " length alone does not excuse: 'Led Zeppelin' and 'Lez Zeppelin'",
        ),
        "artist misprint": Weight(
            0.08,
            excusable=True,
            why="a letter is doubled, two change places, a long word has one more, or"
            " has figures and another letter: 'Deadmou5' and 'deadmau5'",
        ),
        "artist alias": Weight(
            0.0,
            excusable=True,
            why="the provider says that the artist goes by the wanted name too",
        ),
        "artist written": Weight(
            0.0,
            excusable=True,
            why="one name in two ways: umlauts, order of words, 'Tyler, The Creator'",
        ),
        "artist unknown": Weight(
            0.3,
            excusable=True,
            why="titles alone are shared by thousands: needs other evidence",
        ),
        "artists differ": Weight(
            0.12,
            excusable=True,
            why="some shared, others on each side: 'A & B' and 'A & C'",
        ),
        "artist missing": Weight(
            0.04,
            excusable=True,
            why="guests and partners are often left out; the smaller credit agrees",
        ),
        "versus": Weight(
            0.3,
            excusable=True,
            why="'A vs. B' joins two works: it is not B's own",
        ),
        "remixer as artist": Weight(
            0.25,
            excusable=True,
            why="some sources credit who remixed instead of whose song it is",
        ),
        "remixer of it": Weight(
            0.15,
            excusable=True,
            why="the same where both name the same remix: only the song's artist is"
            " left out",
        ),
        "swapped": Weight(
            0.12, excusable=True, why="artist and title in each other's place"
        ),
        "swapped words": Weight(
            0.25,
            excusable=True,
            why="the same for two single words, which meet by chance",
        ),
        "version": Weight(
            0.6,
            excusable=False,
            why="mix names never cross-match: a sibling remix is another recording",
        ),
        "version kind": Weight(
            0.3,
            excusable=False,
            why="same maker, other length or kind: 'Extended Remix' is not 'Remix'",
        ),
        "nickname": Weight(
            0.15,
            excusable=False,
            why="'Wren Remix' for 'Wren's Night Mix', where Wren has just one",
        ),
        "version spelling": Weight(
            0.05,
            excusable=False,
            why="'X Mix' or 'X Rework' for 'X Remix', 'X 2011 Mix' for 'X Mix'",
        ),
        "mastering": Weight(
            0.0,
            excusable=False,
            why="same recording in another dress (remaster, album version): costs"
            " nothing, yet the least dressed entry is taken",
        ),
        "live album": Weight(
            0.25, excusable=False, why="the album says live, karaoke or tribute"
        ),
        "mixed album": Weight(
            0.25,
            excusable=False,
            why="cut out of a continuous mix: shortened, blended with its neighbours",
        ),
        "leftover": Weight(
            0.3,
            excusable=True,
            why="a remark on one side only may be a remixer: the length must agree too",
        ),
        "remark differs": Weight(
            0.5,
            excusable=False,
            why="both titles have a remark, and not the same: side A and side B",
        ),
        "subtitle": Weight(
            0.1,
            excusable=True,
            why="the remark is a sentence, which continues with the title",
        ),
        "leftover known": Weight(
            0.02,
            excusable=True,
            why="the remark is the album, the artist or a year, in the wrong place",
        ),
        "duration": Weight(
            0.4,
            excusable=False,
            why="grows from `DURATION_FREE` to `DURATION_WORST`: another edit",
        ),
        "year": Weight(
            0.03,
            excusable=False,
            why="reissues have later years: only tells equal candidates apart",
        ),
        "album": Weight(
            0.03,
            excusable=False,
            why="a track is on many albums: only tells equal candidates apart",
        ),
    }
)

# Agreement makes excusable penalties smaller, it never adds to a score: what was
# derived from each other (an ISRC and the id found by it) agrees without being right.
EXCUSES: Mapping[str, float] = MappingProxyType(
    {"isrc": 0.45, "id": 0.45, "duration": 0.65, "album": 0.7, "release": 0.6}
)

# At least this: the same recording.
ACCEPT = 0.8
# At least this: a person could say; less is another recording.
AMBIGUOUS = 0.6
# So much better than the best different recording, else it is a coin flip.
MARGIN = 0.05

# Milliseconds: providers round to seconds and trim silence.
DURATION_FREE_MS = 3_000
# Closer than this speaks for the same recording.
DURATION_AGREES_MS = 2_500
# Share of the longer one at which the penalty is whole ("another edit").
DURATION_WORST = 0.12
# Entries of one recording may differ by this (fade-outs, rips, gaps).
SAME_RECORDING_MS = 8_000

# Letters alike at least: below it a name is another name.
LIKE_PERSON = 0.84
LIKE_CREDIT = 0.7
# Letters that a word has at least where one of them may be misprinted.
MISPRINTED = 5
MISPRINTED_LONG = 8
LIKE_VERSION = 0.86
LIKE_ALBUM = 0.85
# A remark is the album's name: what is only part of it may be a version's.
LIKE_REMARK = 0.93
# A title may be cut short after this many words and letters.
CUT_AFTER_WORDS = 2
CUT_AFTER_LETTERS = 10
# Titles less alike than this are not looked at further.
LIKE_TITLE = 0.55
