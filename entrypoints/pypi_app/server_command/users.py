"""``pypi-server user``."""

from __future__ import annotations

import getpass
import sys

from pypi_app.server_command.context import CommandContext
from pypi_app.server_command.parameters import Username
from pypi_app.server_command.results import (
    Account,
    Accounts,
    ChangedAccount,
    DisabledAccount,
)
from pypi_core.domain.accounts import OPERATOR, AccountState
from pypi_protocol.records.accounts import PasswordChanged
from pypi_terminal.errors import UsageError
from pypi_terminal.parameters import Flag, Yes
from pypi_terminal.quantities import counted


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
    with context.site() as site:
        site.register_account(OPERATOR, username, _password(), is_administrator=administrator)
    context.output.result(ChangedAccount(username=username), [f"Created account {username}."])


def password(username: Username, /, *, revoke_tokens: Flag = False, context: CommandContext) -> None:
    """
    Change an account's password; the new one is asked for, or read from standard input.

    Parameters
    ----------
    revoke_tokens
        Also revoke all tokens of the account.
    """
    with context.site() as site:
        revoked = site.change_password(OPERATOR, username, _password(), revoke_tokens=revoke_tokens)
    fate = f"{counted(revoked, 'token')} revoked" if revoke_tokens else "its tokens stay valid"
    line = f"Changed the password of {username}; {fate}."
    context.output.result(PasswordChanged(username=username, revoked_tokens=revoked), [line])


def disable(username: Username, /, *, context: CommandContext) -> None:
    """
    Refuse an account's password and tokens from the next request on; tokens and roles are kept.
    """
    with context.site() as site:
        site.disable_account(OPERATOR, username)
        owned = tuple(site.delete_account.owned_alone(OPERATOR, username))
    lines = [f"Disabled account {username}."]
    if owned:
        lines.append(f"It is the only owner of {', '.join(owned)}.")
    context.output.result(DisabledAccount(username=username, only_owner_of=owned), lines)


def enable(username: Username, /, *, context: CommandContext) -> None:
    """
    Accept the password and the tokens of a disabled account again.
    """
    with context.site() as site:
        site.enable_account(OPERATOR, username)
    context.output.result(ChangedAccount(username=username), [f"Enabled account {username}."])


def delete(username: Username, /, *, yes: Yes = False, context: CommandContext) -> None:
    """
    Delete an account with its tokens and roles, for good; its name can never be used again.

    An account that is the only owner of a project is not deleted: give the project another owner first.
    """
    context.confirm(f"Delete account {username} with its tokens and roles, for good?", yes=yes)
    with context.site() as site:
        site.delete_account(OPERATOR, username)
    context.output.result(ChangedAccount(username=username), [f"Deleted account {username}."])


def list_(*, context: CommandContext) -> None:
    """List the accounts."""
    with context.site() as site:
        found = tuple(
            Account(
                username=each.username,
                administrator=each.is_administrator,
                created=each.created,
                disabled=each.state is AccountState.DISABLED,
            )
            for each in site.accounts.all(OPERATOR)
        )
    context.output.result(Accounts(accounts=found), map(_line, found))


def _line(account: Account) -> str:
    notes = ["administrator"] * account.administrator + ["disabled"] * account.disabled
    note = f"  ({', '.join(notes)})" if notes else ""
    return f"{account.username}{note}"


def _password() -> str:
    if not sys.stdin.isatty():
        # A byte order mark is what some shells put in front of what they pipe.
        return sys.stdin.readline().removeprefix("\ufeff").rstrip("\r\n")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Again: "):
        raise UsageError("The two passwords differ: nothing was changed.")
    return first
