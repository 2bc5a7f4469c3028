"""Who has which role in which project of an index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pypi_core.domain.accounts import AccountId, Invitation, Role
from pypi_core.domain.entities import ProjectId
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.permissions import Members


class MembershipReader(Protocol):
    """Who has which role in which project."""

    def of(self, project_id: ProjectId) -> Members:
        """Return the roles in a project, by account."""
        ...

    def named(self, project_id: ProjectId) -> Sequence[tuple[str, Role]]:
        """Return user names and roles in a project: owners first, then by name."""
        ...

    def of_user(self, username: str) -> Sequence[tuple[Role, DisplayName]]:
        """
        Return the roles that an account has in projects of the index: as owner first, then by name.

        Quarantined projects are left out; an unknown account has none.
        """
        ...

    def of_account(self, account_id: AccountId) -> Sequence[tuple[NormalizedName, Role]]:
        """Return every role that an account has on the index, by project, quarantined ones too."""
        ...

    def invitation(self, project_id: ProjectId, account_id: AccountId) -> Invitation | None:
        """Return the invitation of an account to a project."""
        ...

    def invited(self, project_id: ProjectId) -> Sequence[tuple[str, Invitation]]:
        """Return who is invited to a project, by user name."""
        ...

    def invitations_of(self, account_id: AccountId) -> Sequence[tuple[NormalizedName, Invitation]]:
        """Return the invitations of an account on the index, by project."""
        ...


class Memberships(MembershipReader, Protocol):
    """The roles, writable."""

    def grant(self, project_id: ProjectId, account_id: AccountId, role: Role) -> None:
        """Give an account a role in a project, in place of the one it had."""
        ...

    def invite(self, project_id: ProjectId, invitation: Invitation) -> None:
        """Invite an account to a project, in place of the invitation it had."""
        ...

    def withdraw(self, project_id: ProjectId, account_id: AccountId) -> None:
        """Take an invitation back; an account without stays without."""
        ...

    def revoke(self, project_id: ProjectId, account_id: AccountId) -> None:
        """Take an account's role in a project away; one without a role stays without."""
        ...
