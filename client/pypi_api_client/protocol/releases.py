"""Reading, yanking and describing releases."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from pypi_api_client.models import Release
from pypi_api_client.protocol.json_rpc import call
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.listed_files import remote_files
from pypi_api_client.protocol.messages import Exchange
from pypi_api_client.protocol.steps import Batch, Series
from pypi_protocol import methods
from pypi_protocol.records.releases import VersionDescription

_PAGE = 1000


def releases(index: KnownIndex, name: str) -> Series[VersionDescription]:
    """
    Yield the versions of a project, the newest first.

    Raises:
        NotSpoken: The index does not speak JSON-RPC; `project` has the versions too.
    """
    return _batch(index, name, None)


def _batch(index: KnownIndex, name: str, cursor: str | None) -> Series[VersionDescription]:
    page = yield from call(index, methods.RELEASE_LIST, name=name, cursor=cursor, limit=_PAGE)
    following = None if page.next is None else _batch(index, name, page.next)
    return Batch(page.releases, following)


def release(index: KnownIndex, name: str, version: str) -> Exchange[Release]:
    """
    Describe a release: its metadata and files.

    Raises:
        NotSpoken: The index does not speak JSON-RPC; `project` describes releases of other indexes.
    """
    found = yield from call(index, methods.RELEASE_GET, name=name, version=version)
    described = msgspec.convert(found, Release, from_attributes=True)
    return replace(described, files=remote_files(found.files, index))


def yank_release(index: KnownIndex, name: str, version: str, reason: str = "") -> Exchange[int]:
    """Yank a release (PEP 592): installers pass it over unless it is pinned exactly."""
    return (yield from call(index, methods.RELEASE_YANK, name=name, version=version, reason=reason)).serial


def unyank_release(index: KnownIndex, name: str, version: str) -> Exchange[int]:
    """Offer a release again; files that were yanked by themselves stay yanked."""
    return (yield from call(index, methods.RELEASE_UNYANK, name=name, version=version)).serial


def delete_release(index: KnownIndex, name: str, version: str) -> Exchange[int]:
    """Delete a release with all its files, whose names can never be used again."""
    return (yield from call(index, methods.RELEASE_DELETE, name=name, version=version)).serial


def set_release_metadata(index: KnownIndex, name: str, version: str, metadata: str) -> Exchange[int]:
    """
    Describe a release that has no files yet by the content of a METADATA or PKG-INFO file.

    Raises:
        InvalidRequest: The metadata is not valid; every problem is reported.
        Conflict: The release has files, which describe it.
    """
    changed = yield from call(
        index, methods.RELEASE_SET_METADATA, name=name, version=version, metadata=metadata
    )
    return changed.serial
