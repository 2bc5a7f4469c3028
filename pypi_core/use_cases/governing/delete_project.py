"""Take a project away for good."""

from __future__ import annotations

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import Serial
from pypi_core.domain.events import ProjectDeleted
from pypi_core.domain.names import NormalizedName
from pypi_core.ports.transactions import OpenUnitOfWork
from pypi_core.use_cases.permitted import permitted_project


class DeleteProject:
    """
    Delete a project with its releases, files and roles.

    Its name is free: a caller who may create projects can take it, with serials above those it
    had.  The names of its files can never be used again, so nobody publishes other bytes
    under a name that somebody has pinned.  The journal keeps all that ever happened.

    Raises:
        Forbidden: *actor* may not delete this project.
        ProjectNotFound: There is no such project.
    """

    def __init__(self, open_unit_of_work: OpenUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, name: NormalizedName) -> Serial:
        with self._open_unit_of_work(actor) as uow:
            project = permitted_project(uow, actor, Action.DELETE, name)
            uow.projects.delete(project)
            uow.record_event(ProjectDeleted(project=project.display_name))
            return uow.commit()
