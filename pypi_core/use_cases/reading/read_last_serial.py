"""Where the clock of an index stands."""

from __future__ import annotations

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import Serial
from pypi_core.domain.permissions import require
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.permitted import governed_index


class ReadLastSerial:
    """
    Return the serial of the newest change, 0 where there is none.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self, actor: Actor) -> Serial:
        """Return it as of now."""
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, governed_index(snapshot))
            return snapshot.journal.last_serial()
