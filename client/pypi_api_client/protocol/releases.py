"""Reading, withdrawing and describing releases."""

from __future__ import annotations

from datetime import datetime

import msgspec

from pypi_api_client.models import Metadata, ProjectVersion, Yanked
from pypi_api_client.protocol.json_rpc import call, change
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.listed_files import ListedFile, absolute_files
from pypi_api_client.protocol.messages import Exchange, Login
from pypi_api_client.protocol.steps import Batch, Series
from pypi_api_client.records import Release

_PAGE = 1000


class _ReleasePage(msgspec.Struct, frozen=True, kw_only=True):
    releases: tuple[ProjectVersion, ...]
    next: str | None = None


class _Release(msgspec.Struct, frozen=True):
    name: str
    version: str
    created: datetime
    yanked: Yanked
    metadata: Metadata
    files: tuple[ListedFile, ...]


def releases(index: KnownIndex, name: str) -> Series[ProjectVersion]:
    """
    Yield the versions of a project, the newest first.

    Raises:
        NotSpoken: The index does not speak JSON-RPC; `project` has the versions too.
    """
    return _batch(index, name, None)


def _batch(index: KnownIndex, name: str, cursor: str | None) -> Series[ProjectVersion]:
    params = {"name": name, "cursor": cursor, "limit": _PAGE}
    page = yield from call(index, "release.list", params, _ReleasePage, login=Login.IF_ASKED)
    following = None if page.next is None else _batch(index, name, page.next)
    return Batch(page.releases, following)


def release(index: KnownIndex, name: str, version: str) -> Exchange[Release]:
    """
    Describe a release: its metadata and files.

    Raises:
        NotSpoken: The index does not speak JSON-RPC; `project` describes releases of other indexes.
    """
    found = yield from call(
        index, "release.get", {"name": name, "version": version}, _Release, login=Login.IF_ASKED
    )
    return Release(
        name=found.name,
        version=found.version,
        created=found.created,
        yanked=found.yanked,
        metadata=found.metadata,
        files=absolute_files(found.files, index),
    )


def yank_release(index: KnownIndex, name: str, version: str, reason: str = "") -> Exchange[int]:
    """Withdraw a release (PEP 592): installers pass it over unless it is pinned exactly."""
    params = {"name": name, "version": version, "reason": reason}
    return (yield from change(index, "release.yank", params, is_repeatable=True))


def unyank_release(index: KnownIndex, name: str, version: str) -> Exchange[int]:
    """Offer a release again; files that were yanked by themselves stay yanked."""
    params = {"name": name, "version": version}
    return (yield from change(index, "release.unyank", params, is_repeatable=True))


def delete_release(index: KnownIndex, name: str, version: str) -> Exchange[int]:
    """Delete a release with all its files, whose names can never be used again."""
    params = {"name": name, "version": version}
    return (yield from change(index, "release.delete", params, is_repeatable=False))


def set_release_metadata(index: KnownIndex, name: str, version: str, metadata: str) -> Exchange[int]:
    """
    Describe a release that has no files yet by the content of a METADATA or PKG-INFO file.

    Raises:
        InvalidRequest: The metadata is not valid; every problem is reported.
        Conflict: The release has files, which describe it.
    """
    params = {"name": name, "version": version, "metadata": metadata}
    return (yield from change(index, "release.set_metadata", params, is_repeatable=True))
