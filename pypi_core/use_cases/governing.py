"""What permissions are asked about, as the rows of an index have it."""

from __future__ import annotations

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import Project
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.permissions import Governed, require
from pypi_core.ports.persistence import Snapshot


def governed_index(rows: Snapshot) -> Governed:
    """Return the index as a whole; a unit of work is good for *rows* too."""
    return Governed(index=rows.record.name, settings=rows.record.settings)


def governed_project(rows: Snapshot, project: Project) -> Governed:
    """Return a project with its members."""
    return Governed(
        index=rows.record.name,
        settings=rows.record.settings,
        name=project.name,
        status=project.status,
        members=rows.memberships.of(project.id),
    )


def governed_name(rows: Snapshot, name: NormalizedName) -> Governed:
    """Return a name that no project bears yet."""
    return Governed(index=rows.record.name, settings=rows.record.settings, name=name)


def permitted_project(rows: Snapshot, actor: Actor, action: Action, name: NormalizedName) -> Project:
    """
    Return the project *name*, in which *actor* may do *action*.

    Raises:
        Unauthenticated: Nobody is logged in.
        Forbidden: *actor* may not do that in this project, or not read the index.
        ProjectNotFound: There is no such project.
    """
    # First: whoever may not read a private index is not told which names there are.
    require(actor, Action.READ, governed_index(rows))
    project = rows.projects.get(name)
    require(actor, action, governed_project(rows, project))
    return project
