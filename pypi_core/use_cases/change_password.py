"""Give an account another password."""

from __future__ import annotations

from msgspec.structs import replace

from pypi_core.domain.accounts import Actor, check_password
from pypi_core.domain.permissions import require_administrator
from pypi_core.domain.site_events import PasswordChanged
from pypi_core.ports.accounts import OpenSiteUnitOfWork
from pypi_core.ports.environment import PasswordHasher


class ChangePassword:
    """
    Give an account another password; its tokens stay in force.

    Raises:
        Unauthenticated: Nobody is logged in.
        Forbidden: *actor* is no administrator.
        InvalidSetting: The password is not acceptable.
        AccountNotFound: There is no such account.
    """

    def __init__(self, open_unit_of_work: OpenSiteUnitOfWork, passwords: PasswordHasher) -> None:
        self._open_unit_of_work = open_unit_of_work
        self._passwords = passwords

    def __call__(self, actor: Actor, username: str, password: str) -> None:
        """Store the new password's hash."""
        require_administrator(actor)
        password_hash = self._passwords.hash(check_password(password))
        with self._open_unit_of_work(actor) as uow:
            account = uow.accounts.get(username)
            uow.accounts.update(replace(account, password_hash=password_hash))
            uow.record_event(PasswordChanged(username=account.username))
            uow.commit()
