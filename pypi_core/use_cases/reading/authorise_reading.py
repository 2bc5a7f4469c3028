"""Ask whether somebody may read an index at all."""

from __future__ import annotations

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.indexes import IndexRecord
from pypi_core.domain.permissions import require
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.permitted import governed_index


class AuthoriseReading:
    """
    Let those pass who may read the index.

    For answers that are made without reading anything: refusals and redirects, which must
    not tell on a private index what there is and what not.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self, actor: Actor) -> IndexRecord:
        """Return the index's name and settings, which the reader may know."""
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, governed_index(snapshot))
            return snapshot.record
