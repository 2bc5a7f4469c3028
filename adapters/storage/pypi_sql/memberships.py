"""Roles in projects."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Connection, Executable, Row, bindparam, delete, select

from pypi_core.domain.accounts import AccountId, Invitation, Role
from pypi_core.domain.entities import ProjectId, Status
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.permissions import Members
from pypi_sql.inserting import insertion
from pypi_sql.tables import accounts, invitations, memberships, projects

if TYPE_CHECKING:
    from pypi_core.ports.memberships import Memberships

_IN_PROJECT = memberships.c.project_id == bindparam("of_project")
_OF_PROJECT = select(memberships.c.account_id, memberships.c.role).where(_IN_PROJECT)
_NAMED = (
    select(accounts.c.username, memberships.c.role)
    .join(accounts, accounts.c.id == memberships.c.account_id)
    .where(_IN_PROJECT)
)
_REVOKE = delete(memberships).where(_IN_PROJECT, memberships.c.account_id == bindparam("of_account"))
_OF_USER = (
    select(memberships.c.role, projects.c.display_name, projects.c.name)
    .join(accounts, accounts.c.id == memberships.c.account_id)
    .join(projects, projects.c.id == memberships.c.project_id)
    .where(
        accounts.c.username_key == bindparam("called"),
        projects.c.index_id == bindparam("of_index"),
        projects.c.status != Status.QUARANTINED,
    )
)
_OF_ACCOUNT = (
    select(projects.c.name, memberships.c.role)
    .join(projects, projects.c.id == memberships.c.project_id)
    .where(memberships.c.account_id == bindparam("of_account"), projects.c.index_id == bindparam("of_index"))
    .order_by(projects.c.name)
)


class SqlMemberships:
    """
    The roles in the projects of one index, in one transaction.

    Attributes:
        were_changed: Whether this transaction granted a role or took one away.
    """

    def __init__(self, connection: Connection, index_id: int) -> None:
        self._connection = connection
        self._index_id = index_id
        self.were_changed = False

    def of(self, project_id: ProjectId) -> Members:
        rows = self._connection.execute(_OF_PROJECT, {"of_project": project_id})
        return {AccountId(account_id): Role(role) for account_id, role in rows}

    def named(self, project_id: ProjectId) -> Sequence[tuple[str, Role]]:
        rows = self._connection.execute(_NAMED, {"of_project": project_id})
        named = [(username, Role(role)) for username, role in rows]
        return sorted(named, key=lambda each: (each[1] is not Role.OWNER, each[0]))

    def of_user(self, username: str) -> Sequence[tuple[Role, DisplayName]]:
        rows = self._connection.execute(_OF_USER, {"called": username.lower(), "of_index": self._index_id})
        held = [(Role(role), display_name, name) for role, display_name, name in rows]
        held.sort(key=lambda each: (each[0] is not Role.OWNER, each[2]))
        return [(role, DisplayName(display_name)) for role, display_name, _name in held]

    def of_account(self, account_id: AccountId) -> Sequence[tuple[NormalizedName, Role]]:
        rows = self._connection.execute(_OF_ACCOUNT, {"of_account": account_id, "of_index": self._index_id})
        return [(NormalizedName(name), Role(role)) for name, role in rows]

    def invitation(self, project_id: ProjectId, account_id: AccountId) -> Invitation | None:
        query = select(invitations).where(
            invitations.c.project_id == project_id, invitations.c.account_id == account_id
        )
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _invitation(row)

    def invited(self, project_id: ProjectId) -> Sequence[tuple[str, Invitation]]:
        query = (
            select(invitations, accounts.c.username)
            .join(accounts, accounts.c.id == invitations.c.account_id)
            .where(invitations.c.project_id == project_id)
            .order_by(accounts.c.username_key)
        )
        return [(row.username, _invitation(row)) for row in self._connection.execute(query)]

    def invitations_of(self, account_id: AccountId) -> Sequence[tuple[NormalizedName, Invitation]]:
        query = (
            select(invitations, projects.c.name)
            .join(projects, projects.c.id == invitations.c.project_id)
            .where(invitations.c.account_id == account_id, projects.c.index_id == self._index_id)
            .order_by(projects.c.name)
        )
        return [(NormalizedName(row.name), _invitation(row)) for row in self._connection.execute(query)]

    def invite(self, project_id: ProjectId, invitation: Invitation) -> None:
        values = msgspec.structs.asdict(invitation)
        adding = insertion(self._connection.dialect.name, invitations).values(project_id=project_id, **values)
        self._connection.execute(
            adding.on_conflict_do_update(
                index_elements=[invitations.c.project_id, invitations.c.account_id], set_=values
            )
        )

    def withdraw(self, project_id: ProjectId, account_id: AccountId) -> None:
        self._connection.execute(
            delete(invitations).where(
                invitations.c.project_id == project_id, invitations.c.account_id == account_id
            )
        )

    def grant(self, project_id: ProjectId, account_id: AccountId, role: Role) -> None:
        self._connection.execute(
            _granting(self._connection.dialect.name),
            {"project_id": project_id, "account_id": account_id, "role": role},
        )
        self.were_changed = True

    def revoke(self, project_id: ProjectId, account_id: AccountId) -> None:
        self._connection.execute(_REVOKE, {"of_project": project_id, "of_account": account_id})
        self.were_changed = True


def _invitation(row: Row[tuple[object, ...]]) -> Invitation:
    return Invitation(
        account_id=AccountId(row.account_id),
        role=Role(row.role),
        invited_by=row.invited_by,
        since=row.since,
    )


@cache
def _granting(dialect_name: str) -> Executable:
    adding = insertion(dialect_name, memberships)
    return adding.on_conflict_do_update(
        index_elements=[memberships.c.project_id, memberships.c.account_id],
        set_={"role": adding.excluded.role},
    )


if TYPE_CHECKING:
    _: type[Memberships] = SqlMemberships
