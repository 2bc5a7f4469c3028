"""Yank releases and their files, and delete them and their documentation."""

from __future__ import annotations

from msgspec.structs import replace
from packaging.version import Version

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import File, Project, Release, Serial, Yank
from pypi_core.domain.events import (
    DocumentationDeleted,
    FileDeleted,
    FileUnyanked,
    FileYanked,
    ReleaseDeleted,
    ReleaseUnyanked,
    ReleaseYanked,
)
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.reasons import check_reason
from pypi_core.errors import DocumentationNotFound, FileNotFound
from pypi_core.ports.transactions import OpenUnitOfWork, UnitOfWork
from pypi_core.use_cases.permitted import permitted_project


class YankRelease:
    """
    Yank a release, or the one file of it that is named.

    Installers then skip it unless it is pinned exactly (PEP 592).  Yanking what is
    yanked replaces the reason and is recorded again.

    Raises:
        Forbidden: *actor* may not yank in this project.
        ProjectNotFound: There is no such project.
        ReleaseNotFound: The project has no such release.
        FileNotFound: The release has no such file.
        Invalid: The reason is too long or not one line.
    """

    def __init__(self, open_unit_of_work: OpenUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(
        self, actor: Actor, name: NormalizedName, version: Version, yank: Yank, filename: str | None = None
    ) -> Serial:
        check_reason(yank.reason)
        with self._open_unit_of_work(actor) as uow:
            project, release = _found(uow, actor, name, version)
            if filename is None:
                uow.releases.update(replace(release, yank=yank))
                uow.record_event(
                    ReleaseYanked(project=project.display_name, version=release.version, yank=yank)
                )
            else:
                file = _file_of(uow, release, filename)
                uow.files.update(replace(file, yank=yank))
                uow.record_event(
                    FileYanked(
                        project=project.display_name, version=release.version, filename=filename, yank=yank
                    )
                )
            return uow.commit()


class UnyankRelease:
    """
    Offer a release again, or the one file of it that is named.

    A file stays yanked as long as its release is.  Unyanking what is not yanked
    changes nothing and is recorded.

    Raises:
        Forbidden: *actor* may not yank in this project.
        ProjectNotFound: There is no such project.
        ReleaseNotFound: The project has no such release.
        FileNotFound: The release has no such file.
    """

    def __init__(self, open_unit_of_work: OpenUnitOfWork) -> None:
        self._open_unit_of_work = open_unit_of_work

    def __call__(
        self, actor: Actor, name: NormalizedName, version: Version, filename: str | None = None
    ) -> Serial:
        with self._open_unit_of_work(actor) as uow:
            project, release = _found(uow, actor, name, version)
            if filename is None:
                uow.releases.update(replace(release, yank=None))
                uow.record_event(ReleaseUnyanked(project=project.display_name, version=release.version))
            else:
                file = _file_of(uow, release, filename)
                uow.files.update(replace(file, yank=None))
                uow.record_event(
                    FileUnyanked(project=project.display_name, version=release.version, filename=filename)
                )
            return uow.commit()


def _found(uow: UnitOfWork, actor: Actor, name: NormalizedName, version: Version) -> tuple[Project, Release]:
    project = permitted_project(uow, actor, Action.YANK, name)
    return project, uow.releases.get(project, version)


def _file_of(uow: UnitOfWork, release: Release, filename: str) -> File:
    file = uow.files.get(filename)
    if file.release_id != release.id:
        raise FileNotFound(filename)
    return file


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
