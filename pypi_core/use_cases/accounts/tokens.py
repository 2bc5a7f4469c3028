"""Issue tokens, and revoke them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from pypi_core.domain.accounts import (
    ENTROPY,
    UNLIMITED,
    Actor,
    Token,
    TokenId,
    TokenScope,
    TokenSecret,
    secret_hash,
    token_secret,
)
from pypi_core.domain.permissions import require_account, require_token
from pypi_core.domain.site_events import TokenIssued, TokenRevoked
from pypi_core.errors import InvalidSetting, TokenNotFound
from pypi_core.ports.accounts import OpenSiteSnapshot, OpenSiteUnitOfWork
from pypi_core.ports.environment import Clock, Randomness
from pypi_protocol.errors import Problem

_IDENTIFIER_BYTES = 8


class IssuedToken(msgspec.Struct, frozen=True, kw_only=True):
    """A new token; *secret* is shown once and cannot be read again."""

    token: Token
    secret: TokenSecret


class IssueToken:
    """
    Make a token for an account: one's own, or as administrator anybody's.

    Only the hash of its secret is stored.  A password is good for this.  A limited token is not: it
    could widen itself.

    Raises:
        Forbidden: It is another account, or the actor's own token is limited.
        AccountNotFound: There is no such account.
        InvalidSetting: The description is empty or too long, or the token would have expired already.
    """

    def __init__(self, open_unit_of_work: OpenSiteUnitOfWork, clock: Clock, randomness: Randomness) -> None:
        self._open_unit_of_work = open_unit_of_work
        self._clock = clock
        self._randomness = randomness

    def __call__(
        self,
        actor: Actor,
        username: str,
        description: str,
        scope: TokenScope = UNLIMITED,
        expires: datetime | None = None,
    ) -> IssuedToken:
        permit = require_account(actor, username)
        now = self._clock.now()
        if not 1 <= len(description.strip()) <= 100:
            raise InvalidSetting(Problem("description", "Describe the token in 1 to 100 characters."))
        if expires is not None and expires <= now:
            raise InvalidSetting(
                Problem("expires", "The token would have expired already: choose a later moment.")
            )
        secret = token_secret(self._randomness.bytes(ENTROPY))
        with self._open_unit_of_work(permit) as uow:
            account = uow.accounts.get(username)
            token = Token(
                id=TokenId(self._randomness.bytes(_IDENTIFIER_BYTES).hex()),
                account_id=account.id,
                description=description.strip(),
                secret_hash=secret_hash(secret),
                created=now,
                scope=scope,
                expires=expires,
            )
            uow.tokens.add(token)
            uow.record_event(
                TokenIssued(
                    username=account.username,
                    token=token.id,
                    description=token.description,
                    scope=scope,
                    expires=expires,
                )
            )
            uow.commit()
        return IssuedToken(token=token, secret=secret)


class RevokeToken:
    """
    Revoke a token of one's own account, or as administrator any.

    Requests from now on are refused.  A limited token can revoke itself, and no other.

    Raises:
        NotAllowed: The actor's own token is limited, and it is not this one.
        TokenNotFound: There is no such token, or it belongs to another account.
    """

    def __init__(self, open_snapshot: OpenSiteSnapshot, open_unit_of_work: OpenSiteUnitOfWork) -> None:
        self._open_snapshot = open_snapshot
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, token_id: TokenId) -> None:
        with self._open_snapshot() as snapshot:
            try:
                token = snapshot.tokens.get(token_id)
            except TokenNotFound:
                permit = require_token(actor, token_id, None)
                raise
            permit = require_token(actor, token_id, token)
            username = snapshot.accounts.by_id(token.account_id).username
        with self._open_unit_of_work(permit) as uow:
            uow.tokens.revoke(token_id)
            uow.record_event(TokenRevoked(username=username, token=token_id, description=token.description))
            uow.commit()
