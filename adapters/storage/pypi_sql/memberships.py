"""Roles in projects."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Executable, bindparam, delete, select

from pypi_core.domain.accounts import AccountId, Role
from pypi_core.domain.entities import ProjectId
from pypi_core.domain.permissions import Members
from pypi_sql.inserting import insertion
from pypi_sql.tables import accounts, memberships

if TYPE_CHECKING:
    from pypi_core.ports.persistence import Memberships

_IN_PROJECT = memberships.c.project_id == bindparam("of_project")
_OF_PROJECT = select(memberships.c.account_id, memberships.c.role).where(_IN_PROJECT)
_NAMED = (
    select(accounts.c.username, memberships.c.role)
    .join(accounts, accounts.c.id == memberships.c.account_id)
    .where(_IN_PROJECT)
)
_REVOKE = delete(memberships).where(_IN_PROJECT, memberships.c.account_id == bindparam("of_account"))


class SqlMemberships:
    """
    The roles in the projects of one index, in one transaction.

    Attributes:
        were_changed: Whether this transaction granted a role or took one away.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.were_changed = False

    def of(self, project_id: ProjectId) -> Members:
        """Return the roles in a project, by account."""
        rows = self._connection.execute(_OF_PROJECT, {"of_project": project_id})
        return {AccountId(account_id): Role(role) for account_id, role in rows}

    def named(self, project_id: ProjectId) -> Sequence[tuple[str, Role]]:
        """Return user names and roles in a project: owners first, then by name."""
        rows = self._connection.execute(_NAMED, {"of_project": project_id})
        named = [(username, Role(role)) for username, role in rows]
        return sorted(named, key=lambda each: (each[1] is not Role.OWNER, each[0]))

    def grant(self, project_id: ProjectId, account_id: AccountId, role: Role) -> None:
        """Give an account a role in a project, in place of the one it had."""
        self._connection.execute(
            _granting(self._connection.dialect.name),
            {"project_id": project_id, "account_id": account_id, "role": role},
        )
        self.were_changed = True

    def revoke(self, project_id: ProjectId, account_id: AccountId) -> None:
        """Take an account's role in a project away; one without a role stays without."""
        self._connection.execute(_REVOKE, {"of_project": project_id, "of_account": account_id})
        self.were_changed = True


@cache
def _granting(dialect_name: str) -> Executable:
    adding = insertion(dialect_name, memberships)
    return adding.on_conflict_do_update(
        index_elements=[memberships.c.project_id, memberships.c.account_id],
        set_={"role": adding.excluded.role},
    )


if TYPE_CHECKING:
    _: type[Memberships] = SqlMemberships
