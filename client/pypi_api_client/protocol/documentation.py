"""DocumentationDescription of releases."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import msgspec

from pypi_api_client.address import resolve
from pypi_api_client.archives import digests_of
from pypi_api_client.models import ProjectDocumentation, RemoteFile
from pypi_api_client.progress import Progress
from pypi_api_client.protocol.json_rpc import call
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange
from pypi_api_client.protocol.resumable import send_bytes
from pypi_api_client.protocol.steps import Operation, work
from pypi_protocol.methods import DOCS_BEGIN, DOCS_COMPLETE, DOCS_DELETE, DOCS_LIST
from pypi_protocol.records.documentation import DocumentationDescription

_PAGE = 1000


def upload_documentation(
    index: KnownIndex, name: str, version: str, path: Path, *, progress: Progress | None = None
) -> Operation[DocumentationDescription]:
    """
    Publish the documentation of a version: a ZIP with ``index.html`` at its top level.

    What was shown before is shown until all of it is unpacked.

    Raises:
        InvalidRequest: The ZIP breaks a rule; every problem is reported.
        NotSpoken: The index keeps no documentation.
    """
    size, digests = yield from work(partial(digests_of, path))
    begun = yield from call(
        index, DOCS_BEGIN, name=name, version=version, size=size, sha256=digests["sha256"]
    )
    yield from send_bytes(resolve(index.address.root, begun.url), path, size, progress=progress)
    return _absolute((yield from call(index, DOCS_COMPLETE, upload=begun.upload)), index)


def documentation(index: KnownIndex, name: str) -> Exchange[ProjectDocumentation]:
    """
    List the documentation of a project, that of the newest version first.

    Raises:
        NotSpoken: The index keeps no documentation.
    """
    found: list[DocumentationDescription] = []
    cursor: str | None = None
    while True:
        page = yield from call(index, DOCS_LIST, name=name, cursor=cursor, limit=_PAGE)
        found += (_absolute(each, index) for each in page.versions)
        cursor = page.next
        if cursor is None:
            return ProjectDocumentation(
                name=page.name, versions=tuple(found), latest=page.latest, stable=page.stable
            )


def delete_documentation(index: KnownIndex, name: str, version: str) -> Exchange[int]:
    """
    Delete the documentation of a version, which can be sent again; return the serial of the index after it.

    Raises:
        NotSpoken: The index keeps no documentation.
    """
    return (yield from call(index, DOCS_DELETE, name=name, version=version)).serial


def archive_of(name: str, documentation: DocumentationDescription) -> RemoteFile:
    """Return the ZIP of *documentation* as a file to download, under the name of its release."""
    return RemoteFile(
        filename=f"{name.replace('-', '_')}-{documentation.version}-docs.zip",
        url=documentation.archive_url,
        hashes={"sha256": documentation.sha256},
        size=documentation.size,
        upload_time=documentation.uploaded,
    )


def _absolute(each: DocumentationDescription, index: KnownIndex) -> DocumentationDescription:
    root = index.address.root
    return msgspec.structs.replace(
        each, url=resolve(root, each.url), archive_url=resolve(root, each.archive_url)
    )
