"""Tokens, and who is calling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pypi_api_client.protocol.json_rpc import call
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange
from pypi_api_client.redaction import redacting
from pypi_protocol import methods
from pypi_protocol.records.accounts import Whoami
from pypi_protocol.records.tokens import NewToken, ScopeDescription, TokenDescription

_SHORT = timedelta(hours=1)
_ALL = ScopeDescription()


def whoami(index: KnownIndex) -> Exchange[Whoami]:
    """
    Return who the index thinks is calling, and what the token is narrowed to.

    Raises:
        NotSpoken: The index does not speak JSON-RPC.
    """
    return (yield from call(index, methods.ACCOUNT_WHOAMI))


def create_token(
    index: KnownIndex,
    description: str,
    scope: ScopeDescription | None = None,
    expires: datetime | None = None,
) -> Exchange[NewToken]:
    """
    Make a token for the caller; its secret is shown this once.

    Raises:
        AccessRefused: The caller's own token is narrowed.
        NotSpoken: The index does not speak JSON-RPC.
    """
    return (
        yield from call(
            index, methods.TOKEN_CREATE, description=description, scope=scope or _ALL, expires=expires
        )
    )


def exchange_password(
    index: KnownIndex,
    username: str,
    password: str,
    description: str,
    scope: ScopeDescription | None = None,
    expires: datetime | None = None,
) -> Exchange[NewToken]:
    """
    Make a token for a caller who knows the password of an account: how a person logs in.

    Raises:
        CredentialsRefused: User name or password is wrong.
        TooManyRequests: They were wrong too often.
        NotSpoken: The index does not speak JSON-RPC.
    """
    with redacting([password]):
        return (
            yield from call(
                index,
                methods.TOKEN_EXCHANGE,
                username=username,
                password=password,
                description=description,
                scope=scope or _ALL,
                expires=expires,
            )
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
    with redacting([password, new_password]):
        changed = yield from call(
            index,
            methods.ACCOUNT_CHANGE_PASSWORD,
            username=username,
            password=password,
            new_password=new_password,
            revoke_tokens=revoke_tokens,
        )
    return changed.revoked_tokens


def tokens(index: KnownIndex) -> Exchange[tuple[TokenDescription, ...]]:
    """
    List the caller's tokens, without their secrets.

    Raises:
        NotSpoken: The index does not speak JSON-RPC.
    """
    return (yield from call(index, methods.TOKEN_LIST)).tokens


def revoke_token(index: KnownIndex, identifier: str) -> Exchange[None]:
    """
    Revoke one of the caller's tokens; it may be the one that the client uses.

    Raises:
        NotSpoken: The index does not speak JSON-RPC.
    """
    yield from call(index, methods.TOKEN_REVOKE, id=identifier)
