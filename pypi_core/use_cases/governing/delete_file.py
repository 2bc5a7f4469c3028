"""Take a file away for good."""

from __future__ import annotations

from packaging.version import Version

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import Serial
from pypi_core.domain.events import FileDeleted
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import FileNotFound
from pypi_core.ports.transactions import OpenUnitOfWork
from pypi_core.use_cases.permitted import permitted_project


class DeleteFile:
    """
    Delete a file; its name can never be used again.

    Where *version* is given, the file has to be of that release.  Its bytes stay stored until the
    sweep finds that no index points at them.

    Raises:
        Forbidden: *actor* may not delete from this project.
        ProjectNotFound: There is no such project.
        ReleaseNotFound: The project has no such release.
        FileNotFound: The project, or the release, has no such file.
    """

    def __init__(self, open_unit_of_work: OpenUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(
        self, actor: Actor, name: NormalizedName, filename: str, version: Version | None = None
    ) -> Serial:
        with self._open_unit_of_work(actor) as uow:
            project = permitted_project(uow, actor, Action.DELETE, name)
            release = None if version is None else uow.releases.get(project, version)
            file = uow.files.get(filename)
            if file.project_id != project.id or (release and file.release_id != release.id):
                raise FileNotFound(filename)
            uow.files.delete(file)
            uow.record_event(
                FileDeleted(project=project.display_name, version=file.version, filename=filename)
            )
            return uow.commit()
