"""Give somebody a role in a project."""

from __future__ import annotations

from pypi_core.domain.accounts import Action, Actor, Role
from pypi_core.domain.entities import Serial
from pypi_core.domain.events import Event, RoleChanged, RoleGranted
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.permissions import refuse_without_owner
from pypi_core.ports.transactions import OpenUnitOfWork
from pypi_core.use_cases.permitted import permitted_project


class GrantRole:
    """
    Give an account a role, in place of the one it has.

    Granting the role that it has already changes nothing and is not recorded.

    Raises:
        Forbidden: *actor* may not manage this project.
        ProjectNotFound: There is no such project.
        AccountNotFound: There is no such account.
        LastOwner: The only owner would become a maintainer.
    """

    def __init__(self, open_unit_of_work: OpenUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, name: NormalizedName, username: str, role: Role) -> Serial:
        with self._open_unit_of_work(actor) as uow:
            project = permitted_project(uow, actor, Action.MANAGE, name)
            account = uow.accounts.get(username)
            members = uow.memberships.of(project.id)
            before = members.get(account.id)
            if before is role:
                return uow.journal.last_serial()
            event: Event
            if before is None:
                event = RoleGranted(project=project.display_name, role=role, username=account.username)
            else:
                refuse_without_owner(project.name, members, account)
                event = RoleChanged(
                    project=project.display_name, before=before, role=role, username=account.username
                )
            uow.memberships.grant(project.id, account.id, role)
            uow.record_event(event)
            return uow.commit()
