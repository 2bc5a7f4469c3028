"""Take a release away for good."""

from __future__ import annotations

from packaging.version import Version

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import Serial
from pypi_core.domain.events import ReleaseDeleted
from pypi_core.domain.names import NormalizedName
from pypi_core.ports.transactions import OpenUnitOfWork
from pypi_core.use_cases.permitted import permitted_project


class DeleteRelease:
    """
    Delete a release with all its files; the names of these can never be used again.

    The version itself can be published again, by files of other names.  The bytes stay
    stored until the sweep finds that no index points at them.

    Raises:
        Forbidden: *actor* may not delete from this project.
        ProjectNotFound: There is no such project.
        ReleaseNotFound: The project has no such release.
    """

    def __init__(self, open_unit_of_work: OpenUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(self, actor: Actor, name: NormalizedName, version: Version) -> Serial:
        with self._open_unit_of_work(actor) as uow:
            project = permitted_project(uow, actor, Action.DELETE, name)
            release = uow.releases.get(project, version)
            uow.releases.delete(release)
            uow.record_event(ReleaseDeleted(project=project.display_name, version=release.version))
            return uow.commit()
