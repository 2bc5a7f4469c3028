"""``pypi-cli login``, ``logout`` and ``whoami``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, cast

from cyclopts import Parameter

from pypi_terminal.errors import UsageError
from pypi_terminal.exit_codes import ExitCode
from pypi_terminal.parameters import Flag, Texts
from pypi_terminal.questions import ask, ask_secret
from pypi_tool.context import CommandContext

if TYPE_CHECKING:
    from pypi_protocol.records.tokens import ActionName, ScopeDescription
    from pypi_tool.context import Context

_TERMINAL_ALONE = (
    "pypi-cli login asks for a password or token, which takes a terminal. In scripts give a token with "
    "--token-file FILE or in the environment variable PYPI_TOKEN."
)
_DAYS = 90


def login(
    *,
    project: Texts = (),
    scope: Annotated[Texts, Parameter(name=["--scope", "--only"])] = (),
    expires: Annotated[int | None, Parameter(show_default=False)] = None,
    context: CommandContext,
) -> int:
    """
    Log in to an index: a token for it is kept in the keyring or, if there is none, in a private file.

    A password is exchanged for a token and not kept. Enter the user name __token__ if you have a token
    already: it is kept as it is.

    ```
    pypi-cli login
    pypi-cli login --scope upload --scope yank --expires 30
    ```

    Parameters
    ----------
    project
        A project the token is valid for; may be repeated (default: all projects).
    scope
        An action the token allows, such as upload, yank or read; may be repeated (default: all actions).
    expires
        Days until the token expires; 0 for never (default: 90).
    """
    from pypi_api_client.errors import CredentialsRefused
    from pypi_protocol.records.tokens import ScopeDescription
    from pypi_tool.results import Login
    from pypi_tool.settings.kept_tokens import keep_token

    if not context.may_ask:
        raise UsageError(_TERMINAL_ALONE)
    if expires is not None and expires < 0:
        raise UsageError("--expires is a number of days, or 0 for a token that never expires.")
    is_chosen = bool(project or scope) or expires is not None
    choice = context.index()
    try:
        token, identifier = _asked_token(
            context,
            choice.root,
            ScopeDescription(projects=project or None, actions=cast("tuple[ActionName, ...]", scope) or None),
            _DAYS if expires is None else expires,
            is_chosen=is_chosen,
        )
        with context.client_with(token) as client:
            caller = client.whoami()
    except CredentialsRefused as error:
        # To advise to log in would be no help here.
        context.output.problem(str(error))
        return ExitCode.REFUSED
    if caller.username is None:
        context.output.problem("The index does not know this token.")
        return ExitCode.REFUSED
    where = keep_token(choice.root, token, identifier)
    context.output.result(
        Login(index=choice.root, username=caller.username, kept=where),
        [f"Logged in to {choice.root} as {caller.username}. The token is in {where}."],
    )
    return ExitCode.DONE


def logout(*, keep: Flag = False, context: CommandContext) -> int:
    """
    Revoke the token that login made for an index, and forget it.

    A token that you gave to login is forgotten, and stays valid.

    ```
    pypi-cli logout
    ```

    Parameters
    ----------
    keep
        Forget the token, but leave it valid.
    """
    from pypi_api_client.errors import CredentialsRefused, NotFound
    from pypi_tool.results import Logout
    from pypi_tool.settings.kept_tokens import forget_token, kept_token

    root = context.index().root
    kept = kept_token(root)
    is_revoked = False
    if kept and kept.id and not keep:
        try:
            with context.client_with(kept.token) as client:
                client.revoke_token(kept.id)
            is_revoked = True
        except (CredentialsRefused, NotFound):
            # It has expired, or was revoked before.
            context.output.detail("the token was no longer valid")
    found = forget_token(root)
    fate = " The token is revoked." if is_revoked else " The token was forgotten." if found else ""
    context.output.result(
        Logout(index=root, forgotten=found, revoked=is_revoked),
        [f"Logged out of {root}.{fate}"] if found else [],
    )
    if not found:
        context.output.note(f"There was no token for {root}.")
        return ExitCode.NOTHING_MATCHED
    return ExitCode.DONE


def whoami(*, context: CommandContext) -> int:
    """
    Show which account you are on the index.

    ```
    pypi-cli whoami
    ```
    """
    with context.client() as client:
        caller = client.whoami()
    if caller.username is None and context.withheld:
        raise UsageError(context.withheld)
    narrowed = (
        "" if caller.scope.projects is None and caller.scope.actions is None else ", by a limited token"
    )
    context.output.result(
        caller,
        [f"{caller.username}{narrowed}" if caller.username else "not logged in: no credentials were found"],
    )
    return ExitCode.DONE if caller.username else ExitCode.REFUSED


def _asked_token(
    context: Context, root: str, scope: ScopeDescription, days: int, *, is_chosen: bool
) -> tuple[str, str]:
    """Return the token to keep, and its id if it was made for this."""
    from pypi_tool.settings.kept_tokens import TOKEN_USER

    username = ask(f"User name for {root} (empty or {TOKEN_USER} if you have a token):")
    if username in {"", TOKEN_USER}:
        if is_chosen:
            raise UsageError(
                "--project, --scope and --expires are for a token that login makes: log in with a password."
            )
        token = ask_secret("Token:").strip()
        if not token:
            raise UsageError("No token was given.")
        return token, ""
    password = ask_secret("Password:")
    expires = datetime.now(UTC) + timedelta(days=days) if days else None
    with context.client_with(None) as client:
        made = client.exchange_password(
            username, password, f"pypi-cli login of {username}", scope=scope, expires=expires
        )
    return made.secret, made.token.id
