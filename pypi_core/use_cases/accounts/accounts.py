"""Register accounts, disable and enable them, and delete them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from pypi_core.domain.accounts import Account, AccountState, Actor, check_password, check_username
from pypi_core.domain.indexes import IndexName
from pypi_core.domain.permissions import require_administrator
from pypi_core.domain.site_events import AccountDeleted, AccountDisabled, AccountEnabled, AccountRegistered
from pypi_core.errors import OnlyOwner
from pypi_core.ports.accounts import OpenSiteSnapshot, OpenSiteUnitOfWork
from pypi_core.ports.environment import Clock, PasswordHasher
from pypi_core.use_cases.governing.roles import LeaveProjects


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


class DisableAccount:
    """
    Disable an account, from the next request on.

    Its password and its tokens open nothing until it is enabled again.  Its roles stay: it may be
    the only owner of projects, which administrators can then give another one.  Disabling a
    disabled account changes nothing.

    Raises:
        AccountNotFound: There is no such account.
    """

    def __init__(self, open_unit_of_work: OpenSiteUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, username: str) -> None:
        permit = require_administrator(actor)
        with self._open_unit_of_work(permit) as uow:
            account = uow.accounts.get(username)
            if account.state is AccountState.DISABLED:
                return
            uow.accounts.update(replace(account, state=AccountState.DISABLED))
            uow.one_time_secrets.remove_all(account.id)
            uow.record_event(AccountDisabled(username=account.username))
            uow.commit()


class EnableAccount:
    """
    Enable a disabled account; its password and its tokens are good again.

    Enabling an enabled account changes nothing.

    Raises:
        AccountNotFound: There is no such account.
    """

    def __init__(self, open_unit_of_work: OpenSiteUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, username: str) -> None:
        permit = require_administrator(actor)
        with self._open_unit_of_work(permit) as uow:
            account = uow.accounts.get(username)
            if account.state is AccountState.ACTIVE:
                return
            uow.accounts.update(replace(account, state=AccountState.ACTIVE))
            uow.record_event(AccountEnabled(username=account.username))
            uow.commit()


@dataclass(frozen=True, eq=False)
class DeleteAccount:
    """
    Delete an account, with its tokens, its password and all its roles.

    Its user name is never used again, so that nobody is taken for somebody else in histories and
    configurations.  The account is disabled first: a deletion that is cut off leaves it so, and is
    finished by deleting again.

    Raises:
        AccountNotFound: There is no such account.
        OnlyOwner: Projects have no other owner; nothing was changed.
    """

    open_snapshot: OpenSiteSnapshot
    open_unit_of_work: OpenSiteUnitOfWork
    leaving: Callable[[IndexName], LeaveProjects]
    disable: DisableAccount

    def __call__(self, actor: Actor, username: str) -> None:
        permit = require_administrator(actor)
        if owned := self.owned_alone(actor, username):
            raise OnlyOwner(username, owned)
        self.disable(actor, username)
        with self.open_snapshot() as snapshot:
            account = snapshot.accounts.get(username)
            indexes = [each.name for each in snapshot.indexes.all()]
        for index in indexes:
            self.leaving(index)(actor, account)
        with self.open_unit_of_work(permit) as uow:
            for token in uow.tokens.of(account.id):
                uow.tokens.revoke(token.id)
            uow.web_sessions.end_all(account.id)
            uow.second_factors.remove(account.id)
            uow.one_time_secrets.remove_all(account.id)
            uow.email_addresses.remove(account.id)
            # No password has this hash.
            uow.accounts.update(
                replace(account, password_hash="", is_administrator=False, state=AccountState.DELETED)
            )
            uow.record_event(AccountDeleted(username=account.username))
            uow.commit()

    def owned_alone(self, actor: Actor, username: str) -> list[str]:
        """
        Return the projects of all indexes that have no other owner, as ``INDEX/PROJECT``.

        Raises:
            AccountNotFound: There is no such account.
        """
        require_administrator(actor)
        with self.open_snapshot() as snapshot:
            account = snapshot.accounts.get(username)
            indexes = [each.name for each in snapshot.indexes.all()]
        return [
            f"{index}/{project}"
            for index in indexes
            for project in self.leaving(index).owned_alone(actor, account)
        ]
