"""What a whole list says of its lines: the cases in which it overrules the line."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dress:
    """
    What the lines of one list have in common; a line by itself has the defaults.

    Args:
        numbers: a bare number in front is the place in the list, not of the name.
        sides: a bare "A1" in front is the side of a record.
        brackets_count: "[07]" is the seventh row, not the seventh minute.
        dotted: "4.30" in front is a time.
        no_times: what looks like a time in front is of the name ("9:30 Club").
        separator: parts artist and title before any dash does.
    """

    numbers: bool = False
    sides: bool = False
    brackets_count: bool = False
    dotted: bool = False
    no_times: bool = False
    separator: re.Pattern[str] | None = None


ALONE = Dress()
# All that may be in front, taken off to see what it is.
UNDRESSED = Dress(numbers=True, sides=True, dotted=True)
