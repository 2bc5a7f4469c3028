"""Finding, explaining and withdrawing single files."""

from __future__ import annotations

import msgspec

from pypi_api_client.protocol.json_rpc import call, change
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.listed_files import ListedFile
from pypi_api_client.protocol.messages import Exchange
from pypi_api_client.records import FileStatus, FoundFile


class _Found(msgspec.Struct, frozen=True):
    project: str
    version: str
    file: ListedFile


def file(index: KnownIndex, filename: str) -> Exchange[FoundFile]:
    """Describe a file by its name."""
    found = yield from call(index, "file.get", {"filename": filename}, _Found)
    return FoundFile(project=found.project, version=found.version, file=found.file.absolute(index))


def status(index: KnownIndex, filename: str) -> Exchange[FileStatus]:
    """Explain what became of a file name."""
    return (yield from call(index, "file.status", {"filename": filename}, FileStatus))


def yank(index: KnownIndex, filename: str, reason: str) -> Exchange[int]:
    """Withdraw a file."""
    params = {"filename": filename, "reason": reason}
    return (yield from change(index, "file.yank", params, is_repeatable=True))


def unyank(index: KnownIndex, filename: str) -> Exchange[int]:
    """Offer a file again."""
    return (yield from change(index, "file.unyank", {"filename": filename}, is_repeatable=True))


def delete(index: KnownIndex, filename: str) -> Exchange[int]:
    """Delete a file."""
    return (yield from change(index, "file.delete", {"filename": filename}, is_repeatable=False))
