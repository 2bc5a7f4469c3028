"""Answers about upload sessions: the files of a release, visible all at once or never."""

from __future__ import annotations

from urllib.parse import quote

from pypi_core.domain.accounts import Actor
from pypi_core.domain.names import parse_display_name
from pypi_core.domain.upload_sessions import DeclaredFile, UploadSessionId
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
    return _described(index.begin_upload(actor, name, version, files))


def upload_status(index: Index, actor: Actor, parameters: UploadParameters) -> UploadDescription:
    return _described(index.read_upload(actor, UploadSessionId(parameters.session)))


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
