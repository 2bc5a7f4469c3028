"""The methods on releases."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from pypi_core.domain.accounts import Actor
from pypi_core.domain.entities import Yank
from pypi_core.domain.names import parse_project_name
from pypi_core.domain.versions import parse_version
from pypi_core.errors import Conflict, Forbidden, Invalid, NotFound, Problem, TooMany, Unauthenticated
from pypi_core.index import Index
from pypi_jsonrpc_api.cursors import cursor_of, read_cursor
from pypi_jsonrpc_api.methods import Example, Method
from pypi_jsonrpc_api.project_shapes import (
    FileDescription,
    MetadataDescription,
    VersionDescription,
    Yanked,
    describe,
    describe_versions,
)
from pypi_jsonrpc_api.shapes import Changed, Cursor, Next, Parameters, ProjectName, Reason, VersionText

_MOST = 1000


class ReleaseListParameters(Parameters, frozen=True, kw_only=True):
    """Of which project, and which page."""

    name: ProjectName
    cursor: Cursor = None
    limit: Annotated[int, Meta(description="How many versions to return, from 1 to 1,000.")] = 100


class ReleasePage(msgspec.Struct, frozen=True, kw_only=True):
    """Versions of a project, the newest first."""

    releases: tuple[VersionDescription, ...]
    next: Next


def release_list(index: Index, actor: Actor, parameters: ReleaseListParameters) -> ReleasePage:
    """Page through the versions of a project, the newest first."""
    if not 1 <= parameters.limit <= _MOST:
        raise Invalid(Problem("limit", f"Ask for 1 to {_MOST} versions at a time."))
    passed = read_cursor("release.list", parameters.cursor, "")
    overview = index.read_project(actor, parse_project_name(parameters.name))
    below = parse_version(passed) if passed else None
    left = [each for each in reversed(overview.releases) if below is None or each.version < below]
    page = left[: parameters.limit]
    return ReleasePage(
        releases=describe_versions(page, overview.files),
        next=cursor_of("release.list", str(page[-1].version)) if len(left) > len(page) else None,
    )


class ReleaseParameters(Parameters, frozen=True, kw_only=True):
    """Which release."""

    name: ProjectName
    version: VersionText


class ReleaseDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A release with its metadata and files."""

    name: Annotated[str, Meta(description="The normalised name of the project.")]
    version: str
    created: Annotated[datetime, Meta(description="In UTC.")]
    yanked: Yanked
    metadata: MetadataDescription
    files: tuple[FileDescription, ...]


def release_get(index: Index, actor: Actor, parameters: ReleaseParameters) -> ReleaseDescription:
    """Describe a release; one of a quarantined project is not found."""
    name, version = parse_project_name(parameters.name), parse_version(parameters.version)
    overview = index.read_project(actor, name, version)
    project = describe(overview)
    if overview.release is None or project.metadata is None:
        raise NotFound(f"Project {name!r} is quarantined and shows no releases.")
    return ReleaseDescription(
        name=project.name,
        version=str(overview.release.version),
        created=overview.release.created,
        yanked=next(each.yanked for each in project.versions if each.version == project.version),
        metadata=project.metadata,
        files=project.files,
    )


class ReleaseYankParameters(Parameters, frozen=True, kw_only=True):
    """Which release to withdraw, and why."""

    name: ProjectName
    version: VersionText
    reason: Reason = ""


def release_yank(index: Index, actor: Actor, parameters: ReleaseYankParameters) -> Changed:
    """Withdraw a release (PEP 592): installers pass it over unless it is pinned exactly."""
    name, version = parse_project_name(parameters.name), parse_version(parameters.version)
    return Changed(serial=index.yank_release(actor, name, version, Yank(parameters.reason)))


def release_unyank(index: Index, actor: Actor, parameters: ReleaseParameters) -> Changed:
    """Offer a release again; files that were yanked by themselves stay so."""
    name, version = parse_project_name(parameters.name), parse_version(parameters.version)
    return Changed(serial=index.unyank_release(actor, name, version))


