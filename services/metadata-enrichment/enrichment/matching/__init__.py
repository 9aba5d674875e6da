"""
Which candidate is the wanted recording: accept, ambiguous or none, and why.

Names are taken apart (`contract.titles`), made comparable (`spellings`, `mixes`), and
compared by named penalties (`judging`) whose costs and reasons are one table
(`weights`); `deciding` asks for a margin. Pure: no clock, no network, no settings.
"""

from enrichment.matching.deciding import decide
from enrichment.matching.judging import Comparison, Penalty, compare
from enrichment.matching.weights import RULE_VERSION

__all__ = ["RULE_VERSION", "Comparison", "Penalty", "compare", "decide"]
