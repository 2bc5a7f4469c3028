"""Answers about upload sessions: the files of a release, visible all at once or never."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from pypi_core.domain.accounts import Actor
from pypi_core.domain.names import parse_display_name
from pypi_core.domain.upload_sessions import (
    DOCUMENTATION_ZIP,
    DeclaredFile,
    SessionFile,
    UploadSession,
    UploadSessionId,
)
from pypi_core.domain.versions import parse_version
from pypi_core.index import Index
from pypi_core.use_cases.publishing.session_files import UploadOverview
from pypi_protocol.records.uploads import (
    ProblemDescription,
    UploadBeginParameters,
    UploadDescription,
    UploadingFile,
    UploadParameters,
)


def upload_begin(index: Index, actor: Actor, parameters: UploadBeginParameters) -> UploadDescription:
    files = [
        DeclaredFile(filename=each.filename, size=each.size, sha256=each.sha256.lower())
        for each in parameters.files
    ]
    name, version = parse_display_name(parameters.name), parse_version(parameters.version)
    sent_too = parameters.documentation
    documentation = documentation_zip(sent_too.size, sent_too.sha256) if sent_too else None
    return _described(index.begin_upload(actor, name, version, files, documentation))


def documentation_zip(size: int, sha256: str) -> DeclaredFile:
    """Return a ZIP of documentation as a file of a session."""
    return DeclaredFile(filename=DOCUMENTATION_ZIP, size=size, sha256=sha256.lower())


def upload_status(index: Index, actor: Actor, parameters: UploadParameters) -> UploadDescription:
    return _described(index.uploads.read(actor, UploadSessionId(parameters.session)))


def upload_complete(index: Index, actor: Actor, parameters: UploadParameters) -> UploadDescription:
    return _described(index.complete_upload(actor, UploadSessionId(parameters.session)))


def upload_cancel(index: Index, actor: Actor, parameters: UploadParameters) -> UploadDescription:
    return _described(index.cancel_upload(actor, UploadSessionId(parameters.session)))


def release_publish(index: Index, actor: Actor, parameters: UploadParameters) -> UploadDescription:
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
                kind=each.kind.value,
                size=each.size,
                sha256=each.sha256,
                received=overview.received[each.filename],
                url=url_of(session, each),
            )
            for each in session.files
        ),
        problems=msgspec.convert(session.problems, tuple[ProblemDescription, ...], from_attributes=True),
        warnings=session.warnings,
    )


def url_of(session: UploadSession, file: SessionFile) -> str:
    """Return where the bytes of a file of a session go, relative to the root of the index."""
    return f"upload/{session.id}/{quote(file.filename)}"
