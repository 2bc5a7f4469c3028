"""Announce a ZIP of documentation that will arrive in pieces."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from packaging.version import Version

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.documentation import DocumentationUpload, parse_announcement
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import ConcurrentChange, StagedContentNotFound
from pypi_core.ports.blobs import Staging
from pypi_core.ports.environment import Clock
from pypi_core.ports.transactions import OpenUnitOfWork
from pypi_core.use_cases.permitted import permitted_project
from pypi_core.use_cases.upload_limits import LimitUploads

LIFETIME = timedelta(days=1)
"""How long there is for an upload, from its beginning; as long as the sweep leaves staged bytes alone."""


class BeginDocumentationUpload:
    """
    Begin an upload of documentation for a release that is there, in place of one that is under way.

    Raises:
        Unauthenticated: Nobody is logged in.
        Forbidden: *actor* may not upload to this project.
        ProjectNotFound: There is no such project.
        ReleaseNotFound: The project has no such release.
        FileTooLarge: The ZIP is larger than documentation may be.
        InvalidForm: The digest or the size is none.
        TooMany: *actor* uploaded too many files lately.
    """

    def __init__(
        self, open_unit_of_work: OpenUnitOfWork, staging: Staging, clock: Clock, limit: LimitUploads
    ) -> None:
        self._open_unit_of_work = open_unit_of_work
        self._staging = staging
        self._clock = clock
        self._limit = limit

    def __call__(
        self, actor: Actor, name: NormalizedName, version: Version, *, size: int, sha256: str
    ) -> DocumentationUpload:
        """Return the upload, of which no bytes have arrived yet."""
        claimed = parse_announcement(size, sha256)
        self._limit.require_room(actor)
        arrival = self._staging.begin()
        try:
            with self._open_unit_of_work(actor) as uow:
                project = permitted_project(uow, actor, Action.UPLOAD, name)
                release = uow.releases.get(project, version)
                upload = DocumentationUpload(
                    identifier=arrival.identifier,
                    project=project.name,
                    version=release.version,
                    size=size,
                    sha256=claimed.sha256 or "",
                    begun=self._clock.now(),
                )
                replaced = uow.documentation.add_upload(release, upload)
                uow.commit()
        except BaseException:
            arrival.discard()
            raise
        for identifier in replaced:
            # The sweep finds what somebody else is still sending.
            with suppress(StagedContentNotFound, ConcurrentChange):
                self._staging.resume(identifier).discard()
        return upload
