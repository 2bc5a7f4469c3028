"""Answers about files."""

from __future__ import annotations

from urllib.parse import quote

from pypi_core.domain.accounts import Actor
from pypi_core.domain.blob_keys import file_path
from pypi_core.domain.entities import File, Release, Yank, effective_yank
from pypi_core.index import Index
from pypi_core.use_cases.reading.files import FileOverview
from pypi_protocol.records.files import (
    FileDescription,
    FileFindParameters,
    FileParameters,
    FileStatus,
    FileYankParameters,
    FoundFile,
)
from pypi_protocol.records.parameters import Changed


def file_get(index: Index, actor: Actor, parameters: FileParameters) -> FoundFile:
    return _found(index.files.read(actor, parameters.filename))


def file_find(index: Index, actor: Actor, parameters: FileFindParameters) -> FoundFile:
    return _found(index.files.find_by_sha256(actor, parameters.sha256))


def _found(overview: FileOverview) -> FoundFile:
    return FoundFile(
        project=overview.project.name,
        version=str(overview.release.version),
        file=describe_file(overview.file, overview.release),
    )


def file_status(index: Index, actor: Actor, parameters: FileParameters) -> FileStatus:
    standing = index.files.explain(actor, parameters.filename)
    file = standing.file
    return FileStatus(
        filename=standing.filename,
        state=standing.state,
        visible=standing.is_visible,
        why=standing.why,
        yanked=shown_yank(standing.yank),
        size=file.size if file else None,
        hashes={"sha256": file.digests.sha256, "blake2b_256": file.digests.blake2_256} if file else {},
        metadata_sha256=file.metadata_sha256 if file else None,
    )


def file_yank(index: Index, actor: Actor, parameters: FileYankParameters) -> Changed:
    found = index.files.read(actor, parameters.filename)
    name, version = found.project.name, found.release.version
    return Changed(
        serial=index.yank_release(actor, name, version, Yank(parameters.reason), parameters.filename)
    )


def file_unyank(index: Index, actor: Actor, parameters: FileParameters) -> Changed:
    found = index.files.read(actor, parameters.filename)
    name, version = found.project.name, found.release.version
    return Changed(serial=index.unyank_release(actor, name, version, parameters.filename))


def file_delete(index: Index, actor: Actor, parameters: FileParameters) -> Changed:
    found = index.files.read(actor, parameters.filename)
    return Changed(serial=index.delete_file(actor, found.project.name, parameters.filename))


def describe_file(file: File, release: Release) -> FileDescription:
    """Describe a file of *release*."""
    return FileDescription(
        filename=file.filename,
        kind=file.filetype,
        url=quote(file_path(file.digests, file.filename)),
        hashes={"sha256": file.digests.sha256, "blake2b_256": file.digests.blake2_256},
        size=file.size,
        upload_time=file.uploaded,
        requires_python=file.requires_python,
        yanked=shown_yank(effective_yank(file, release)),
        metadata_sha256=file.metadata_sha256,
        sboms=file.sboms,
    )


def shown_yank(yank: Yank | None) -> bool | str:
    """Return a yank as the protocol shows it."""
    # As in the Simple API: an empty reason is never sent, some read it as "not yanked".
    return False if yank is None else yank.reason or True
