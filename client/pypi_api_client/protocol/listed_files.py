"""Files as JSON-RPC describes them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from pypi_api_client.address import resolve
from pypi_api_client.errors import ClientError
from pypi_api_client.integrity import check_filename
from pypi_api_client.models import RemoteFile
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_protocol.records.files import FileDescription


def remote_file(listed: FileDescription, index: KnownIndex) -> RemoteFile:
    """Return a file with its URL resolved."""
    return replace(
        msgspec.convert(listed, RemoteFile, from_attributes=True),
        url=resolve(index.address.root, listed.url),
        core_metadata={"sha256": listed.metadata_sha256} if listed.metadata_sha256 else False,
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
