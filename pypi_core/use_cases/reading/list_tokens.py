"""List tokens, without their secrets."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pypi_core.domain.accounts import Actor, Token
from pypi_core.domain.permissions import (
    is_limited,
    may_see_token,
    require_account,
    require_administrator,
    require_known,
)
from pypi_core.ports.accounts import OpenSiteSnapshot


class OwnedToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token and the user name of its account."""

    username: str
    token: Token


class ListTokens:
    """
    Return the tokens of an account, oldest first: one's own, or as administrator any account's.

    A limited token sees itself alone.

    Raises:
        Unauthenticated: The actor is anonymous.
        Forbidden: It is another account.
        AccountNotFound: There is no such account.
    """

    def __init__(self, open_snapshot: OpenSiteSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self, actor: Actor, username: str) -> Sequence[Token]:
        """Return the tokens of *username*."""
        require_known(actor)
        if not is_limited(actor) or actor.username.lower() != username.lower():
            require_account(actor, username)
        with self._open_snapshot() as snapshot:
            tokens = snapshot.tokens.of(snapshot.accounts.get(username).id)
        return [each for each in tokens if may_see_token(actor, each)]

    def of_everybody(self, actor: Actor) -> Sequence[OwnedToken]:
        """
        Return the tokens of all accounts, oldest first.

        Raises:
            Unauthenticated: The actor is anonymous.
            Forbidden: *actor* is not an administrator.
        """
        require_administrator(actor)
        with self._open_snapshot() as snapshot:
            names = {each.id: each.username for each in snapshot.accounts.all()}
            return [OwnedToken(username=names[each.account_id], token=each) for each in snapshot.tokens.all()]
