"""Reading, withdrawing and describing releases."""

from __future__ import annotations

from datetime import datetime

import msgspec

from pypi_api_client.models import Metadata, ProjectVersion, Yanked
from pypi_api_client.protocol.json_rpc import call, change
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.listed_files import ListedFile, absolute_files
from pypi_api_client.protocol.messages import Exchange, Login
from pypi_api_client.records import Release

PAGE = 1000


class ReleasePage(msgspec.Struct, frozen=True, kw_only=True):
    """Versions of a project; ``next`` asks for the page that follows."""

    releases: tuple[ProjectVersion, ...]
    next: str | None = None


class _Release(msgspec.Struct, frozen=True):
    name: str
    version: str
    created: datetime
    yanked: Yanked
    metadata: Metadata
    files: tuple[ListedFile, ...]


def page(index: KnownIndex, name: str, cursor: str | None) -> Exchange[ReleasePage]:
    """Read a page of a project's versions, the newest first."""
    params = {"name": name, "cursor": cursor, "limit": PAGE}
    return (yield from call(index, "release.list", params, ReleasePage, login=Login.IF_ASKED))


def release(index: KnownIndex, name: str, version: str) -> Exchange[Release]:
    """Describe a release."""
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


def yank(index: KnownIndex, name: str, version: str, reason: str) -> Exchange[int]:
    """Withdraw a release."""
    params = {"name": name, "version": version, "reason": reason}
    return (yield from change(index, "release.yank", params, is_repeatable=True))


def unyank(index: KnownIndex, name: str, version: str) -> Exchange[int]:
    """Offer a release again."""
    params = {"name": name, "version": version}
    return (yield from change(index, "release.unyank", params, is_repeatable=True))


def delete(index: KnownIndex, name: str, version: str) -> Exchange[int]:
    """Delete a release."""
    params = {"name": name, "version": version}
    return (yield from change(index, "release.delete", params, is_repeatable=False))


def set_metadata(index: KnownIndex, name: str, version: str, metadata: str) -> Exchange[int]:
    """Describe a release that has no files yet."""
    params = {"name": name, "version": version, "metadata": metadata}
    return (yield from change(index, "release.set_metadata", params, is_repeatable=True))
