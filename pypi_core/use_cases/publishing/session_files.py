"""The bytes of upload sessions: how many arrived, whether these are all, and whether they are still there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final, TypeVar

import msgspec
from msgspec.structs import replace

from pypi_core.domain.accounts import Actor
from pypi_core.domain.blob_keys import distribution_key, documentation_key
from pypi_core.domain.upload_sessions import (
    FileKind,
    SessionFile,
    SessionState,
    UploadSession,
    UploadSessionId,
)
from pypi_core.errors import BlobNotFound, DigestMismatch, StagedContentNotFound, UploadIncomplete
from pypi_core.ports.blobs import BlobStore, StagedContent, Staging
from pypi_core.ports.environment import Clock
from pypi_core.ports.transactions import OpenUnitOfWork
from pypi_protocol.errors import Problem

T = TypeVar("T")

_BLOCK: Final = 1024 * 1024


class UploadOverview(msgspec.Struct, frozen=True, kw_only=True):
    """A session, and how many bytes of each of its files have arrived."""

    session: UploadSession
    received: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class SessionFiles:
    """
    What sessions and the staging area have to do with each other.

    The rows say which bytes belong to a file and, once they arrived whole, what they are; how
    many have arrived is what the staging area holds, so that no row is written while they come.
    """

    open_unit_of_work: OpenUnitOfWork
    staging: Staging
    blobs: BlobStore
    clock: Clock

    def overview(self, session: UploadSession) -> UploadOverview:
        """Say how far a session is."""
        return UploadOverview(
            session=session,
            received={
                each.filename: 0 if session.state is SessionState.CANCELLED else self.offset(each)
                for each in session.files
            },
        )

    def offset(self, file: SessionFile) -> int:
        """Return how many bytes of a file have arrived."""
        if file.digests:
            return file.size
        return (file.identifier and self.staging.size_of(file.identifier)) or 0

    def note(self, actor: Actor, session_id: UploadSessionId, file: SessionFile) -> None:
        """
        Store which bytes a file has.

        Raises:
            UploadSessionClosed: The session is closed.
            UploadSessionNotFound: It is gone.
        """
        with self.open_unit_of_work(actor) as uow:
            uow.upload_sessions.get(session_id).require_live(self.clock.now())
            uow.upload_sessions.update_file(session_id, file)
            uow.commit()

    def accept(
        self, actor: Actor, session_id: UploadSessionId, file: SessionFile, staged: StagedContent
    ) -> SessionFile:
        """
        Take finished bytes for those that were declared, and return the file with them.

        Raises:
            DigestMismatch: They are others; the file begins again at offset 0.
            UploadSessionClosed: The session is closed.
        """
        if (staged.size, staged.digests.sha256) == (file.size, file.sha256):
            accepted = replace(file, identifier=staged.identifier, digests=staged.digests)
            self.note(actor, session_id, accepted)
            return accepted
        self.staging.discard(staged)
        self.note(actor, session_id, replace(file, identifier=None, digests=None))
        raise DigestMismatch(
            Problem(
                file.filename,
                f"The sha256 digest of {file.filename} is {staged.digests.sha256}, not {file.sha256} as "
                "declared: it changed on the way, send it again from Upload-Offset: 0.",
            )
        )

    def settled(self, actor: Actor, session: UploadSession) -> UploadSession:
        """
        Return the session with all its files arrived.

        Those of which nobody lived to note that they arrived whole are looked at now.

        Raises:
            UploadIncomplete: Bytes are missing, with a problem for each file.
            DigestMismatch: Other bytes arrived than were declared.
        """
        incomplete: list[Problem] = []
        wrong: list[Problem] = []
        files: list[SessionFile] = []
        for file in session.files:
            received = self.offset(file)
            if received < file.size:
                sentence = (
                    f"{received} of the {file.size} bytes of {file.filename} have arrived: send the rest."
                )
                incomplete.append(Problem(file.filename, sentence))
                continue
            try:
                files.append(file if file.digests else self._noticed(actor, session, file))
            except DigestMismatch as error:
                wrong += error.problems
        if incomplete:
            raise UploadIncomplete(*incomplete, *wrong)
        if wrong:
            raise DigestMismatch(*wrong)
        return replace(session, files=tuple(files))

    def opened(
        self, actor: Actor, session: UploadSession, file: SessionFile, read: Callable[[StagedContent], T]
    ) -> T:
        """
        Return what *read* makes of the bytes of a file that arrived whole, in the staging area.

        Raises:
            UploadIncomplete: They were lost; the file begins again at offset 0.
        """
        try:
            return read(self._staged(actor, session, file))
        except StagedContentNotFound:
            # Another call publishes the session at this very moment: it adopted the bytes.
            return read(self._staged(actor, session, file))

    def _staged(self, actor: Actor, session: UploadSession, file: SessionFile) -> StagedContent:
        if file.identifier is None or file.digests is None:
            raise AssertionError(f"{file.filename} has not arrived")
        if self.staging.size_of(file.identifier) == file.size:
            return StagedContent(identifier=file.identifier, size=file.size, digests=file.digests)
        key = distribution_key(file.digests)
        if file.kind is FileKind.DOCUMENTATION:
            key = documentation_key(file.digests.blake2_256)
        try:
            # They were adopted and never listed.  A copy renews their age when it is adopted.
            with self.blobs.open(key) as stream:
                staged = self._copied(stream)
        except BlobNotFound:
            self.note(actor, session.id, replace(file, identifier=None, digests=None))
            raise UploadIncomplete(
                Problem(
                    file.filename,
                    f"The bytes of {file.filename} were lost: send them again from Upload-Offset: 0.",
                )
            ) from None
        self.accept(actor, session.id, file, staged)
        return staged

    def forget(self, session: UploadSession) -> None:
        """Free what the files of a session take in the staging area."""
        for each in session.files:
            if each.identifier is not None:
                self.staging.forget(each.identifier)

    def _noticed(self, actor: Actor, session: UploadSession, file: SessionFile) -> SessionFile:
        identifier = file.identifier or ""
        try:
            staged = self.staging.recover(identifier)
        except StagedContentNotFound:
            arrival = self.staging.resume(identifier)
            staged = arrival.finish()
        return self.accept(actor, session.id, file, staged)

    def _copied(self, stream: BinaryIO) -> StagedContent:
        arrival = self.staging.begin()
        while block := stream.read(_BLOCK):
            arrival.append(block)
        return arrival.finish()
