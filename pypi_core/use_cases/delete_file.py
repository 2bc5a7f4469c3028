"""Take a file away for good."""

from __future__ import annotations

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import Serial
from pypi_core.domain.events import FileDeleted
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.permissions import require
from pypi_core.errors import FileNotFound
from pypi_core.ports.persistence import OpenUnitOfWork
from pypi_core.use_cases.governing import governed_project


class DeleteFile:
    """
    Delete a file; its name can never be used again.

    Its bytes stay stored until the sweep finds that no index points at them.

    Raises:
        Unauthenticated: Nobody is logged in.
        Forbidden: *actor* may not delete from this project.
        ProjectNotFound: There is no such project.
        FileNotFound: The project has no such file.
    """

    def __init__(self, open_unit_of_work: OpenUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, name: NormalizedName, filename: str) -> Serial:
        """Delete the file and return the serial of the journal entry."""
        with self._open_unit_of_work(actor) as uow:
            project = uow.projects.get(name)
            require(actor, Action.DELETE, governed_project(uow, project))
            file = uow.files.get(filename)
            if file.project_id != project.id:
                raise FileNotFound(filename)
            uow.files.delete(file)
            uow.record_event(
                FileDeleted(project=project.display_name, version=file.version, filename=filename)
            )
            return uow.commit()
