"""Page through the projects of an index."""

from __future__ import annotations

import msgspec

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import Project, ProjectId
from pypi_core.domain.permissions import require
from pypi_core.errors import Invalid
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.permitted import governed_index
from pypi_protocol.errors import Problem

_MOST = 1000


class ProjectPage(msgspec.Struct, frozen=True, kw_only=True):
    """Projects, and whether others follow."""

    projects: tuple[Project, ...]
    more: bool


class ListProjects:
    """
    Return projects in the order in which they were created, without the quarantined ones.

    Asking again with the id of the last one goes on there: what was there all the time is
    never missed.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
        Invalid: *limit* is not between 1 and 1,000.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self, actor: Actor, after: ProjectId, limit: int = 100) -> ProjectPage:
        """Return up to *limit* projects that were created after the one with the id *after*."""
        if not 1 <= limit <= _MOST:
            raise Invalid(Problem("limit", f"Ask for 1 to {_MOST} projects at a time."))
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, governed_index(snapshot))
            # One more than asked for tells whether others follow.
            found = snapshot.projects.listed_after(after, limit + 1)
        return ProjectPage(projects=tuple(found[:limit]), more=len(found) > limit)
