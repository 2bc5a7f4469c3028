"""Take somebody's role in a project away."""

from __future__ import annotations

from msgspec.structs import replace

from pypi_core.domain.accounts import Action, Actor, Role
from pypi_core.domain.entities import Serial
from pypi_core.domain.events import RoleRevoked
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.permissions import refuse_without_owner, require
from pypi_core.errors import AccountNotFound, RoleNotFound
from pypi_core.ports.transactions import OpenUnitOfWork
from pypi_core.use_cases.permitted import index_subject, project_subject


class RevokeRole:
    """
    Take an account's role away; everybody may give back their own.

    The last owner stays: a project without one could be changed by administrators alone.

    Raises:
        Forbidden: *actor* may not manage this project, and the role is not their own.
        ProjectNotFound: There is no such project.
        AccountNotFound: There is no such account.
        RoleNotFound: The account has no role in the project.
        LastOwner: The account is the only owner.
    """

    def __init__(self, open_unit_of_work: OpenUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, name: NormalizedName, username: str) -> Serial:
        with self._open_unit_of_work(actor) as uow:
            require(actor, Action.READ, index_subject(uow))
            project = uow.projects.get(name)
            members = uow.memberships.of(project.id)
            account = uow.accounts.find(username)
            governed = project_subject(uow, project)
            if account and account.id in members and account.id == actor.account_id:
                # An account that leaves may do what an owner may; the scope of the token counts all the same.
                governed = replace(governed, members={account.id: Role.OWNER})
            require(actor, Action.MANAGE, governed)
            if account is None:
                raise AccountNotFound(username)
            if account.id not in members:
                raise RoleNotFound(project.name, account.username)
            refuse_without_owner(project.name, members, account)
            uow.memberships.revoke(project.id, account.id)
            uow.record_event(
                RoleRevoked(project=project.display_name, role=members[account.id], username=account.username)
            )
            return uow.commit()
