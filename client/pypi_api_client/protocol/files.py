"""Finding, explaining and yanking single files."""

from __future__ import annotations

from pypi_api_client.errors import NotFound, NotSpoken
from pypi_api_client.filenames import name_and_version
from pypi_api_client.models import FoundFile, RemoteFile
from pypi_api_client.protocol.json_rpc import call
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.listed_files import remote_file
from pypi_api_client.protocol.messages import Exchange
from pypi_api_client.protocol.simple import project_page
from pypi_protocol.methods import FILE_DELETE, FILE_FIND, FILE_GET, FILE_STATUS, FILE_UNYANK, FILE_YANK
from pypi_protocol.records.files import FileStatus


def file(index: KnownIndex, filename: str) -> Exchange[FoundFile]:
    """
    Find a file by its name.

    Raises:
        NotSpoken: The index does not speak JSON-RPC.
    """
    found = yield from call(index, FILE_GET, filename=filename)
    return FoundFile(project=found.project, version=found.version, file=remote_file(found.file, index))


def find_file(index: KnownIndex, sha256: str) -> Exchange[FoundFile]:
    """
    Find a file by the SHA-256 of its bytes, 64 hexadecimal digits in lower case.

    Raises:
        NotFound: The index has no such file.
        NotSpoken: The index does not speak JSON-RPC, or cannot find files by a digest.
    """
    found = yield from call(index, FILE_FIND, sha256=sha256)
    return FoundFile(project=found.project, version=found.version, file=remote_file(found.file, index))


def file_status(index: KnownIndex, filename: str) -> Exchange[FileStatus]:
    """
    Explain whether a file is there and visible, and if not, why not.

    Of an index that does not speak JSON-RPC it is what the project's page says.

    Raises:
        NotSpoken: The index does not speak JSON-RPC, and the name does not say of which project the file is.
    """
    try:
        return (yield from call(index, FILE_STATUS, filename=filename))
    except NotSpoken:
        known = name_and_version(filename)
        if known is None:
            raise
    return (yield from _listed_status(index, known[0], filename))


def _listed_status(index: KnownIndex, project: str, filename: str) -> Exchange[FileStatus]:
    try:
        page = yield from project_page(index, project)
    except NotFound:
        return _status(filename, None, "unknown", f"The index has no project {project}.")
    found = next((each for each in page.files if each.filename == filename), None)
    if found is None:
        return _status(filename, None, "unknown", f"The page of {project} does not list it.")
    if not found.yanked:
        return _status(filename, found, "offered", f"The page of {project} lists it.")
    why = found.yanked if isinstance(found.yanked, str) else ""
    return _status(filename, found, "yanked", f"Yanked: {why or 'no reason is given.'}")


def _status(filename: str, file: RemoteFile | None, state: str, why: str) -> FileStatus:
    metadata = file.core_metadata if file else False
    return FileStatus(
        filename=filename,
        state=state,
        visible=file is not None,
        why=why,
        yanked=file.yanked if file else False,
        size=file.size if file else None,
        hashes=file.hashes if file else {},
        metadata_sha256=metadata.get("sha256") if isinstance(metadata, dict) else None,
    )


def yank_file(index: KnownIndex, filename: str, reason: str = "") -> Exchange[int]:
    """Yank one file (PEP 592): installers pass it over unless its version is pinned exactly."""
    return (yield from call(index, FILE_YANK, filename=filename, reason=reason)).serial


def unyank_file(index: KnownIndex, filename: str) -> Exchange[int]:
    """Offer one file again; it stays yanked as long as its release is."""
    return (yield from call(index, FILE_UNYANK, filename=filename)).serial


def delete_file(index: KnownIndex, filename: str) -> Exchange[int]:
    """Delete one file; its name can never be used again."""
    return (yield from call(index, FILE_DELETE, filename=filename)).serial
