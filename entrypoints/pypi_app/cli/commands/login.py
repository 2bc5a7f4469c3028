"""``pypi-cli login``, ``logout`` and ``whoami``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypi_app.cli.asking import ask, ask_secret
from pypi_app.cli.context import Surroundings
from pypi_app.cli.exit_codes import ExitCode
from pypi_app.cli.failures import UsageError

if TYPE_CHECKING:
    from pypi_app.cli.context import Context

_TERMINAL_ALONE = (
    "pypi-cli login asks for a password or token, which takes a terminal. In scripts give a token with "
    "--token-file FILE or in the environment variable PYPI_TOKEN."
)


def login(*, context: Surroundings) -> int:
    """
    Log in to an index: a token for it is kept in the keyring or, where there is none, in a file of yours.

    A password is exchanged for a token and not kept.

    ```
    pypi-cli login --index https://index.example/
    ```
    """
    from pypi_app.cli.kept_tokens import keep_token
    from pypi_app.cli.results import Login

    if not context.may_ask:
        raise UsageError(_TERMINAL_ALONE)
    choice = context.index()
    token = _asked_token(context, choice.root)
    with context.client_with(token) as client:
        caller = client.whoami()
    if caller.username is None:
        context.output.problem("The index does not know this token.")
        return ExitCode.REFUSED
    where = keep_token(choice.root, token)
    context.output.result(
        Login(index=choice.root, username=caller.username, kept=where),
        [f"Logged in to {choice.root} as {caller.username}. The token is in {where}."],
    )
    return ExitCode.DONE


def logout(*, context: Surroundings) -> int:
    """
    Forget the token that login keeps for an index; the token itself stays good until it is revoked.

    ```
    pypi-cli logout
    ```
    """
    from pypi_app.cli.kept_tokens import forget_token
    from pypi_app.cli.results import Logout

    root = context.index().root
    found = forget_token(root)
    context.output.result(Logout(index=root, forgotten=found), [f"Logged out of {root}."] if found else [])
    if not found:
        context.output.note(f"There was no token for {root}.")
        return ExitCode.NOTHING_MATCHED
    return ExitCode.DONE


def whoami(*, context: Surroundings) -> int:
    """
    Show which account the index takes you for.

    ```
    pypi-cli whoami
    ```
    """
    with context.client() as client:
        caller = client.whoami()
    narrowed = (
        "" if caller.scope.projects is None and caller.scope.actions is None else ", by a limited token"
    )
    context.output.result(
        caller, [f"{caller.username}{narrowed}" if caller.username else "nobody: no credentials were found"]
    )
    return ExitCode.DONE if caller.username else ExitCode.REFUSED


def _asked_token(context: Context, root: str) -> str:
    username = ask(f"User name for {root} (empty if you have a token):")
    if not username:
        token = ask_secret("Token:").strip()
        if not token:
            raise UsageError("No token was given.")
        return token
    password = ask_secret("Password:")
    with context.client_with(None) as client:
        made = client.exchange_password(username, password, f"pypi-cli login of {username}")
    return made.secret
