"""What happened since."""

from __future__ import annotations

from collections.abc import Sequence

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import Change, Serial
from pypi_core.domain.permissions import require
from pypi_core.errors import Invalid
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.permitted import governed_index
from pypi_protocol.errors import Problem

_MOST = 50_000


class ListChanges:
    """
    Page through the journal.

    Asking again with the last serial received goes on where this page ended: entries
    become visible in the order of their serials, so none is missed.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
        Invalid: *limit* is not between 1 and 50,000.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self, actor: Actor, since: Serial, limit: int = 1000) -> Sequence[Change]:
        """Return up to *limit* changes after *since*, in order."""
        if not 1 <= limit <= _MOST:
            raise Invalid(Problem("limit", f"Ask for 1 to {_MOST} changes at a time."))
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, governed_index(snapshot))
            return snapshot.journal.since(since, limit)
