"""``pypi-cli token``: make, list and revoke API tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from pypi_app.cli.context import Surroundings
from pypi_app.cli.exit_codes import ExitCode
from pypi_app.cli.failures import UsageError

if TYPE_CHECKING:
    from pypi_api_client.records import Token

app = App(name="token", help="Make, list and revoke API tokens.")

# Given several times or not at all.
_Texts = Annotated[tuple[str, ...], Parameter(negative_iterable=(), show_default=False)]


@app.command
def create(
    description: str,
    /,
    *,
    project: _Texts = (),
    only: _Texts = (),
    expires: Annotated[int | None, Parameter(show_default=False)] = None,
    context: Surroundings,
) -> int:
    """
    Make a token and print it, this once.

    ```
    pypi-cli token create "build server" --project hello-index --only upload --expires 90
    ```

    Parameters
    ----------
    description
        What it is for.
    project
        A project it is good for; may be given several times. All of them unless given.
    only
        An action it is good for, such as upload, yank or read; may be given several times.
    expires
        After how many days it ends.
    """
    from datetime import UTC, datetime, timedelta

    from pypi_api_client.records import TokenScope

    if expires is not None and expires < 1:
        raise UsageError("--expires is at least 1 day.")
    ends = None if expires is None else datetime.now(UTC) + timedelta(days=expires)
    scope = TokenScope(projects=project or None, actions=only or None)
    with context.client(asking=True) as client:
        made = client.create_token(description, scope, ends)
    context.output.result(made, [made.secret])
    context.output.note(f"This is token {made.token.id}. It cannot be shown again.")
    return ExitCode.DONE


@app.command(name="list")
def list_tokens(*, context: Surroundings) -> int:
    """List your tokens, without their secrets."""
    from pypi_app.cli.results import Tokens

    with context.client(asking=True) as client:
        found = client.tokens()
    context.output.result(Tokens(tokens=found), map(_line, found))
    return ExitCode.DONE


@app.command
def revoke(identifier: str, /, *, context: Surroundings) -> int:
    """
    Revoke a token: it opens nothing any more.

    Parameters
    ----------
    identifier
        Its id, as `pypi-cli token list` shows it.
    """
    from pypi_app.cli.results import RevokedToken

    with context.client(asking=True) as client:
        client.revoke_token(identifier)
    context.output.result(RevokedToken(id=identifier), [f"{identifier}: revoked"])
    return ExitCode.DONE


def _line(token: Token) -> str:
    from pypi_api_client.protocol.messages import printable

    scope = token.scope
    scopes = (("indexes", scope.indexes), ("projects", scope.projects), ("only", scope.actions))
    narrowed = [f"{name}: {', '.join(values)}" for name, values in scopes if values is not None]
    ends = f"until {token.expires:%Y-%m-%d}" if token.expires else "for ever"
    return f"{token.id}  {printable(token.description)}  {'; '.join(narrowed) or 'everything'}; {ends}"
