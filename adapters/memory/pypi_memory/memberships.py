"""The members of projects in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pypi_core.domain.accounts import Account, AccountId, Invitation, Role
from pypi_core.domain.entities import ProjectId
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_memory.rows import IndexRows

if TYPE_CHECKING:
    from pypi_core.domain.permissions import Members
    from pypi_core.ports.memberships import Memberships


class InMemoryMemberships:
    """The roles among the rows of one index."""

    def __init__(self, rows: IndexRows, accounts: Mapping[AccountId, Account]) -> None:
        self._rows = rows
        self._accounts = accounts

    def of(self, project_id: ProjectId) -> Members:
        """Return the roles in a project, by account."""
        return self._rows.roles.get(project_id, {})

    def named(self, project_id: ProjectId) -> Sequence[tuple[str, Role]]:
        """Return user names and roles: owners first, then by name."""
        members = [(self._accounts[account].username, role) for account, role in self.of(project_id).items()]
        return sorted(members, key=lambda each: (each[1] is not Role.OWNER, each[0]))

    def of_user(self, username: str) -> Sequence[tuple[Role, DisplayName]]:
        """Return the roles of an account: as owner first, then by name."""
        accounts = [each.id for each in self._accounts.values() if each.username.lower() == username.lower()]
        held = [
            (members[account], self._rows.projects[project_id])
            for account in accounts
            for project_id, members in self._rows.roles.items()
            if account in members and self._rows.projects[project_id].status.offers_files
        ]
        held.sort(key=lambda each: (each[0] is not Role.OWNER, each[1].name))
        return [(role, project.display_name) for role, project in held]

    def of_account(self, account_id: AccountId) -> Sequence[tuple[NormalizedName, Role]]:
        """Return every role that an account has, by project."""
        return sorted(
            (self._rows.projects[project_id].name, members[account_id])
            for project_id, members in self._rows.roles.items()
            if account_id in members
        )

    def invitation(self, project_id: ProjectId, account_id: AccountId) -> Invitation | None:
        """Return the invitation of an account to a project."""
        return self._rows.invitations.get(project_id, {}).get(account_id)

    def invited(self, project_id: ProjectId) -> Sequence[tuple[str, Invitation]]:
        """Return who is invited to a project, by user name."""
        invited = self._rows.invitations.get(project_id, {}).values()
        return sorted(
            ((self._accounts[each.account_id].username, each) for each in invited),
            key=lambda each: each[0].lower(),
        )

    def invitations_of(self, account_id: AccountId) -> Sequence[tuple[NormalizedName, Invitation]]:
        """Return the invitations of an account, by project."""
        own = [
            (self._rows.projects[project_id].name, invited[account_id])
            for project_id, invited in self._rows.invitations.items()
            if account_id in invited
        ]
        return sorted(own, key=lambda each: each[0])

    def invite(self, project_id: ProjectId, invitation: Invitation) -> None:
        """Invite an account to a project, in place of the invitation it had."""
        known = self._rows.invitations.get(project_id, {})
        self._rows.invitations[project_id] = {**known, invitation.account_id: invitation}

    def withdraw(self, project_id: ProjectId, account_id: AccountId) -> None:
        """Take an invitation back."""
        known = self._rows.invitations.get(project_id, {})
        self._rows.invitations[project_id] = {
            account: each for account, each in known.items() if account != account_id
        }

    def grant(self, project_id: ProjectId, account_id: AccountId, role: Role) -> None:
        """Give an account a role in a project, in place of the one it had."""
        self._rows.roles[project_id] = {**self.of(project_id), account_id: role}

    def revoke(self, project_id: ProjectId, account_id: AccountId) -> None:
        """Take an account's role away; one without a role stays without."""
        self._rows.roles[project_id] = {
            member: role for member, role in self.of(project_id).items() if member != account_id
        }


if TYPE_CHECKING:
    _: type[Memberships] = InMemoryMemberships
