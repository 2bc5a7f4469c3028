"""Files as JSON-RPC describes them."""

from __future__ import annotations

from collections.abc import Iterable

from pypi_api_client.address import resolve
from pypi_api_client.errors import ClientError
from pypi_api_client.integrity import check_filename
from pypi_api_client.models import RemoteFile
from pypi_api_client.protocol.known_index import KnownIndex


class ListedFile(RemoteFile, frozen=True, kw_only=True):
    """A file whose URL may be relative to the root of the index."""

    metadata_sha256: str | None = None

    def absolute(self, index: KnownIndex) -> RemoteFile:
        """Return it with its URL resolved."""
        known = {name: getattr(self, name) for name in RemoteFile.__struct_fields__}
        known["url"] = resolve(index.address.root, self.url)
        if self.metadata_sha256:
            known["core_metadata"] = {"sha256": self.metadata_sha256}
        return RemoteFile(**known)


def absolute_files(listed: Iterable[ListedFile], index: KnownIndex) -> tuple[RemoteFile, ...]:
    """Return all files that can be stored under their names."""
    return tuple(each.absolute(index) for each in listed if _is_safe(each.filename))


def _is_safe(filename: str) -> bool:
    try:
        check_filename(filename)
    except ClientError:
        return False
    return True
