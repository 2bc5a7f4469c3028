"""What happened later than a moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import Change
from pypi_core.domain.permissions import require
from pypi_core.errors import Invalid
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.permitted import governed_index
from pypi_protocol.errors import Problem

_MOST = 50_001


class ListChangesByTime:
    """
    Return what the journal has of what happened later than a moment, the oldest first.

    Times are no cursor: what is to miss nothing pages by serials (`ListChanges`).

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
        Invalid: *limit* is not between 1 and 50,001.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self, actor: Actor, since: datetime, limit: int) -> Sequence[Change]:
        """Return up to *limit* changes later than *since*."""
        if not 1 <= limit <= _MOST:
            raise Invalid(Problem("limit", f"Ask for 1 to {_MOST} changes at a time."))
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, governed_index(snapshot))
            return snapshot.journal.later_than(since, limit)
