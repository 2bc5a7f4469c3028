"""Give accounts roles in projects, and take them away."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from pypi_core.domain.accounts import Account, Action, Actor, Role
from pypi_core.domain.entities import Serial
from pypi_core.domain.events import Event, RoleChanged, RoleGranted, RoleRevoked
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.permissions import refuse_without_owner, require, require_administrator
from pypi_core.errors import AccountNotFound, RoleNotFound
from pypi_core.ports.transactions import OpenSnapshot, OpenUnitOfWork
from pypi_core.use_cases.permitted import index_subject, permitted_project, project_subject


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


class LeaveProjects:
    """
    Revoke every role that an account has on the index, each as `RevokeRole` does.

    Raises:
        LastOwner: A project has no other owner; the roles before it are revoked.
    """

    def __init__(self, open_snapshot: OpenSnapshot, revoke_role: RevokeRole) -> None:
        self._open_snapshot = open_snapshot
        self._revoke_role = revoke_role

    def __call__(self, actor: Actor, account: Account) -> None:
        require_administrator(actor)
        with self._open_snapshot() as snapshot:
            held = snapshot.memberships.of_account(account.id)
        for project, _role in held:
            self._revoke_role(actor, project, account.username)

    def owned_alone(self, actor: Actor, account: Account) -> Sequence[NormalizedName]:
        """Return the projects of which the account is the only owner, by name."""
        require_administrator(actor)
        with self._open_snapshot() as snapshot:
            return [
                name
                for name, role in snapshot.memberships.of_account(account.id)
                if role is Role.OWNER
                and list(snapshot.memberships.of(snapshot.projects.get(name).id).values()).count(Role.OWNER)
                == 1
            ]
