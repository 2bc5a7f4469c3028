"""Invite somebody to a project; the role is theirs once they accept."""

from __future__ import annotations

from dataclasses import dataclass

from pypi_core.domain.accounts import AccountState, Action, Actor, Invitation, Role
from pypi_core.domain.entities import Project
from pypi_core.domain.events import InvitationEnded, MemberInvited, RoleGranted
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.permissions import require, require_account
from pypi_core.errors import AccountNotFound, Invalid, InvitationNotFound, ProjectClosed
from pypi_core.ports.environment import Clock
from pypi_core.ports.transactions import OpenUnitOfWork, UnitOfWork
from pypi_core.use_cases.permitted import index_subject, permitted_project
from pypi_protocol.errors import Problem


@dataclass(frozen=True, eq=False)
class InviteMember:
    """
    Invite an account to a role in a project; inviting again changes the role that is offered.

    Raises:
        Forbidden: *actor* may not manage this project.
        ProjectNotFound: There is no such project.
        AccountNotFound: There is no such account, or it is disabled.
        Invalid: The account is a member already.
    """

    open_unit_of_work: OpenUnitOfWork
    clock: Clock

    def __call__(self, actor: Actor, name: NormalizedName, username: str, role: Role) -> None:
        with self.open_unit_of_work(actor) as uow:
            project = permitted_project(uow, actor, Action.MANAGE, name)
            account = uow.accounts.get(username)
            if account.state is not AccountState.ACTIVE:
                raise AccountNotFound(username)
            if account.id in uow.memberships.of(project.id):
                raise Invalid(Problem("username", f"{account.username} is a member already."))
            uow.memberships.invite(
                project.id,
                Invitation(
                    account_id=account.id, role=role, invited_by=actor.username, since=self.clock.now()
                ),
            )
            uow.record_event(
                MemberInvited(project=project.display_name, role=role, username=account.username)
            )
            uow.commit()


class AcceptInvitation:
    """
    Take the role that one's own account was invited to.

    Raises:
        InvitationNotFound: There is no such invitation, or not any more.
        ProjectClosed: The project is quarantined.
    """

    def __init__(self, open_unit_of_work: OpenUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, name: NormalizedName) -> None:
        require_account(actor, actor.username)
        with self._open_unit_of_work(actor) as uow:
            project, invitation = _own(uow, actor, name)
            if project.status.is_frozen:
                raise ProjectClosed(
                    f"Project {project.name!r} is {project.status.state}: wait until it is not."
                )
            uow.memberships.withdraw(project.id, invitation.account_id)
            uow.memberships.grant(project.id, invitation.account_id, invitation.role)
            uow.record_event(
                RoleGranted(project=project.display_name, role=invitation.role, username=actor.username)
            )
            uow.commit()


class DeclineInvitation:
    """
    Say no to an invitation of one's own account.

    Raises:
        InvitationNotFound: There is no such invitation, or not any more.
    """

    def __init__(self, open_unit_of_work: OpenUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, name: NormalizedName) -> None:
        require_account(actor, actor.username)
        with self._open_unit_of_work(actor) as uow:
            project, invitation = _own(uow, actor, name)
            uow.memberships.withdraw(project.id, invitation.account_id)
            uow.record_event(InvitationEnded(project=project.display_name, username=actor.username))
            uow.commit()


class WithdrawInvitation:
    """
    Take an invitation back; one that is gone stays gone.

    Raises:
        Forbidden: *actor* may not manage this project.
        ProjectNotFound: There is no such project.
        AccountNotFound: There is no such account.
    """

    def __init__(self, open_unit_of_work: OpenUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, name: NormalizedName, username: str) -> None:
        with self._open_unit_of_work(actor) as uow:
            project = permitted_project(uow, actor, Action.MANAGE, name)
            account = uow.accounts.get(username)
            uow.memberships.withdraw(project.id, account.id)
            uow.record_event(InvitationEnded(project=project.display_name, username=account.username))
            uow.commit()


def _own(uow: UnitOfWork, actor: Actor, name: NormalizedName) -> tuple[Project, Invitation]:
    require(actor, Action.READ, index_subject(uow))
    project = uow.projects.find(name)
    if project is not None and actor.account_id is not None:
        invitation = uow.memberships.invitation(project.id, actor.account_id)
        if invitation is not None:
            return project, invitation
    raise InvitationNotFound(name)
