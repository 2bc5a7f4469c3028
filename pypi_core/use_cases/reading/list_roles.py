"""Who has which role: of a project, and of a person."""

from __future__ import annotations

from collections.abc import Sequence

from pypi_core.domain.accounts import Action, Actor, Role
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.permissions import require
from pypi_core.errors import ProjectNotFound
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.permitted import governed_index


class ListRolesInProject:
    """
    Return who has which role in a project: owners first, then by name.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
        ProjectNotFound: There is no such project, or it is quarantined.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self, actor: Actor, name: NormalizedName) -> Sequence[tuple[str, Role]]:
        """Return user names and roles."""
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, governed_index(snapshot))
            project = snapshot.projects.get(name)
            if not project.status.offers_files:
                raise ProjectNotFound(name)
            return snapshot.memberships.named(project.id)


class ListRolesOfUser:
    """
    Return in which projects somebody has which role: as owner first, then by name.

    Quarantined projects are left out; nobody of that name has no roles.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self, actor: Actor, username: str) -> Sequence[tuple[Role, DisplayName]]:
        """Return roles and projects."""
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, governed_index(snapshot))
            return snapshot.memberships.of_user(username)
