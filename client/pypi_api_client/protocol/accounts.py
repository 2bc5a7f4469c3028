"""Tokens, and who is calling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from pypi_api_client.protocol.json_rpc import call
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange, Login
from pypi_api_client.records import Account, NewToken, Token, TokenScope
from pypi_api_client.redaction import redacting

_SHORT = timedelta(hours=1)


class _Tokens(msgspec.Struct, frozen=True):
    tokens: tuple[Token, ...]


class _Revoked(msgspec.Struct, frozen=True):
    id: str


class _PasswordChanged(msgspec.Struct, frozen=True):
    revoked_tokens: int


def whoami(index: KnownIndex) -> Exchange[Account]:
    """Tell who is calling."""
    return (yield from call(index, "account.whoami", {}, Account))


def create_token(
    index: KnownIndex, description: str, scope: TokenScope | None, expires: datetime | None
) -> Exchange[NewToken]:
    """Make a token for the caller."""
    params = {"description": description, "scope": scope, "expires": expires}
    # A second one would be there and nobody know of it.
    return (yield from call(index, "token.create", params, NewToken, is_repeatable=False))


def exchange_password(
    index: KnownIndex,
    username: str,
    password: str,
    description: str,
    scope: TokenScope | None,
    expires: datetime | None,
) -> Exchange[NewToken]:
    """Make a token for whoever knows the password."""
    params = {
        "username": username,
        "password": password,
        "description": description,
        "scope": scope,
        "expires": expires,
    }
    with redacting([password]):
        return (
            yield from call(index, "token.exchange", params, NewToken, is_repeatable=False, login=Login.NEVER)
        )


def short_token(index: KnownIndex) -> Exchange[str]:
    """Return the secret of a token of an hour, for the account whose password stood in the index's URL."""
    username, password = index.address.username, index.address.password
    expires = datetime.now(UTC) + _SHORT
    made = yield from exchange_password(index, username, password, "for an hour", None, expires)
    return made.secret


def change_password(
    index: KnownIndex, username: str, password: str, new_password: str, *, revoke_tokens: bool
) -> Exchange[int]:
    """Change the password of an account, and return how many tokens were revoked."""
    params = {
        "username": username,
        "password": password,
        "new_password": new_password,
        "revoke_tokens": revoke_tokens,
    }
    with redacting([password, new_password]):
        changed = yield from call(
            index, "account.change_password", params, _PasswordChanged, is_repeatable=False
        )
    return changed.revoked_tokens


def tokens(index: KnownIndex) -> Exchange[tuple[Token, ...]]:
    """List the caller's tokens."""
    return (yield from call(index, "token.list", {}, _Tokens)).tokens


def revoke_token(index: KnownIndex, identifier: str) -> Exchange[None]:
    """Revoke one of the caller's tokens."""
    yield from call(index, "token.revoke", {"id": identifier}, _Revoked, is_repeatable=False)
