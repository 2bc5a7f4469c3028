"""Why there is no backup, or none is restored."""

from __future__ import annotations


class BackupError(Exception):
    """A backup cannot be written or read; the message, for the operator, says why and what to do."""


class RestoreRefused(Exception):
    """Something would be lost that is there; the message, for the operator, says what and what to do."""
