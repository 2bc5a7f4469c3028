"""From credentials to an actor."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeGuard

from pypi_core.domain.accounts import (
    Account,
    AccountState,
    Actor,
    Credentials,
    PasswordCredentials,
    Proof,
    Token,
    TokenCredentials,
    TokenId,
    TokenScope,
    parse_token,
    secret_hash,
)
from pypi_core.domain.origins import NOWHERE, Origin
from pypi_core.errors import InvalidCredentials, TokenNotFound
from pypi_core.ports.accounts import OpenSiteSnapshot, SiteSnapshot
from pypi_core.ports.environment import Clock, PasswordHasher
from pypi_core.ports.web_sessions import Sightings
from pypi_core.use_cases.accounts.limit_logins import LimitLogins

_USED_EVERY = timedelta(hours=1)
"""How exactly it is stored when a token was last used."""


class Authenticate:
    """
    Find out who presents these credentials.

    A token costs one look-up, a password a slow hash.

    Raises:
        InvalidCredentials: The token is malformed, or it is unknown, revoked or expired or
            its account is disabled, which are answered alike; or user name and password do
            not belong together or the account is disabled, which are answered alike.
        TooMany: Too many logins failed, with this user name or from this address: the
            password was not looked at.  Of a token: it is no good, and neither were many before.
    """

    def __init__(
        self,
        open_snapshot: OpenSiteSnapshot,
        passwords: PasswordHasher,
        clock: Clock,
        limit: LimitLogins,
        sightings: Sightings,
    ) -> None:
        self._open_snapshot = open_snapshot
        self._passwords = passwords
        self._clock = clock
        self._limit = limit
        self._sightings = sightings
        # Verified when there is no such user, so that the time taken does not tell.
        self._nobodys_hash: str | None = None

    def __call__(self, credentials: Credentials, origin: Origin = NOWHERE) -> Actor:
        if isinstance(credentials, TokenCredentials):
            try:
                return self._by_token(credentials, origin)
            except InvalidCredentials:
                # A good token opens whatever was tried before: who shares an address with
                # somebody whose token has expired must not be kept out.
                self._limit.refuse_failure(origin)
                raise
        self._limit.require_room(credentials.username, origin)
        try:
            return self._by_password(credentials, origin)
        except InvalidCredentials:
            self._limit.count_failure(credentials.username, origin)
            raise

    def again(self, actor: Actor) -> Actor:
        """
        Return *actor* as they are by now, for an answer that takes a while; nothing is counted.

        Raises:
            InvalidCredentials: Meanwhile their token expired or was revoked, or their account was disabled.
        """
        if actor.token_id is None:
            return actor
        with self._open_snapshot() as snapshot:
            try:
                token = snapshot.tokens.get(actor.token_id)
            except TokenNotFound:
                token = None
            return self._holder(snapshot, token, actor.origin)

    def _by_token(self, credentials: TokenCredentials, origin: Origin) -> Actor:
        secret = parse_token(credentials.text)
        with self._open_snapshot() as snapshot:
            token = snapshot.tokens.find(secret_hash(secret))
            actor = self._holder(snapshot, token, origin)
        now = self._clock.now()
        if token and (token.used is None or now - token.used >= _USED_EVERY):
            self._sightings.saw_token(token.id, now)
        return actor

    def _holder(self, snapshot: SiteSnapshot, token: Token | None, origin: Origin) -> Actor:
        account = snapshot.accounts.by_id(token.account_id) if token else None
        # One answer for all: a finder of tokens learns nothing of those that were good once.
        if token is None or token.has_expired(self._clock.now()) or not _is_active(account):
            raise InvalidCredentials(
                "The token is not valid: it is unknown, was revoked or has expired. Make a new one."
            )
        return _actor(account, Proof.TOKEN, token.scope, origin, token.id)

    def _by_password(self, credentials: PasswordCredentials, origin: Origin) -> Actor:
        with self._open_snapshot() as snapshot:
            account = snapshot.accounts.find(credentials.username)
        if self._nobodys_hash is None:
            self._nobodys_hash = self._passwords.hash("")
        known = account.password_hash if account else self._nobodys_hash
        if not self._passwords.verify(known, credentials.password) or not _is_active(account):
            raise InvalidCredentials("User name or password is wrong.")
        return _actor(account, Proof.PASSWORD, TokenScope(), origin)


def _is_active(account: Account | None) -> TypeGuard[Account]:
    return account is not None and account.state is AccountState.ACTIVE


def _actor(
    account: Account, proof: Proof, scope: TokenScope, origin: Origin, token_id: TokenId | None = None
) -> Actor:
    return Actor(
        account_id=account.id,
        username=account.username,
        is_administrator=account.is_administrator,
        proof=proof,
        scope=scope,
        token_id=token_id,
        origin=origin,
    )
