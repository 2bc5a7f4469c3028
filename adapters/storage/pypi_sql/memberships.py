"""Roles in projects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, select

from pypi_core.domain.accounts import AccountId, Role
from pypi_core.domain.entities import ProjectId
from pypi_core.domain.permissions import Members
from pypi_sql.tables import accounts, memberships

if TYPE_CHECKING:
    from pypi_core.ports.persistence import Memberships


class SqlMemberships:
    """The roles in the projects of one index, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, project_id: ProjectId) -> Members:
        """Return the roles in a project, by account."""
        rows = self._connection.execute(
            select(memberships.c.account_id, memberships.c.role).where(memberships.c.project_id == project_id)
        )
        return {AccountId(account_id): Role(role) for account_id, role in rows}

    def named(self, project_id: ProjectId) -> Sequence[tuple[str, Role]]:
        """Return user names and roles in a project: owners first, then by name."""
        rows = self._connection.execute(
            select(accounts.c.username, memberships.c.role)
            .join(accounts, accounts.c.id == memberships.c.account_id)
            .where(memberships.c.project_id == project_id)
        )
        named = [(username, Role(role)) for username, role in rows]
        return sorted(named, key=lambda each: (each[1] is not Role.OWNER, each[0]))

    def grant(self, project_id: ProjectId, account_id: AccountId, role: Role) -> None:
        """Give an account a role in a project, in place of the one it had."""
        key = {"project_id": project_id, "account_id": account_id}
        self._connection.execute(
            delete(memberships).where(
                memberships.c.project_id == project_id, memberships.c.account_id == account_id
            )
        )
        self._connection.execute(insert(memberships), key | {"role": role})


if TYPE_CHECKING:
    _: type[Memberships] = SqlMemberships
