"""Keep an account from being used, and let it be used again."""

from __future__ import annotations

from msgspec.structs import replace

from pypi_core.domain.accounts import AccountState, Actor
from pypi_core.domain.permissions import require_administrator
from pypi_core.domain.site_events import AccountDisabled, AccountEnabled
from pypi_core.ports.accounts import OpenSiteUnitOfWork


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
