"""Accounts and tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from pypi_core.domain.accounts import Account, AccountId, AccountState, Token, TokenId, TokenScope
from pypi_core.errors import AccountAlreadyExists, AccountNotFound, TokenNotFound
from pypi_sql.inserting import insertion
from pypi_sql.tables import accounts, tokens

if TYPE_CHECKING:
    from pypi_core.ports.accounts import Accounts, Tokens

# Asked with every request that carries credentials.
_IS_THERE = accounts.c.state != AccountState.DELETED
_BY_USERNAME = select(accounts).where(accounts.c.username_key == bindparam("called"), _IS_THERE)
_BY_ID = select(accounts).where(accounts.c.id == bindparam("known_as"))
_BY_SECRET = select(tokens).where(tokens.c.secret_hash == bindparam("hashed"))


class SqlAccounts:
    """The accounts, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, username: str) -> Account | None:
        row = self._connection.execute(_BY_USERNAME, {"called": username.lower()}).one_or_none()
        return None if row is None else _account(row)

    def get(self, username: str) -> Account:
        account = self.find(username)
        if account is None:
            raise AccountNotFound(username)
        return account

    def by_id(self, account_id: AccountId) -> Account:
        row = self._connection.execute(_BY_ID, {"known_as": account_id}).one_or_none()
        if row is None:
            raise AccountNotFound(str(account_id))
        return _account(row)

    def all(self) -> Sequence[Account]:
        query = select(accounts).where(_IS_THERE).order_by(accounts.c.username_key)
        return [_account(row) for row in self._connection.execute(query)]

    def add(self, username: str, password_hash: str, created: datetime, *, is_administrator: bool) -> Account:
        values = {
            "username": username,
            "username_key": username.lower(),
            "password_hash": password_hash,
            "is_administrator": is_administrator,
            "created": created,
        }
        adding = insertion(self._connection.dialect.name, accounts).on_conflict_do_nothing(
            index_elements=[accounts.c.username_key]
        )
        row = self._connection.execute(adding.returning(accounts), values).one_or_none()
        if row is None:
            raise AccountAlreadyExists(username)
        return _account(row)

    def update(self, account: Account) -> None:
        self._connection.execute(
            update(accounts).where(accounts.c.id == account.id),
            {
                "password_hash": account.password_hash,
                "is_administrator": account.is_administrator,
                "state": account.state,
            },
        )


class SqlTokens:
    """The tokens, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, secret_hash: str) -> Token | None:
        row = self._connection.execute(_BY_SECRET, {"hashed": secret_hash}).one_or_none()
        return None if row is None else _token(row)

    def get(self, token_id: TokenId) -> Token:
        row = self._connection.execute(select(tokens).where(tokens.c.id == token_id)).one_or_none()
        if row is None:
            raise TokenNotFound(token_id)
        return _token(row)

    def of(self, account_id: AccountId) -> Sequence[Token]:
        query = (
            select(tokens).where(tokens.c.account_id == account_id).order_by(tokens.c.created, tokens.c.id)
        )
        return [_token(row) for row in self._connection.execute(query)]

    def all(self) -> Sequence[Token]:
        query = select(tokens).order_by(tokens.c.created, tokens.c.id)
        return [_token(row) for row in self._connection.execute(query)]

    def add(self, token: Token) -> None:
        values = msgspec.structs.asdict(token)
        self._connection.execute(insert(tokens), values | {"scope": _encoded(token.scope)})

    def revoke(self, token_id: TokenId) -> None:
        if self._connection.execute(delete(tokens).where(tokens.c.id == token_id)).rowcount == 0:
            raise TokenNotFound(token_id)


def _account(row: Row[tuple[object, ...]]) -> Account:
    return Account(
        id=AccountId(row.id),
        username=row.username,
        password_hash=row.password_hash,
        created=row.created,
        is_administrator=row.is_administrator,
        state=AccountState(row.state),
    )


def _token(row: Row[tuple[object, ...]]) -> Token:
    return Token(
        id=TokenId(row.id),
        account_id=AccountId(row.account_id),
        description=row.description,
        secret_hash=row.secret_hash,
        created=row.created,
        scope=msgspec.json.decode(row.scope, type=TokenScope),
        expires=row.expires,
        used=row.used,
    )


def _encoded(scope: TokenScope) -> str:
    return msgspec.json.encode(scope, order="deterministic").decode()


if TYPE_CHECKING:
    _: tuple[type[Accounts], type[Tokens]] = (SqlAccounts, SqlTokens)
