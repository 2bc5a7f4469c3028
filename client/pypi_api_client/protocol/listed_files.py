"""Files as JSON-RPC describes them."""

from __future__ import annotations

from collections.abc import Iterable

from pypi_api_client.address import resolve
from pypi_api_client.errors import ClientError
from pypi_api_client.integrity import check_filename
from pypi_api_client.models import RemoteFile
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_protocol.records.files import FileDescription


def remote_file(listed: FileDescription, index: KnownIndex) -> RemoteFile:
    """Return a file with its URL resolved."""
    return RemoteFile(
        filename=listed.filename,
        url=resolve(index.address.root, listed.url),
        hashes=listed.hashes,
        size=listed.size,
        upload_time=listed.upload_time,
        requires_python=listed.requires_python,
        yanked=listed.yanked,
        core_metadata={"sha256": listed.metadata_sha256} if listed.metadata_sha256 else False,
        sboms=listed.sboms,
    )


def remote_files(listed: Iterable[FileDescription], index: KnownIndex) -> tuple[RemoteFile, ...]:
    """Return all files that can be stored under their names."""
    return tuple(remote_file(each, index) for each in listed if _is_safe(each.filename))


def _is_safe(filename: str) -> bool:
    try:
        check_filename(filename)
    except ClientError:
        return False
    return True
