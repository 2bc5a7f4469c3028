"""``pypi-server users``."""

from __future__ import annotations

import getpass
import sys

from cyclopts import App

from pypi_app.server_command.options import Common, opened_site
from pypi_core.domain.accounts import OPERATOR

users = App(name="users", help="Create and list accounts, and change passwords.")


@users.command
def create(username: str, *, administrator: bool = False, common: Common | None = None) -> None:
    """
    Create an account; its password is asked for, or read from standard input.

    Parameters
    ----------
    username
        Letters, digits, '.', '_' and '-'.
    administrator
        May do everything on every index.
    """
    with opened_site(common) as site:
        site.register_account(OPERATOR, username, _password(), is_administrator=administrator)
        print(f"Created account {username}.")


@users.command
def password(username: str, *, common: Common | None = None) -> None:
    """Change an account's password; the new one is asked for, or read from standard input."""
    with opened_site(common) as site:
        site.change_password(OPERATOR, username, _password())
        print(f"Changed the password of {username}; its tokens stay in force.")


@users.command(name="list")
def list_(*, common: Common | None = None) -> None:
    """List the accounts."""
    with opened_site(common) as site:
        for each in site.accounts():
            print(f"{each.username}{'  (administrator)' if each.is_administrator else ''}")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Again: "):
        print("pypi-server: The two passwords differ: nothing was changed.", file=sys.stderr)
        sys.exit(1)
    return first
