"""``pypi-cli token``: create, list and revoke API tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

from cyclopts import Parameter

from pypi_terminal.columns import Row, Table
from pypi_terminal.errors import UsageError
from pypi_terminal.parameters import Texts
from pypi_tool.context import CommandContext

if TYPE_CHECKING:
    from pypi_protocol.records.tokens import ActionName, TokenDescription


def create(
    description: str,
    /,
    *,
    project: Texts = (),
    scope: Annotated[Texts, Parameter(name=["--scope", "--only"])] = (),
    expires: Annotated[int | None, Parameter(show_default=False)] = None,
    context: CommandContext,
) -> None:
    """
    Create a token and print it; it cannot be shown again.

    ```
    pypi-cli token create "build server" --project hello-index --scope upload --expires 90
    ```

    Parameters
    ----------
    description
        What it is for.
    project
        A project it is valid for; may be repeated (default: all projects).
    scope
        An action it allows, such as upload, yank or read; may be repeated (default: all actions).
    expires
        Days until it expires (default: never).
    """
    from datetime import UTC, datetime, timedelta

    from pypi_protocol.records.tokens import ScopeDescription

    if expires is not None and expires < 1:
        raise UsageError("--expires is at least 1 day.")
    ends = None if expires is None else datetime.now(UTC) + timedelta(days=expires)
    narrowed = ScopeDescription(
        projects=project or None, actions=cast("tuple[ActionName, ...]", scope) or None
    )
    with context.client(asking=True) as client:
        made = client.create_token(description, narrowed, ends)
    context.output.result(made, [made.secret])
    context.output.note(f"This is token {made.token.id}. It cannot be shown again.")


def list_tokens(*, context: CommandContext) -> None:
    """
    List your tokens, without their secrets.

    ```
    pypi-cli token list
    ```
    """
    from pypi_protocol.records.tokens import TokenList

    with context.client(asking=True) as client:
        found = client.tokens()
    table = Table(("ID", "Description", "Expires", "Scope"), list(map(_row, found)))
    context.output.result(TokenList(tokens=found), map(_line, found), table=table)


def revoke(identifier: str, /, *, context: CommandContext) -> None:
    """
    Revoke a token: it is refused from now on.

    ```
    pypi-cli token revoke 7Gm2xKp1
    ```

    Parameters
    ----------
    identifier
        Its id, as `pypi-cli token list` shows it.
    """
    from pypi_protocol.records.tokens import Revoked

    with context.client(asking=True) as client:
        client.revoke_token(identifier)
    context.output.result(Revoked(id=identifier), done=[f"{identifier}: revoked"])


def _line(token: TokenDescription) -> str:
    ends = f"until {token.expires:%Y-%m-%d}" if token.expires else "for ever"
    return f"{token.id}  {token.description}  {_scope(token)}; {ends}"


def _row(token: TokenDescription) -> Row:
    ends = f"{token.expires:%Y-%m-%d}" if token.expires else "never"
    return Row((token.id, token.description, ends, _scope(token)))


def _scope(token: TokenDescription) -> str:
    scope = token.scope
    scopes = (("indexes", scope.indexes), ("projects", scope.projects), ("scope", scope.actions))
    narrowed = [f"{name}: {', '.join(values)}" for name, values in scopes if values is not None]
    return "; ".join(narrowed) or "everything"
