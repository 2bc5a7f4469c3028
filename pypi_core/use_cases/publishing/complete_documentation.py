"""Publish documentation that was sent by itself."""

from __future__ import annotations

from pypi_core.domain.accounts import Actor
from pypi_core.domain.documentation import DocumentationSet
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.upload_sessions import Purpose, UploadSessionId
from pypi_core.errors import DocumentationNotFound, UploadSessionNotFound
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.permitted import permitted_session
from pypi_core.use_cases.publishing.publish_release import PublishRelease


class CompleteDocumentation:
    """
    Publish an upload session of documentation alone; may be repeated.

    Raises:
        UploadSessionNotFound: There is no such session, or it is one of `BeginUpload`.
        DocumentationNotFound: It was published, and then deleted or replaced.
        PackageIndexError: Whatever `PublishRelease` raises.
    """

    def __init__(self, open_snapshot: OpenSnapshot, publish: PublishRelease) -> None:
        self._open_snapshot = open_snapshot
        self._publish = publish

    def __call__(self, actor: Actor, session_id: UploadSessionId) -> tuple[NormalizedName, DocumentationSet]:
        with self._open_snapshot() as snapshot:
            session = permitted_session(snapshot, actor, session_id)
        if session.purpose is not Purpose.DOCUMENTATION:
            raise UploadSessionNotFound(session_id)
        self._publish(actor, session_id)
        with self._open_snapshot() as snapshot:
            release = snapshot.releases.get(snapshot.projects.get(session.name), session.version)
            for each in reversed(snapshot.documentation.of_release(release.id)):
                if each.sha256 == session.files[0].sha256:
                    return session.name, each
        raise DocumentationNotFound(session.name, str(session.version))
