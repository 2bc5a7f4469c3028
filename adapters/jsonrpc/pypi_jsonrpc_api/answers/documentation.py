"""Answers about documentation."""

from __future__ import annotations

from urllib.parse import quote

from packaging.version import Version

from pypi_core.domain.accounts import Actor
from pypi_core.domain.documentation import Alias, DocumentationSet, DocumentationState
from pypi_core.domain.names import NormalizedName, parse_project_name
from pypi_core.domain.upload_sessions import UploadSessionId
from pypi_core.domain.versions import parse_version
from pypi_core.errors import Invalid
from pypi_core.index import Index
from pypi_jsonrpc_api.answers.uploads import documentation_zip, url_of
from pypi_jsonrpc_api.cursors import cursor_of, read_cursor
from pypi_protocol.errors import Problem
from pypi_protocol.records.documentation import (
    BegunUpload,
    DocsBeginParameters,
    DocsCompleteParameters,
    DocumentationDescription,
    DocumentationPage,
)
from pypi_protocol.records.parameters import Changed
from pypi_protocol.records.releases import ReleaseListParameters, ReleaseParameters

_MOST = 1000


def docs_begin(index: Index, actor: Actor, parameters: DocsBeginParameters) -> BegunUpload:
    session = index.begin_upload.for_documentation(
        actor,
        parse_project_name(parameters.name),
        parse_version(parameters.version),
        documentation_zip(parameters.size, parameters.sha256),
    ).session
    return BegunUpload(upload=session.id, url=url_of(session, session.files[0]), expires=session.expires)


def docs_complete(index: Index, actor: Actor, parameters: DocsCompleteParameters) -> DocumentationDescription:
    return _describe(*index.complete_documentation(actor, UploadSessionId(parameters.upload)))


def docs_list(index: Index, actor: Actor, parameters: ReleaseListParameters) -> DocumentationPage:
    if not 1 <= parameters.limit <= _MOST:
        raise Invalid(Problem("limit", f"Ask for 1 to {_MOST} versions at a time."))
    passed = read_cursor("docs.list", parameters.cursor, "")
    below = parse_version(passed) if passed else None
    listed = index.documentation.of_project(actor, parse_project_name(parameters.name))
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


def docs_delete(index: Index, actor: Actor, parameters: ReleaseParameters) -> Changed:
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
