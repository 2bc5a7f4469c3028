"""How a command ends when it cannot do what it was asked."""

from __future__ import annotations

REFUSED = 1
USAGE = 2


class UsageError(Exception):
    """The command line asks for something that cannot be; nothing was done."""
