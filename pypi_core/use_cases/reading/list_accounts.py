"""List the accounts."""

from __future__ import annotations

from collections.abc import Sequence

from pypi_core.domain.accounts import Account, Actor
from pypi_core.domain.permissions import require_administrator
from pypi_core.ports.accounts import OpenSiteSnapshot


class ListAccounts:
    """
    Return all accounts by user name, disabled ones too, deleted ones not.

    Raises:
        Unauthenticated: The actor is anonymous.
        Forbidden: *actor* is not an administrator.
    """

    def __init__(self, open_snapshot: OpenSiteSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self, actor: Actor) -> Sequence[Account]:
        """Return them."""
        require_administrator(actor)
        with self._open_snapshot() as snapshot:
            return snapshot.accounts.all()
