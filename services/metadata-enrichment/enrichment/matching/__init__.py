"""
Which candidate is the wanted recording: accept, ambiguous or none, and why.

Names are taken apart (`contract.titles`), made comparable (`spellings`, `mixes`), and
compared (`judging`, `names`), with what else is known (`evidence`), by named
`penalties` whose costs and reasons are one table (`weights`); `deciding` asks for a
margin. Pure: no clock, no network, no settings.
"""

from enrichment.matching.conflicts import conflicts
from enrichment.matching.deciding import decide
from enrichment.matching.evidence import lengths_agree
from enrichment.matching.judging import compare, score_by_names
from enrichment.matching.penalties import Comparison, Penalty
from enrichment.matching.weights import RULE_VERSION

__all__ = [
    "RULE_VERSION",
    "Comparison",
    "Penalty",
    "compare",
    "conflicts",
    "decide",
    "lengths_agree",
    "score_by_names",
]
