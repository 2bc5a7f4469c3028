"""Go on with a ZIP of documentation that arrives in pieces."""

from __future__ import annotations

from typing import NamedTuple

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.documentation import DocumentationUpload
from pypi_core.domain.permissions import require
from pypi_core.errors import DocumentationUploadNotFound, StagedContentNotFound
from pypi_core.ports.blobs import Arrival, Staging
from pypi_core.ports.environment import Clock
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.documentation.begin_documentation_upload import LIFETIME
from pypi_core.use_cases.permitted import governed_index, permitted_project


class ResumedUpload(NamedTuple):
    """An upload and the bytes of it that have arrived, to be appended to."""

    upload: DocumentationUpload
    arrival: Arrival


class ResumeDocumentationUpload:
    """
    Find an upload and where its bytes end; who was sending them before is cut off.

    Raises:
        Unauthenticated: Nobody is logged in.
        Forbidden: *actor* may not upload to its project.
        DocumentationUploadNotFound: There is none, it was completed, or is too old.
        ConcurrentChange: Another process is receiving its bytes.
    """

    def __init__(self, open_snapshot: OpenSnapshot, staging: Staging, clock: Clock) -> None:
        self._open_snapshot = open_snapshot
        self._staging = staging
        self._clock = clock

    def __call__(self, actor: Actor, identifier: str) -> ResumedUpload:
        """Return the upload with its bytes."""
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, governed_index(snapshot))
            upload = snapshot.documentation.find_upload(identifier)
            if upload is None or upload.begun <= self._clock.now() - LIFETIME:
                raise DocumentationUploadNotFound(identifier)
            permitted_project(snapshot, actor, Action.UPLOAD, upload.project)
        try:
            return ResumedUpload(upload, self._staging.resume(identifier))
        except StagedContentNotFound as error:
            raise DocumentationUploadNotFound(identifier) from error
