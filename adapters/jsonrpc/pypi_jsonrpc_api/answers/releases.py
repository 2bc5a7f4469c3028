"""Answers about releases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from pypi_core.domain.accounts import Actor
from pypi_core.domain.entities import File, Release, ReleaseId, Yank
from pypi_core.domain.names import parse_project_name
from pypi_core.domain.versions import parse_version
from pypi_core.errors import Invalid, NotFound
from pypi_core.index import Index
from pypi_jsonrpc_api.answers.files import describe_file, shown_yank
from pypi_jsonrpc_api.cursors import cursor_of, read_cursor
from pypi_protocol.errors import Problem
from pypi_protocol.metadata import CoreMetadata
from pypi_protocol.records.parameters import Changed
from pypi_protocol.records.releases import (
    MetadataDescription,
    ReleaseDescription,
    ReleaseListParameters,
    ReleasePage,
    ReleaseParameters,
    ReleaseSetMetadataParameters,
    ReleaseYankParameters,
    VersionDescription,
)

_MOST = 1000


def release_list(index: Index, actor: Actor, parameters: ReleaseListParameters) -> ReleasePage:
    if not 1 <= parameters.limit <= _MOST:
        raise Invalid(Problem("limit", f"Ask for 1 to {_MOST} versions at a time."))
    passed = read_cursor("release.list", parameters.cursor, "")
    overview = index.projects.read(actor, parse_project_name(parameters.name))
    below = parse_version(passed) if passed else None
    left = [each for each in reversed(overview.releases) if below is None or each.version < below]
    page = left[: parameters.limit]
    return ReleasePage(
        releases=describe_versions(page, overview.files),
        next=cursor_of("release.list", str(page[-1].version)) if len(left) > len(page) else None,
    )


def release_get(index: Index, actor: Actor, parameters: ReleaseParameters) -> ReleaseDescription:
    name, version = parse_project_name(parameters.name), parse_version(parameters.version)
    overview = index.projects.read(actor, name, version)
    release = overview.release
    if release is None or overview.metadata is None:
        raise NotFound(f"Project {name!r} is quarantined and shows no releases.")
    files = overview.files_of(release)
    return ReleaseDescription(
        name=overview.project.name,
        version=str(release.version),
        created=release.created,
        yanked=shown_yank(_yank(release, files)),
        metadata=describe_metadata(overview.metadata),
        files=tuple(describe_file(each, release) for each in files),
    )


def release_yank(index: Index, actor: Actor, parameters: ReleaseYankParameters) -> Changed:
    name, version = parse_project_name(parameters.name), parse_version(parameters.version)
    return Changed(serial=index.yank_release(actor, name, version, Yank(parameters.reason)))


def release_unyank(index: Index, actor: Actor, parameters: ReleaseParameters) -> Changed:
    name, version = parse_project_name(parameters.name), parse_version(parameters.version)
    return Changed(serial=index.unyank_release(actor, name, version))


def release_delete(index: Index, actor: Actor, parameters: ReleaseParameters) -> Changed:
    name, version = parse_project_name(parameters.name), parse_version(parameters.version)
    return Changed(serial=index.delete_release(actor, name, version))


def release_set_metadata(index: Index, actor: Actor, parameters: ReleaseSetMetadataParameters) -> Changed:
    name, version = parse_project_name(parameters.name), parse_version(parameters.version)
    return Changed(serial=index.set_release_metadata(actor, name, version, parameters.metadata))


def describe_versions(releases: Iterable[Release], files: Iterable[File]) -> tuple[VersionDescription, ...]:
    """Describe *releases*, whose files are among *files*."""
    by_release: dict[ReleaseId, list[File]] = {}
    for file in files:
        by_release.setdefault(file.release_id, []).append(file)
    return tuple(
        VersionDescription(
            version=str(each.version),
            files=len(by_release.get(each.id, ())),
            yanked=shown_yank(_yank(each, by_release.get(each.id, []))),
        )
        for each in releases
    )


def describe_metadata(metadata: CoreMetadata) -> MetadataDescription:
    """Describe the metadata of a release, with the version that is left out where it is the oldest."""
    return msgspec.convert(metadata, MetadataDescription, from_attributes=True)


def _yank(release: Release, files: Sequence[File]) -> Yank | None:
    if release.yank is None and files and all(each.yank for each in files):
        return files[0].yank
    return release.yank
