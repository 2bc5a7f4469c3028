"""``pypi-server token``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from cyclopts import Parameter

from pypi_app.server_command.context import CommandContext
from pypi_app.server_command.parameters import Username
from pypi_app.server_command.results import NewToken, Token, Tokens
from pypi_core.domain import accounts
from pypi_core.domain.accounts import OPERATOR, Action, TokenId
from pypi_core.domain.indexes import parse_index_name
from pypi_core.domain.names import parse_project_name
from pypi_protocol.records.tokens import Revoked, ScopeDescription
from pypi_terminal.errors import UsageError
from pypi_terminal.parameters import Texts

_MOST_DAYS = 36500
_SCOPES = "project:NAME, index:NAME, or one of read, create-project, upload, yank, delete and manage"


def create(
    username: Username,
    /,
    *,
    description: str = "made by the operator",
    scope: Texts = (),
    index: Texts = (),
    project: Texts = (),
    action: Annotated[
        tuple[str, ...], Parameter(name=["--action", "--only"], negative=(), show_default=False)
    ] = (),
    expires: Annotated[float | None, Parameter(name=["--expires", "--days"], show_default=False)] = None,
    context: CommandContext,
) -> None:
    """
    Create a token for an account and print it; it cannot be shown again.

    ```
    pypi-server token create alice --scope project:sample --scope upload --expires 90
    ```

    Parameters
    ----------
    description
        What it is for.
    scope
        Limit it to an action (upload, read, ...), to a project (project:NAME) or to an index (index:NAME);
        may be repeated.
    index
        Limit it to this index, as --scope index:NAME does.
    project
        Limit it to this project, as --scope project:NAME does.
    action
        Limit it to this action, as --scope does.
    expires
        Days until it expires (default: never).
    """
    if expires is not None and not 0 < expires <= _MOST_DAYS:
        raise UsageError(f"--expires is a number of days, more than 0 and at most {_MOST_DAYS}.")
    limits = _scope(
        [*scope, *(f"index:{each}" for each in index), *(f"project:{each}" for each in project), *action]
    )
    ends = None if expires is None else datetime.now(UTC) + timedelta(days=expires)
    with context.site() as site:
        made = site.issue_token(OPERATOR, username, description, limits, ends)
    context.output.result(NewToken(secret=made.secret, token=_result(username, made.token)), [made.secret])


def list_(username: str | None = None, /, *, context: CommandContext) -> None:
    """
    List the tokens of an account or of all accounts, without their secrets.

    Parameters
    ----------
    username
        The account (default: all accounts).
    """
    with context.site() as site:
        if username is None:
            found = tuple(_result(each.username, each.token) for each in site.tokens.all(OPERATOR))
        else:
            found = tuple(_result(username, each) for each in site.tokens.of(OPERATOR, username))
    lines = (_line(each) if username else f"{each.username}  {_line(each)}" for each in found)
    context.output.result(Tokens(tokens=found), lines)


def revoke(identifier: str, /, *, context: CommandContext) -> None:
    """
    Revoke a token at once.

    Parameters
    ----------
    identifier
        Its id, as `pypi-server token list` shows it.
    """
    with context.site() as site:
        site.revoke_token(OPERATOR, TokenId(identifier))
    context.output.result(Revoked(id=identifier), [f"Revoked token {identifier}."])


def _scope(limits: list[str]) -> accounts.TokenScope:
    indexes, projects, actions = set(), set(), set()
    for each in limits:
        match each.partition(":"):
            case ("index", ":", name):
                indexes.add(parse_index_name(name))
            case ("project", ":", name):
                projects.add(parse_project_name(name))
            case ("", _, _) | (_, ":", _):
                raise UsageError(f"{each!r} is not a scope: write {_SCOPES}.")
            case (action, _, _) if action in set(Action):
                actions.add(Action(action))
            case _:
                raise UsageError(f"Unknown action {each!r}: write {_SCOPES}.")
    return accounts.TokenScope(
        indexes=frozenset(indexes) or None,
        projects=frozenset(projects) or None,
        actions=frozenset(actions) or None,
    )


def _result(username: str, token: accounts.Token) -> Token:
    scope = token.scope
    return Token(
        id=token.id,
        username=username,
        description=token.description,
        scope=ScopeDescription(
            indexes=None if scope.indexes is None else tuple(sorted(scope.indexes)),
            projects=None if scope.projects is None else tuple(sorted(scope.projects)),
            actions=None if scope.actions is None else tuple(sorted(each.value for each in scope.actions)),
        ),
        created=token.created,
        expires=token.expires,
    )


def _line(token: Token) -> str:
    scope = token.scope
    limits = [
        f"{what} {', '.join(values)}"
        for what, values in (("index", scope.indexes), ("project", scope.projects), ("action", scope.actions))
        if values is not None
    ]
    if token.expires is not None:
        limits.append(f"expires {token.expires:%Y-%m-%d %H:%M} UTC")
    return f"{token.id}  {token.created:%Y-%m-%d}  {token.description}  ({'; '.join(limits) or 'unlimited'})"
