"""The methods on files."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from pypi_core.domain.accounts import Actor
from pypi_core.domain.entities import Yank
from pypi_core.errors import Forbidden, Invalid, NotFound, Unauthenticated
from pypi_core.index import Index
from pypi_jsonrpc_api.methods import Example, Method
from pypi_jsonrpc_api.project_shapes import FileDescription, Yanked, describe_file, shown_yank
from pypi_jsonrpc_api.shapes import Changed, Filename, Parameters, Reason


class FileParameters(Parameters, frozen=True, kw_only=True):
    """Which file."""

    filename: Filename


class FoundFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file, and what it belongs to."""

    project: Annotated[str, Meta(description="The normalised name of its project.")]
    version: str
    file: FileDescription


def file_get(index: Index, actor: Actor, parameters: FileParameters) -> FoundFile:
    """Describe a file that the index offers."""
    found = index.read_file(actor, parameters.filename)
    return FoundFile(
        project=found.project.name,
        version=str(found.release.version),
        file=describe_file(found.file, found.release),
    )


class FileStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What has become of a file name."""

    filename: str
    state: Annotated[str, Meta(description="offered, yanked, quarantined, deleted, uploading, or unknown.")]
    visible: Annotated[bool, Meta(description="Whether installers see it.")]
    why: Annotated[str, Meta(description="A sentence.")]
    yanked: Yanked
    size: Annotated[int | None, Meta(description="In bytes; null where there is no file to speak of.")]
    hashes: Annotated[dict[str, str], Meta(description="Hex digests by algorithm.")]
    metadata_sha256: Annotated[
        str | None, Meta(description="Digest of the core metadata beside a wheel (PEP 658).")
    ]


def file_status(index: Index, actor: Actor, parameters: FileParameters) -> FileStatus:
    """
    Explain whether a file is stored, checked and visible, and if not, why not.

    Every file that is listed was checked before; a name that was never used is `unknown`.
    """
    standing = index.explain_file(actor, parameters.filename)
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


class FileYankParameters(Parameters, frozen=True, kw_only=True):
    """Which file to withdraw, and why."""

    filename: Filename
    reason: Reason = ""


def file_yank(index: Index, actor: Actor, parameters: FileYankParameters) -> Changed:
    """Withdraw one file (PEP 592): installers pass it over unless its version is pinned exactly."""
    found = index.read_file(actor, parameters.filename)
    name, version = found.project.name, found.release.version
    return Changed(
        serial=index.yank_release(actor, name, version, Yank(parameters.reason), parameters.filename)
    )


def file_unyank(index: Index, actor: Actor, parameters: FileParameters) -> Changed:
    """Offer one file again; it stays withdrawn as long as its release is."""
    found = index.read_file(actor, parameters.filename)
    name, version = found.project.name, found.release.version
    return Changed(serial=index.unyank_release(actor, name, version, parameters.filename))


def file_delete(index: Index, actor: Actor, parameters: FileParameters) -> Changed:
    """Delete one file; its name can never be used again."""
    found = index.read_file(actor, parameters.filename)
    return Changed(serial=index.delete_file(actor, found.project.name, parameters.filename))


_RAISES = (NotFound, Invalid, Unauthenticated, Forbidden)
_WHEEL = "hello_index-1.0-py3-none-any.whl"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_BLAKE2 = "928b20366943e2afd11ebc0eae2e53a93bf177a4fcf35bcc64d503704e65e202"
_HASHES = {"sha256": _SHA256, "blake2b_256": _BLAKE2}

FILE_METHODS = (
    Method(
        name="file.get",
        function=file_get,
        result_name="file",
        summary="Describe a file",
        raises=_RAISES,
        examples=(
            Example(
                name="a wheel",
                params={"filename": _WHEEL},
                result={
                    "project": "hello-index",
                    "version": "1.0",
                    "file": {
                        "filename": _WHEEL,
                        "kind": "bdist_wheel",
                        "url": f"packages/{_BLAKE2[:2]}/{_BLAKE2[2:4]}/{_BLAKE2[4:]}/{_WHEEL}",
                        "hashes": _HASHES,
                        "size": 4661,
                        "upload_time": "2026-03-01T12:00:00Z",
                        "requires_python": ">=3.11",
                        "yanked": "greets nobody",
                        "metadata_sha256": None,
                        "sboms": [],
                    },
                },
            ),
        ),
    ),
    Method(
        name="file.status",
        function=file_status,
        result_name="status",
        summary="Explain what has become of a file",
        raises=(Unauthenticated, Forbidden),
        examples=(
            Example(
                name="withdrawn",
                params={"filename": _WHEEL},
                result={
                    "filename": _WHEEL,
                    "state": "yanked",
                    "visible": True,
                    "why": "It is yanked, and installed only where it is pinned exactly: greets nobody",
                    "yanked": "greets nobody",
                    "size": 4661,
                    "hashes": _HASHES,
                    "metadata_sha256": None,
                },
            ),
            Example(
                name="never seen",
                params={"filename": "hello_index-7-py3-none-any.whl"},
                result={
                    "filename": "hello_index-7-py3-none-any.whl",
                    "state": "unknown",
                    "visible": False,
                    "why": "No file of this name was ever published here.",
                    "yanked": False,
                    "size": None,
                    "hashes": {},
                    "metadata_sha256": None,
                },
            ),
        ),
    ),
    Method(
        name="file.yank",
        function=file_yank,
        writes=True,
        result_name="change",
        summary="Withdraw one file",
        raises=_RAISES,
        examples=(
            Example(
                name="with a reason",
                params={"filename": _WHEEL, "reason": "lacks a library"},
                result={"serial": 6},
            ),
        ),
    ),
    Method(
        name="file.unyank",
        function=file_unyank,
        writes=True,
        result_name="change",
        summary="Offer one file again",
        raises=_RAISES,
        examples=(Example(name="a withdrawn one", params={"filename": _WHEEL}, result={"serial": 6}),),
    ),
    Method(
        name="file.delete",
        function=file_delete,
        writes=True,
        result_name="change",
        summary="Delete one file",
        raises=_RAISES,
        examples=(Example(name="for good", params={"filename": _WHEEL}, result={"serial": 6}),),
    ),
)
