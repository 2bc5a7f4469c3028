"""Take the documentation of a release away."""

from __future__ import annotations

from packaging.version import Version

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import Serial
from pypi_core.domain.events import DocumentationDeleted
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import DocumentationNotFound
from pypi_core.ports.transactions import OpenUnitOfWork
from pypi_core.use_cases.permitted import permitted_project


class DeleteDocumentation:
    """
    Delete the documentation of a release, also what is still being unpacked.

    Every account that may replace it may do this: it can be uploaded again.  An upload session for it stays.
    The bytes stay stored until the sweep finds that no documentation has them.

    Raises:
        Forbidden: *actor* may not upload to this project.
        ProjectNotFound: There is no such project.
        ReleaseNotFound: The project has no such release.
        DocumentationNotFound: The release has no documentation.
    """

    def __init__(self, open_unit_of_work: OpenUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, name: NormalizedName, version: Version) -> Serial:
        with self._open_unit_of_work(actor) as uow:
            project = permitted_project(uow, actor, Action.UPLOAD, name)
            release = uow.releases.get(project, version)
            if not uow.documentation.of_release(release.id):
                raise DocumentationNotFound(name, str(release.version))
            uow.documentation.delete_of(release.id)
            uow.record_event(DocumentationDeleted(project=project.display_name, version=release.version))
            return uow.commit()
