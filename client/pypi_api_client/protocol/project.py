"""Describing a project, in whatever protocol the index speaks best."""

from __future__ import annotations

from packaging.utils import canonicalize_name

from pypi_api_client.errors import NotSpoken
from pypi_api_client.models import Metadata, Project, ProjectPage, RemoteFile
from pypi_api_client.protocol.json_rpc import call
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.legacy_json import legacy_project, no_such_version
from pypi_api_client.protocol.listed_files import remote_files
from pypi_api_client.protocol.messages import Exchange
from pypi_api_client.protocol.simple import project_page
from pypi_api_client.selection import latest_version, same_version
from pypi_protocol.methods import PROJECT_GET
from pypi_protocol.records.files import Yanked
from pypi_protocol.records.projects import ProjectDescription
from pypi_protocol.records.releases import VersionDescription


def project(index: KnownIndex, name: str, version: str | None = None) -> Exchange[Project]:
    """
    Describe a project by the version asked for, or by its latest.

    What describes it is JSON-RPC, else the legacy JSON, else its page of the Simple API.

    Raises:
        NotFound: There is no such project, or no such version.
    """
    try:
        answer = yield from call(index, PROJECT_GET, name=name, version=version)
    except NotSpoken:
        described = yield from legacy_project(index, canonicalize_name(name), version)
        if described is None:
            page = yield from project_page(index, name)
            described = _from_page(page, index, version)
        return described
    return _from_answer(answer, index)


def _from_answer(answer: ProjectDescription, index: KnownIndex) -> Project:
    return Project(
        name=answer.name,
        display_name=answer.display_name,
        status=answer.status.state,
        status_reason=answer.status.reason,
        versions=answer.versions,
        version=answer.version,
        metadata=None if answer.metadata is None else Metadata.of(answer.metadata),
        files=remote_files(answer.files, index),
    )


def _from_page(page: ProjectPage, index: KnownIndex, version: str | None) -> Project:
    files: dict[str, list[RemoteFile]] = {each: [] for each in page.versions}
    for file in page.files:
        if file.version:
            files.setdefault(file.version, []).append(file)
    versions = tuple(
        VersionDescription(version=each, files=len(listed), yanked=_yanked(listed))
        for each, listed in files.items()
    )
    shown = latest_version(versions) if version is None else same_version(versions, version)
    if shown is None and version is not None:
        raise no_such_version(index, page.name, version)
    return Project(
        name=canonicalize_name(page.name),
        display_name=page.name,
        status=page.status,
        status_reason=page.status_reason,
        versions=versions,
        version=shown.version if shown else None,
        metadata=None,
        files=tuple(files[shown.version]) if shown else (),
    )


def _yanked(files: list[RemoteFile]) -> Yanked:
    return files[0].yanked if files and all(each.yanked for each in files) else False
