"""How ``pypi-cli`` ends, as scripts see it."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What became of a command; ``docs/reference/pypi-cli.md`` promises these numbers."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    REFUSED = 4
    CONFLICT = 5
    NETWORK = 6
    NOTHING_MATCHED = 7
    NOT_OFFERED = 8
    INTERRUPTED = 130
