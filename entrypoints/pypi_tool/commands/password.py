"""``pypi-cli password``."""

from __future__ import annotations

from pypi_terminal.errors import UsageError
from pypi_terminal.parameters import Flag
from pypi_terminal.quantities import counted
from pypi_terminal.questions import ask, ask_secret
from pypi_tool.context import CommandContext


def password(*, revoke_tokens: Flag = False, context: CommandContext) -> None:
    """
    Change the password of your account; the old one is asked for.

    Tokens stay valid unless --revoke-tokens is given.

    ```
    pypi-cli password --revoke-tokens
    ```

    Parameters
    ----------
    revoke_tokens
        Also revoke all tokens of the account, in case others know the old password.
    """
    from pypi_tool.results import ChangedPassword

    if not context.may_ask:
        raise UsageError("pypi-cli password asks for the old and the new password, which takes a terminal.")
    root = context.index().root
    username = ask(f"User name for {root}:")
    old = ask_secret("Old password:")
    new = ask_secret("New password:")
    if new != ask_secret("New password again:"):
        raise UsageError("The two passwords differ: nothing was changed.")
    with context.client_with(None) as client:
        revoked = client.change_password(username, old, new, revoke_tokens=revoke_tokens)
    fate = f"{counted(revoked, 'token')} revoked" if revoke_tokens else "Its tokens stay valid"
    context.output.result(
        ChangedPassword(index=root, username=username, revoked_tokens=revoked),
        [f"Changed the password of {username}. {fate}."],
    )
