"""How a program ends, as scripts see it."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What became of a command; the references of the programs promise these numbers."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    REFUSED = 4
    CONFLICT = 5
    UNAVAILABLE = 6
    NOTHING_MATCHED = 7
    NOT_OFFERED = 8
    INTERRUPTED = 130
