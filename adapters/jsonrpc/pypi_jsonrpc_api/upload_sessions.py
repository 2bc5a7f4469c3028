"""The methods ``upload.*`` and ``release.publish``: the files of a release, visible all at once or never."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from urllib.parse import quote

import msgspec
from msgspec import Meta

from pypi_core.domain.accounts import Actor
from pypi_core.domain.names import parse_display_name
from pypi_core.domain.upload_sessions import DeclaredFile, UploadSessionId
from pypi_core.domain.versions import parse_version
from pypi_core.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge, TooMany, Unauthenticated
from pypi_core.index import Index
from pypi_core.use_cases.publishing.session_files import UploadOverview
from pypi_jsonrpc_api.methods import Example, Method
from pypi_jsonrpc_api.shapes import Parameters


class FileToUpload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that will be sent."""

    filename: Annotated[str, Meta(description="Its own name, without a path.")]
    size: Annotated[int, Meta(description="In bytes.")]
    sha256: Annotated[str, Meta(description="The digest of its bytes, 64 hexadecimal digits.")]


class UploadBeginParameters(Parameters, frozen=True, kw_only=True):
    """Which files of which release will be sent."""

    name: Annotated[str, Meta(description="The name of the project, which need not be there yet.")]
    version: Annotated[str, Meta(description="The version of the release, which need not be there yet.")]
    files: Annotated[tuple[FileToUpload, ...], Meta(description="From 1 to 100 of them.")]


class UploadParameters(Parameters, frozen=True, kw_only=True):
    """Which upload session."""

    session: Annotated[str, Meta(description="Its name, as upload.begin gave it.")]


class UploadingFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an upload session."""

    filename: str
    size: Annotated[int, Meta(description="In bytes, as declared.")]
    sha256: Annotated[str, Meta(description="As declared.")]
    received: Annotated[int, Meta(description="How many bytes have arrived: the offset to go on from.")]
    url: Annotated[
        str,
        Meta(description="Where its bytes go by PUT; percent-encoded, relative to the root of the index."),
    ]


class ProblemDescription(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a file."""

    field: Annotated[str, Meta(description="The file name.")]
    message: str


class UploadDescription(msgspec.Struct, frozen=True, kw_only=True):
    """An upload session."""

    session: Annotated[str, Meta(description="Its name; whoever has it and may upload can go on with it.")]
    state: Annotated[str, Meta(description="open, completed, published or cancelled.")]
    project: Annotated[str, Meta(description="The project's name as its owner spells it.")]
    version: str
    expires: Annotated[
        datetime,
        Meta(description="In UTC: when a session that was not published is given up."),
    ]
    files: tuple[UploadingFile, ...]
    problems: Annotated[
        tuple[ProblemDescription, ...], Meta(description="What the last look at the files found.")
    ]
    warnings: Annotated[
        tuple[str, ...], Meta(description="What is to be said of the files that were published.")
    ]


def upload_begin(index: Index, actor: Actor, parameters: UploadBeginParameters) -> UploadDescription:
    """
    Announce the files of a release; everything that can be known without their bytes is refused now.

    Their bytes then go by PUT to the `url` of each, with `Upload-Offset: N` where N bytes have arrived.
    Nobody sees anything of them before release.publish.  There is one live session for a release.
    """
    files = [
        DeclaredFile(filename=each.filename, size=each.size, sha256=each.sha256.lower())
        for each in parameters.files
    ]
    name, version = parse_display_name(parameters.name), parse_version(parameters.version)
    return _described(index.begin_upload(actor, name, version, files))


def upload_status(index: Index, actor: Actor, parameters: UploadParameters) -> UploadDescription:
    """Tell how far an upload session is."""
    return _described(index.read_upload(actor, UploadSessionId(parameters.session)))


