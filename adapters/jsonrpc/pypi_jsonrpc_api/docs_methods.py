"""The methods on documentation."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import quote

import msgspec
from msgspec import Meta
from packaging.version import Version

from pypi_core.domain.accounts import Actor
from pypi_core.domain.documentation import Alias, DocumentationSet, DocumentationState
from pypi_core.domain.names import NormalizedName, parse_project_name
from pypi_core.domain.versions import parse_version
from pypi_core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    TooLarge,
    TooMany,
    Unauthenticated,
)
from pypi_core.index import Index
from pypi_core.use_cases.documentation.begin_documentation_upload import LIFETIME
from pypi_jsonrpc_api.cursors import cursor_of, read_cursor
from pypi_jsonrpc_api.methods import Example, Method
from pypi_jsonrpc_api.shapes import Changed, Cursor, Next, Parameters, ProjectName, VersionText

_MOST = 1000


class DocsBeginParameters(Parameters, frozen=True, kw_only=True):
    """Which release the documentation is for, and what will be sent."""

    name: ProjectName
    version: VersionText
    size: Annotated[int, Meta(description="Of the ZIP, in bytes; at most 104857600.")]
    sha256: Annotated[str, Meta(description="Of the ZIP, in hex.")]


class BegunUpload(msgspec.Struct, frozen=True, kw_only=True):
    """An upload of which no bytes have arrived yet."""

    upload: Annotated[str, Meta(description="What `docs.complete` asks for.")]
    url: Annotated[str, Meta(description="Where to PUT the bytes, relative to the root of the index.")]
    expires: Annotated[datetime, Meta(description="Until when it can be completed, in UTC.")]


class DocsCompleteParameters(Parameters, frozen=True, kw_only=True):
    """Which upload has arrived whole."""

    upload: Annotated[str, Meta(description="As `docs.begin` returned it.")]


class DocsListParameters(Parameters, frozen=True, kw_only=True):
    """Whose documentation, and which page."""

    name: ProjectName
    cursor: Cursor = None
    limit: Annotated[int, Meta(description="How many versions to return, from 1 to 1,000.")] = 100


class DocumentationDescription(msgspec.Struct, frozen=True, kw_only=True):
    """The documentation of a version; URLs are percent-encoded and relative to the root of the index."""

    version: str
    state: Annotated[
        Literal["unpacking", "ready"], Meta(description="Only what is ready can be read at its URLs.")
    ]
    url: Annotated[str, Meta(description="Where its pages are.")]
    archive_url: Annotated[str, Meta(description="Where its ZIP is.")]
    size: Annotated[int, Meta(description="Of the ZIP, in bytes.")]
    sha256: Annotated[str, Meta(description="Of the ZIP, in hex.")]
    uploaded: Annotated[datetime, Meta(description="In UTC.")]
    is_being_replaced: Annotated[
        bool, Meta(description="Whether other documentation is being unpacked that will take its place.")
    ]


class DocumentationPage(msgspec.Struct, frozen=True, kw_only=True):
    """Documentation of a project, that of the newest version first."""

    name: Annotated[str, Meta(description="The normalised name of the project.")]
    versions: tuple[DocumentationDescription, ...]
    latest: Annotated[str | None, Meta(description="The version that `latest` in a URL stands for.")]
    stable: Annotated[str | None, Meta(description="The version that `stable` in a URL stands for.")]
    next: Next


class DocsDeleteParameters(Parameters, frozen=True, kw_only=True):
    """Which documentation to delete."""

    name: ProjectName
    version: VersionText


def docs_begin(index: Index, actor: Actor, parameters: DocsBeginParameters) -> BegunUpload:
    """
    Announce the documentation of a version: a ZIP with `index.html` at its top level.

    Its bytes go by PUT to the URL returned, in one request or several, each with the header
    `Upload-Offset`; then `docs.complete` publishes it.
    """
    upload = index.begin_documentation_upload(
        actor,
        parse_project_name(parameters.name),
        parse_version(parameters.version),
        size=parameters.size,
        sha256=parameters.sha256,
    )
    return BegunUpload(
        upload=upload.identifier, url=f"upload/docs/{upload.identifier}", expires=upload.begun + LIFETIME
    )


def docs_complete(index: Index, actor: Actor, parameters: DocsCompleteParameters) -> DocumentationDescription:
    """
    Check what arrived against all rules, and publish it or keep nothing of it.

    The pages are shown once they are unpacked, all at once; until then those of before are.
    """
    outcome = index.complete_documentation_upload(actor, parameters.upload)
    return _describe(outcome.project, outcome.documentation)


def docs_list(index: Index, actor: Actor, parameters: DocsListParameters) -> DocumentationPage:
    """Page through the documentation of a project, one entry for each version that has some, newest first."""
    if not 1 <= parameters.limit <= _MOST:
        raise Invalid(Problem("limit", f"Ask for 1 to {_MOST} versions at a time."))
    passed = read_cursor("docs.list", parameters.cursor, "")
    below = parse_version(passed) if passed else None
    listed = index.list_documentation(actor, parse_project_name(parameters.name))
    # What is shown comes before what will take its place.
    versions: dict[Version, list[DocumentationSet]] = {}
    for each in listed.sets:
        if below is None or each.version < below:
            versions.setdefault(each.version, []).append(each)
    left = sorted(versions, reverse=True)
    page = left[: parameters.limit]
    return DocumentationPage(
        name=listed.project,
        versions=tuple(_describe(listed.project, *versions[each]) for each in page),
        latest=listed.aliases.get(Alias.LATEST),
        stable=listed.aliases.get(Alias.STABLE),
        next=cursor_of("docs.list", str(page[-1])) if len(left) > len(page) else None,
    )


def docs_delete(index: Index, actor: Actor, parameters: DocsDeleteParameters) -> Changed:
    """Delete the documentation of a version; it can be uploaded again."""
    serial = index.delete_documentation(
        actor, parse_project_name(parameters.name), parse_version(parameters.version)
    )
    return Changed(serial=serial)


def _describe(
    name: NormalizedName, documentation: DocumentationSet, *coming: DocumentationSet
) -> DocumentationDescription:
    version = quote(str(documentation.version))
    return DocumentationDescription(
        version=str(documentation.version),
        state="ready" if documentation.state is DocumentationState.READY else "unpacking",
        url=f"docs/{name}/{version}/",
        archive_url=f"docs/{name}/{version}.zip",
        size=documentation.size,
        sha256=documentation.sha256,
        uploaded=documentation.uploaded,
        is_being_replaced=bool(coming),
    )


_SIZE = 145
_SHA256 = "dc601755203e31544efabcb6acce3b589c653aea3ef93042fabddcdabfe3a4d4"
_WRITING = (NotFound, Invalid, Unauthenticated, Forbidden)
_GUIDE = {
    "version": "1.0",
    "state": "ready",
    "url": "docs/guide/1.0/",
    "archive_url": "docs/guide/1.0.zip",
    "size": _SIZE,
    "sha256": _SHA256,
    "uploaded": "2026-03-01T12:00:00Z",
    "is_being_replaced": False,
}

DOCS_METHODS = (
    Method(
        name="docs.begin",
        function=docs_begin,
        writes=True,
        result_name="upload",
        summary="Announce documentation",
        raises=(*_WRITING, TooLarge, TooMany),
        examples=(
            Example(
                name="announced documentation",
                params={"name": "guide", "version": "1.0", "size": _SIZE, "sha256": _SHA256},
                result={
                    "upload": "5594aa6b342f5d0a3a5e4842fab428f7",
                    "url": "upload/docs/5594aa6b342f5d0a3a5e4842fab428f7",
                    "expires": "2026-03-02T12:00:00Z",
                },
            ),
        ),
    ),
    Method(
        name="docs.complete",
        function=docs_complete,
        writes=True,
        result_name="documentation",
        summary="Publish documentation that has arrived",
        raises=(*_WRITING, Conflict, TooLarge, TooMany),
        examples=(
            Example(
                name="documentation that has arrived",
                params={"upload": "cd072cd8be6f9f62ac4c09c28206e7e3"},
                result=_GUIDE | {"state": "unpacking"},
            ),
        ),
    ),
    Method(
        name="docs.list",
        function=docs_list,
        result_name="documentation",
        summary="List the documentation of a project",
        raises=_WRITING,
        examples=(
            Example(
                name="the documentation of a project",
                params={"name": "guide"},
                result={
                    "name": "guide",
                    "versions": [_GUIDE],
                    "latest": "1.0",
                    "stable": "1.0",
                    "next": None,
                },
            ),
        ),
    ),
    Method(
        name="docs.delete",
        function=docs_delete,
        writes=True,
        result_name="deleted",
        summary="Delete documentation",
        raises=_WRITING,
        examples=(
            Example(
                name="documentation no longer shown",
                params={"name": "guide", "version": "1"},
                result={"serial": 4},
            ),
        ),
    ),
)
