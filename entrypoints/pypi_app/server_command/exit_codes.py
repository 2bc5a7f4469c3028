"""How ``pypi-server`` ends, as scripts see it."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended: the numbers of ``pypi-cli``, promised in ``docs/reference/pypi-server.md``."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    REFUSED = 4
    CONFLICT = 5
    UNAVAILABLE = 6
    INTERRUPTED = 130
