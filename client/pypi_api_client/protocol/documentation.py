"""Documentation of releases."""

from __future__ import annotations

from pathlib import Path

import msgspec

from pypi_api_client.address import resolve
from pypi_api_client.models import RemoteFile
from pypi_api_client.protocol.json_rpc import call, change
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange, Login
from pypi_api_client.protocol.resumable import send_bytes
from pypi_api_client.records import Documentation, ProjectDocumentation

_PAGE = 1000


class _Begun(msgspec.Struct, frozen=True):
    upload: str
    url: str


class _Page(msgspec.Struct, frozen=True):
    name: str
    versions: tuple[Documentation, ...]
    latest: str | None = None
    stable: str | None = None
    next: str | None = None


def upload_documentation(
    index: KnownIndex, name: str, version: str, path: Path, *, size: int, sha256: str
) -> Exchange[Documentation]:
    """
    Send a ZIP of pages, and publish it.

    Raises:
        InvalidRequest: Something in the ZIP is not as it has to be; every problem is told.
    """
    params = {"name": name, "version": version, "size": size, "sha256": sha256}
    begun = yield from call(index, "docs.begin", params, _Begun)
    yield from send_bytes(resolve(index.address.root, begun.url), path, size)
    # Completing twice would be answered with a conflict, though all is well.
    published = yield from call(
        index, "docs.complete", {"upload": begun.upload}, Documentation, is_repeatable=False
    )
    return _absolute(published, index)


def documentation(index: KnownIndex, name: str) -> Exchange[ProjectDocumentation]:
    """List the documentation of a project, page by page."""
    found: list[Documentation] = []
    cursor: str | None = None
    while True:
        params = {"name": name, "cursor": cursor, "limit": _PAGE}
        page = yield from call(index, "docs.list", params, _Page, login=Login.IF_ASKED)
        found += (_absolute(each, index) for each in page.versions)
        cursor = page.next
        if cursor is None:
            return ProjectDocumentation(
                name=page.name, versions=tuple(found), latest=page.latest, stable=page.stable
            )


def delete_documentation(index: KnownIndex, name: str, version: str) -> Exchange[int]:
    """Delete the documentation of a version, and return the serial of that."""
    params = {"name": name, "version": version}
    return (yield from change(index, "docs.delete", params, is_repeatable=False))


def archive_of(name: str, documentation: Documentation) -> RemoteFile:
    """Return the ZIP of *documentation* as a file to download, under the name of its release."""
    return RemoteFile(
        filename=f"{name.replace('-', '_')}-{documentation.version}-docs.zip",
        url=documentation.archive_url,
        hashes={"sha256": documentation.sha256},
        size=documentation.size,
        upload_time=documentation.uploaded,
    )


def _absolute(each: Documentation, index: KnownIndex) -> Documentation:
    root = index.address.root
    return msgspec.structs.replace(
        each, url=resolve(root, each.url), archive_url=resolve(root, each.archive_url)
    )
