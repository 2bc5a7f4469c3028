"""``pypi-server tokens``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cyclopts import App

from pypi_app.server_command.options import Common, opened_site
from pypi_core.domain.accounts import OPERATOR, Action, Token, TokenId, TokenScope
from pypi_core.domain.indexes import parse_index_name
from pypi_core.domain.names import parse_project_name

tokens = App(name="tokens", help="Create, list and revoke API tokens.")


@tokens.command
def create(
    username: str,
    *,
    description: str = "made by the operator",
    index: list[str] | None = None,
    project: list[str] | None = None,
    action: list[Action] | None = None,
    days: float | None = None,
    common: Common | None = None,
) -> None:
    """
    Create a token for an account and print it; it cannot be shown again.

    Parameters
    ----------
    username
        Whose token it is.
    description
        What it is for.
    index
        Limit it to this index; may be repeated.
    project
        Limit it to this project; may be repeated.
    action
        Limit it to this action; may be repeated.
    days
        Let it expire after so many days.
    """
    scope = TokenScope(
        indexes=frozenset(map(parse_index_name, index)) if index else None,
        projects=frozenset(map(parse_project_name, project)) if project else None,
        actions=frozenset(action) if action else None,
    )
    expires = datetime.now(UTC) + timedelta(days=days) if days is not None else None
    with opened_site(common) as site:
        print(site.issue_token(OPERATOR, username, description, scope, expires).secret)


@tokens.command(name="list")
def list_(username: str, *, common: Common | None = None) -> None:
    """List an account's tokens, without their secrets."""
    with opened_site(common) as site:
        for each in site.tokens_of(username):
            print(_line(each))


@tokens.command
def revoke(token: str, *, common: Common | None = None) -> None:
    """
    Take a token out of force at once.

    Parameters
    ----------
    token
        Its id, as `tokens list` prints it.
    """
    with opened_site(common) as site:
        site.revoke_token(OPERATOR, TokenId(token))
        print(f"Revoked token {token}.")


def _line(token: Token) -> str:
    scope = token.scope
    limits = [
        f"{what} {', '.join(sorted(values))}"
        for what, values in (("index", scope.indexes), ("project", scope.projects), ("action", scope.actions))
        if values is not None
    ]
    if token.expires is not None:
        limits.append(f"expires {token.expires:%Y-%m-%d %H:%M} UTC")
    return f"{token.id}  {token.created:%Y-%m-%d}  {token.description}  ({'; '.join(limits) or 'unlimited'})"
