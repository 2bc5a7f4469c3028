"""Let somebody in."""

from __future__ import annotations

from pypi_core.domain.accounts import Account, Actor, check_password, check_username
from pypi_core.domain.permissions import require_administrator
from pypi_core.domain.site_events import AccountRegistered
from pypi_core.ports.accounts import OpenSiteUnitOfWork
from pypi_core.ports.environment import Clock, PasswordHasher


class RegisterAccount:
    """
    Create an account.

    Raises:
        InvalidSetting: The user name or the password is not acceptable.
        AccountAlreadyExists: The user name is taken.
    """

    def __init__(
        self, open_unit_of_work: OpenSiteUnitOfWork, passwords: PasswordHasher, clock: Clock
    ) -> None:
        self._open_unit_of_work = open_unit_of_work
        self._passwords = passwords
        self._clock = clock

    def __call__(
        self, actor: Actor, username: str, password: str, *, is_administrator: bool = False
    ) -> Account:
        permit = require_administrator(actor)
        # Slow by design, so it happens before the transaction.
        password_hash = self._passwords.hash(check_password(password))
        with self._open_unit_of_work(permit) as uow:
            account = uow.accounts.add(
                check_username(username), password_hash, self._clock.now(), is_administrator=is_administrator
            )
            uow.record_event(AccountRegistered(username=account.username, is_administrator=is_administrator))
            uow.commit()
            return account
