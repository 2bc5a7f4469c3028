"""Finding, explaining and withdrawing single files."""

from __future__ import annotations

import msgspec

from pypi_api_client.errors import NotFound, NotSpoken
from pypi_api_client.filenames import name_and_version
from pypi_api_client.protocol.json_rpc import call, change
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.listed_files import ListedFile
from pypi_api_client.protocol.messages import Exchange, Login
from pypi_api_client.protocol.simple import project_page
from pypi_api_client.records import FileStatus, FoundFile


class _Found(msgspec.Struct, frozen=True):
    project: str
    version: str
    file: ListedFile


def file(index: KnownIndex, filename: str) -> Exchange[FoundFile]:
    """
    Find a file by its name.

    Raises:
        NotSpoken: The index does not speak JSON-RPC.
    """
    found = yield from call(index, "file.get", {"filename": filename}, _Found, login=Login.IF_ASKED)
    return FoundFile(project=found.project, version=found.version, file=found.file.absolute(index))


def file_status(index: KnownIndex, filename: str) -> Exchange[FileStatus]:
    """
    Explain whether a file is there and visible, and if not, why not.

    Of an index that does not speak JSON-RPC it is what the project's page says.

    Raises:
        NotSpoken: The index does not speak JSON-RPC, and the name does not say of which project the file is.
    """
    try:
        return (
            yield from call(index, "file.status", {"filename": filename}, FileStatus, login=Login.IF_ASKED)
        )
    except NotSpoken:
        known = name_and_version(filename)
        if known is None:
            raise
    return (yield from _listed_status(index, known[0], filename))


def _listed_status(index: KnownIndex, project: str, filename: str) -> Exchange[FileStatus]:
    try:
        page = yield from project_page(index, project)
    except NotFound:
        return _unknown(filename, f"The index has no project {project}.")
    found = next((each for each in page.files if each.filename == filename), None)
    if found is None:
        return _unknown(filename, f"The page of {project} does not list it.")
    why = found.yanked if isinstance(found.yanked, str) else ""
    return FileStatus(
        filename=filename,
        state="yanked" if found.yanked else "offered",
        visible=True,
        why=f"Yanked: {why or 'no reason is given.'}" if found.yanked else f"The page of {project} lists it.",
        yanked=found.yanked,
        size=found.size,
        hashes=found.hashes,
        metadata_sha256=found.core_metadata.get("sha256") if isinstance(found.core_metadata, dict) else None,
    )


def _unknown(filename: str, why: str) -> FileStatus:
    return FileStatus(filename=filename, state="unknown", visible=False, why=why)


def yank_file(index: KnownIndex, filename: str, reason: str = "") -> Exchange[int]:
    """Withdraw one file (PEP 592): installers pass it over unless its version is pinned exactly."""
    params = {"filename": filename, "reason": reason}
    return (yield from change(index, "file.yank", params, is_repeatable=True))


def unyank_file(index: KnownIndex, filename: str) -> Exchange[int]:
    """Offer one file again; it stays withdrawn as long as its release is."""
    return (yield from change(index, "file.unyank", {"filename": filename}, is_repeatable=True))


def delete_file(index: KnownIndex, filename: str) -> Exchange[int]:
    """Delete one file; its name can never be used again."""
    return (yield from change(index, "file.delete", {"filename": filename}, is_repeatable=False))
