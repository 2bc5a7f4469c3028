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
    """
    Return who the index thinks is calling, and what the token is narrowed to.

    Raises:
        NotSpoken: The index does not speak JSON-RPC.
    """
    return (yield from call(index, "account.whoami", {}, Account))


def create_token(
    index: KnownIndex, description: str, scope: TokenScope | None = None, expires: datetime | None = None
) -> Exchange[NewToken]:
    """
    Make a token for the caller; its secret is shown this once.

    Raises:
        AccessRefused: The caller's own token is narrowed.
        NotSpoken: The index does not speak JSON-RPC.
    """
    params = {"description": description, "scope": scope, "expires": expires}
    # A second token would exist that nobody knows of.
    return (yield from call(index, "token.create", params, NewToken, is_repeatable=False))


def exchange_password(
    index: KnownIndex,
    username: str,
    password: str,
    description: str,
    scope: TokenScope | None = None,
    expires: datetime | None = None,
) -> Exchange[NewToken]:
    """
    Make a token for a caller who knows the password of an account: how a person logs in.

    Raises:
        CredentialsRefused: User name or password is wrong.
        TooManyRequests: They were wrong too often.
        NotSpoken: The index does not speak JSON-RPC.
    """
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
    index: KnownIndex, username: str, password: str, new_password: str, *, revoke_tokens: bool = False
) -> Exchange[int]:
    """
    Change the password of an account by showing the old one; return how many tokens were revoked.

    Raises:
        CredentialsRefused: User name or password is wrong.
        InvalidRequest: The new password is too short.
        TooManyRequests: They were wrong too often.
        NotSpoken: The index does not speak JSON-RPC.
    """
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
    """
    List the caller's tokens, without their secrets.

    Raises:
        NotSpoken: The index does not speak JSON-RPC.
    """
    return (yield from call(index, "token.list", {}, _Tokens)).tokens


def revoke_token(index: KnownIndex, identifier: str) -> Exchange[None]:
    """
    Revoke one of the caller's tokens; it may be the one that the client uses.

    Raises:
        NotSpoken: The index does not speak JSON-RPC.
    """
    yield from call(index, "token.revoke", {"id": identifier}, _Revoked, is_repeatable=False)
