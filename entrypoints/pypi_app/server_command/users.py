"""``pypi-server user``."""

from __future__ import annotations

import getpass
import sys

from cyclopts import App

from pypi_app.server_command.context import CommandContext
from pypi_app.server_command.failures import UsageError

users = App(name="user", help="Create and list accounts, and change passwords.")


@users.command
def create(username: str, /, *, administrator: bool = False, context: CommandContext) -> None:
    """
    Create an account; its password is asked for, or read from standard input.

    Parameters
    ----------
    username
        Letters, digits, '.', '_' and '-'.
    administrator
        May do everything on every index.
    """
    from pypi_app.server_command.results import ChangedAccount
    from pypi_core.domain.accounts import OPERATOR

    with context.site() as site:
        site.register_account(OPERATOR, username, _password(), is_administrator=administrator)
    context.output.result(ChangedAccount(username=username), [f"Created account {username}."])


@users.command
def password(username: str, /, *, context: CommandContext) -> None:
    """
    Change an account's password; the new one is asked for, or read from standard input.

    Parameters
    ----------
    username
        Whose password it is.
    """
    from pypi_app.server_command.results import ChangedAccount
    from pypi_core.domain.accounts import OPERATOR

    with context.site() as site:
        site.change_password(OPERATOR, username, _password())
    line = f"Changed the password of {username}; its tokens stay in force."
    context.output.result(ChangedAccount(username=username), [line])


@users.command(name="list")
def list_(*, context: CommandContext) -> None:
    """List the accounts."""
    from pypi_app.server_command.results import Account, Accounts

    with context.site() as site:
        found = tuple(
            Account(username=each.username, administrator=each.is_administrator, created=each.created)
            for each in site.accounts()
        )
    lines = (f"{each.username}{'  (administrator)' if each.administrator else ''}" for each in found)
    context.output.result(Accounts(accounts=found), lines)


def _password() -> str:
    if not sys.stdin.isatty():
        # A byte order mark is what some shells put in front of what they pipe.
        return sys.stdin.readline().removeprefix("\ufeff").rstrip("\r\n")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Again: "):
        raise UsageError("The two passwords differ: nothing was changed.")
    return first