def release_delete(index: Index, actor: Actor, parameters: ReleaseParameters) -> Changed:
    """Delete a release with all its files, whose names can never be used again."""
    name, version = parse_project_name(parameters.name), parse_version(parameters.version)
    return Changed(serial=index.delete_release(actor, name, version))


class ReleaseSetMetadataParameters(Parameters, frozen=True, kw_only=True):
    """Which release, and what is to be said of it."""

    name: ProjectName
    version: VersionText
    metadata: Annotated[str, Meta(description="The content of a METADATA or PKG-INFO file.")]


def release_set_metadata(index: Index, actor: Actor, parameters: ReleaseSetMetadataParameters) -> Changed:
    """
    Describe a release that has no files yet; it is created where there is none.

    Its first file brings metadata of its own, which then count.
    """
    name, version = parse_project_name(parameters.name), parse_version(parameters.version)
    return Changed(serial=index.set_release_metadata(actor, name, version, parameters.metadata))


_READING = (NotFound, Invalid, Unauthenticated, Forbidden)
_HELLO = {"name": "hello-index", "version": "1.0"}

RELEASE_METHODS = (
    Method(
        name="release.list",
        function=release_list,
        result_name="page",
        summary="Page through the versions of a project",
        raises=_READING,
        examples=(
            Example(
                name="the newest",
                params={"name": "hello-index", "cursor": None, "limit": 1},
                result={
                    "releases": [{"version": "1.1", "files": 0, "yanked": False}],
                    "next": "WyJyZWxlYXNlLmxpc3QiLCIxLjEiXQ",
                },
            ),
            Example(
                name="those behind it",
                params={"name": "hello-index", "cursor": "WyJyZWxlYXNlLmxpc3QiLCIxLjEiXQ"},
                result={
                    "releases": [{"version": "1.0", "files": 1, "yanked": "greets nobody"}],
                    "next": None,
                },
            ),
        ),
    ),
    Method(
        name="release.get",
        function=release_get,
        result_name="release",
        summary="Describe a release",
        raises=_READING,
        examples=(
            Example(
                name="one without files yet",
                params={"name": "hello-index", "version": "1.1"},
                result={
                    "name": "hello-index",
                    "version": "1.1",
                    "created": "2026-03-01T12:00:00Z",
                    "yanked": False,
                    "metadata": {
                        "metadata_version": "2.4",
                        "summary": "Says hello",
                        "keywords": ["greeting"],
                        "requires_python": ">=3.11",
                    },
                    "files": [],
                },
            ),
        ),
    ),
    Method(
        name="release.yank",
        function=release_yank,
        writes=True,
        result_name="change",
        summary="Withdraw a release",
        raises=_READING,
        examples=(
            Example(
                name="with a reason",
                params={"name": "hello-index", "version": "1.1", "reason": "breaks on 3.14"},
                result={"serial": 6},
            ),
        ),
    ),
    Method(
        name="release.unyank",
        function=release_unyank,
        writes=True,
        result_name="change",
        summary="Offer a release again",
        raises=_READING,
        examples=(Example(name="a withdrawn one", params=_HELLO, result={"serial": 6}),),
    ),
    Method(
        name="release.delete",
        function=release_delete,
        writes=True,
        result_name="change",
        summary="Delete a release with all its files",
        raises=_READING,
        examples=(Example(name="for good", params=_HELLO, result={"serial": 6}),),
    ),
    Method(
        name="release.set_metadata",
        function=release_set_metadata,
        writes=True,
        costly=True,
        entries=10_000,
        result_name="change",
        summary="Describe a release that has no files yet",
        raises=(*_READING, Conflict, TooMany),
        examples=(
            Example(
                name="a release to come",
                params={
                    "name": "hello-index",
                    "version": "2.0",
                    "metadata": "Metadata-Version: 2.1\nName: Hello.Index\nVersion: 2.0\n"
                    "Summary: Will say hello\n",
                },
                result={"serial": 7},
            ),
        ),
    ),
)
