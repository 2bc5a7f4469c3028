"""Delete an account for good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from pypi_core.domain.accounts import AccountState, Actor
from pypi_core.domain.indexes import IndexName
from pypi_core.domain.permissions import require_administrator
from pypi_core.domain.site_events import AccountDeleted
from pypi_core.errors import OnlyOwner
from pypi_core.ports.accounts import OpenSiteSnapshot, OpenSiteUnitOfWork
from pypi_core.use_cases.accounts.disable_account import DisableAccount
from pypi_core.use_cases.accounts.leave_projects import LeaveProjects


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
