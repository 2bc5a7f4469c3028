"""The accounts of a site, and their tokens without the secrets."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pypi_core.domain.accounts import Account, Actor, Token
from pypi_core.domain.permissions import may_see_token, require_administrator, require_token_reader
from pypi_core.use_cases.reading.access import SiteReading


class OwnedToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token and the user name of its account."""

    username: str
    token: Token


class AccountQueries:
    """Questions about accounts."""

    def __init__(self, reading: SiteReading) -> None:
        self._reading = reading

    def all(self, actor: Actor) -> Sequence[Account]:
        """Return all accounts by user name, disabled ones too, deleted ones not."""
        with self._reading(require_administrator(actor)) as snapshot:
            return snapshot.accounts.all()


class TokenQueries:
    """Questions about tokens."""

    def __init__(self, reading: SiteReading) -> None:
        self._reading = reading

    def of(self, actor: Actor, username: str) -> Sequence[Token]:
        """
        Return the tokens of an account, oldest first: your own, or as administrator any account's.

        A limited token sees only itself.

        Raises:
            Forbidden: It is another account.
            AccountNotFound: There is no such account.
        """
        with self._reading(require_token_reader(actor, username)) as snapshot:
            tokens = snapshot.tokens.of(snapshot.accounts.get(username).id)
        return [each for each in tokens if may_see_token(actor, each)]

    def all(self, actor: Actor) -> Sequence[OwnedToken]:
        """Return the tokens of all accounts, oldest first."""
        with self._reading(require_administrator(actor)) as snapshot:
            names = {each.id: each.username for each in snapshot.accounts.all()}
            return [OwnedToken(username=names[each.account_id], token=each) for each in snapshot.tokens.all()]
