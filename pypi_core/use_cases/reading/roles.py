"""Who has which role: in a project, and on an index."""

from __future__ import annotations

from collections.abc import Sequence

from pypi_core.domain.accounts import Actor, Role
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.use_cases.reading.access import Reading
from pypi_core.use_cases.reading.projects import offered_project


class RoleQueries:
    """Questions about roles, for callers who may read the index (`Reading`)."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def in_project(self, actor: Actor, name: NormalizedName) -> Sequence[tuple[str, Role]]:
        """
        Return user names and roles in a project: owners first, then by name.

        Raises:
            ProjectNotFound: There is no such project, or it is quarantined.
        """
        with self._reading(actor) as snapshot:
            return snapshot.memberships.named(offered_project(snapshot, name).id)

    def of_user(self, actor: Actor, username: str) -> Sequence[tuple[Role, DisplayName]]:
        """
        Return the roles of an account and the projects they are in: as owner first, then by name.

        Quarantined projects are left out; an unknown account has no roles.
        """
        with self._reading(actor) as snapshot:
            return snapshot.memberships.of_user(username)
