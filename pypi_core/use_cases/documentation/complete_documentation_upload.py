"""Publish a ZIP of documentation whose pieces have all arrived."""

from __future__ import annotations

from pypi_core.domain.accounts import Actor
from pypi_core.domain.digests import ClaimedDigests
from pypi_core.domain.documentation import DocumentationUpload
from pypi_core.errors import ConcurrentChange, PackageIndexError, Unavailable, UploadIncomplete
from pypi_core.ports.blobs import StagedContent
from pypi_core.ports.transactions import OpenUnitOfWork
from pypi_core.use_cases.documentation.publish_documentation import DocumentationOutcome, PublishDocumentation
from pypi_core.use_cases.documentation.resume_documentation_upload import ResumeDocumentationUpload
from pypi_core.use_cases.upload_limits import LimitUploads


class CompleteDocumentationUpload:
    """
    Publish what arrived, see `PublishDocumentation`; the upload is over, also when it is refused.

    Raises:
        DocumentationUploadNotFound: There is no such upload.
        UploadIncomplete: Bytes are missing; the upload goes on.
        DigestMismatch: Other bytes arrived than were announced.
        PackageIndexError: Whatever `PublishDocumentation` raises.
    """

    def __init__(
        self,
        open_unit_of_work: OpenUnitOfWork,
        resume: ResumeDocumentationUpload,
        publish: PublishDocumentation,
        limit: LimitUploads,
    ) -> None:
        self._open_unit_of_work = open_unit_of_work
        self._resume = resume
        self._publish = publish
        self._limit = limit

    def __call__(self, actor: Actor, identifier: str) -> DocumentationOutcome:
        """Complete the upload and return what became of it."""
        upload, arrival = self._resume(actor, identifier)
        if arrival.size != upload.size:
            raise UploadIncomplete(arrival.size, upload.size)
        staged = arrival.finish()
        try:
            return self._published(actor, upload, staged)
        except (ConcurrentChange, Unavailable):
            raise
        except PackageIndexError:
            self._limit.count_unpublished(actor)
            raise
        finally:
            arrival.discard()

    def _published(
        self, actor: Actor, upload: DocumentationUpload, staged: StagedContent
    ) -> DocumentationOutcome:
        try:
            ClaimedDigests(sha256=upload.sha256).verify(staged.digests)
            return self._publish(actor, upload.project, upload.version, staged, upload.identifier)
        except PackageIndexError:
            # Finished bytes cannot be resumed: there is nothing left to go on with.
            with self._open_unit_of_work(actor) as uow:
                uow.documentation.delete_upload(upload.identifier)
                uow.commit()
            raise
