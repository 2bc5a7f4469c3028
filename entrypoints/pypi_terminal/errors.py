"""What ends a command before it does anything."""

from __future__ import annotations


class UsageError(Exception):
    """The command line asks for something that cannot be done; nothing was done."""
