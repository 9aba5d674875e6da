"""
The exit codes of every command of ours, in one table; docs/commands.md repeats it.

They are those of sysexits.h where it has one that fits.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    ANSWER_IS_NO = 1
    WRONG_CALL = 2
    INPUT_INVALID = 65
    INPUT_MISSING = 66
    SERVER_AWAY = 69
    DEFECT = 70
    CANNOT_CREATE = 73
    WAITS = 75
    NO_PERMISSION = 77
    MISCONFIGURED = 78
    INTERRUPTED = 130
    READER_GONE = 141
    TERMINATED = 143

    @property
    def kind(self) -> str:
        """Return the name that an error in JSON has."""
        return self.name.lower()
