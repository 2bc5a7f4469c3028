"""What was released since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import NamedRelease
from pypi_core.domain.permissions import require
from pypi_core.errors import Invalid
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.permitted import governed_index
from pypi_protocol.errors import Problem

_MOST = 50_000


class ListNewReleases:
    """
    Return the releases made after a moment that are still there, the newest first.

    Quarantined projects are left out.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
        Invalid: There are more than 50,000.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self, actor: Actor, since: datetime) -> Sequence[NamedRelease]:
        """Return all of them."""
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, governed_index(snapshot))
            found = snapshot.releases.created_since(since, _MOST + 1)
        if len(found) > _MOST:
            sentence = f"More than {_MOST} releases were made since: ask for a later time."
            raise Invalid(Problem("since", sentence))
        return found
