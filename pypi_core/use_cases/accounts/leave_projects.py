"""Take all roles of an account on an index away."""

from __future__ import annotations

from collections.abc import Sequence

from pypi_core.domain.accounts import Account, Actor, Role
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.permissions import require_administrator
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.governing.revoke_role import RevokeRole


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