def upload_complete(index: Index, actor: Actor, parameters: UploadParameters) -> UploadDescription:
    """
    Check that all files of a session have arrived and may be published, without publishing them.

    All problems of all files are told, each with the file name as its field; the session then stays open.
    """
    return _described(index.complete_upload(actor, UploadSessionId(parameters.session)))


def upload_cancel(index: Index, actor: Actor, parameters: UploadParameters) -> UploadDescription:
    """Give an upload session up and free its bytes."""
    return _described(index.cancel_upload(actor, UploadSessionId(parameters.session)))


def release_publish(index: Index, actor: Actor, parameters: UploadParameters) -> UploadDescription:
    """
    Make all files of an upload session visible at once, checking them as upload.complete does.

    When anything is wrong none of them becomes visible.  Publishing a published session does nothing.
    """
    return _described(index.publish_release(actor, UploadSessionId(parameters.session)))


def _described(overview: UploadOverview) -> UploadDescription:
    session = overview.session
    return UploadDescription(
        session=session.id,
        state=session.state,
        project=session.project,
        version=str(session.version),
        expires=session.expires,
        files=tuple(
            UploadingFile(
                filename=each.filename,
                size=each.size,
                sha256=each.sha256,
                received=overview.received[each.filename],
                url=f"upload/{session.id}/{quote(each.filename)}",
            )
            for each in session.files
        ),
        problems=tuple(
            ProblemDescription(field=each.field, message=each.message) for each in session.problems
        ),
        warnings=session.warnings,
    )


_SESSION = "5b1c7bd0f6cf2a0a7a4b3a0a9c6c2d11"
_FILE = {
    "filename": "hello_index-1.2.tar.gz",
    "size": 4661,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


def _example(state: str, received: int = 0) -> dict[str, object]:
    """Return the session of the examples as it is answered."""
    return {
        "session": _SESSION,
        "state": state,
        "project": "Hello.Index",
        "version": "1.2",
        "expires": "2026-03-08T12:00:00Z",
        "files": [{**_FILE, "received": received, "url": f"upload/{_SESSION}/hello_index-1.2.tar.gz"}],
        "problems": [],
        "warnings": [],
    }


_USING = (NotFound, Unauthenticated, Forbidden)

UPLOAD_METHODS = (
    Method(
        name="upload.begin",
        function=upload_begin,
        writes=True,
        result_name="upload",
        summary="Announce the files of a release",
        raises=(Invalid, Unauthenticated, Forbidden, Conflict, TooLarge, TooMany),
        examples=(
            Example(
                name="one file",
                params={"name": "hello-index", "version": "1.2", "files": [_FILE]},
                result=_example("open"),
            ),
        ),
    ),
    Method(
        name="upload.status",
        function=upload_status,
        result_name="upload",
        summary="Tell how far an upload session is",
        raises=_USING,
        examples=(
            Example(name="an upload under way", params={"session": _SESSION}, result=_example("open", 1024)),
        ),
    ),
    Method(
        name="upload.complete",
        function=upload_complete,
        writes=True,
        entries=10_000,
        result_name="upload",
        summary="Check an upload session without publishing it",
        raises=(*_USING, Invalid, Conflict),
        examples=(
            Example(
                name="an upload that was completed before",
                params={"session": _SESSION},
                result=_example("completed", 4661),
            ),
        ),
    ),
    Method(
        name="upload.cancel",
        function=upload_cancel,
        writes=True,
        result_name="upload",
        summary="Give an upload session up",
        raises=(*_USING, Conflict),
        examples=(
            Example(
                name="an upload given up",
                params={"session": _SESSION},
                result=_example("cancelled"),
            ),
        ),
    ),
    Method(
        name="release.publish",
        function=release_publish,
        writes=True,
        entries=10_000,
        result_name="upload",
        summary="Make all files of an upload session visible at once",
        raises=(*_USING, Invalid, Conflict, TooLarge, TooMany),
        examples=(
            Example(
                name="a release that was published before",
                params={"session": _SESSION},
                result=_example("published", 4661),
            ),
        ),
    ),
)
