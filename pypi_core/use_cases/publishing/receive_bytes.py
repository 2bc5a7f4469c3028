"""Receive bytes of a file of an upload session, from wherever those before them ended."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from pypi_core.domain.accounts import Actor
from pypi_core.domain.upload_sessions import SessionFile, UploadSessionId
from pypi_core.errors import (
    ConcurrentChange,
    FileNotFound,
    LongerThanDeclared,
    StagedContentNotFound,
    WrongOffset,
)
from pypi_core.ports.blobs import Arrival, Staging
from pypi_core.ports.environment import Clock
from pypi_core.ports.transactions import OpenSnapshot, OpenUnitOfWork
from pypi_core.use_cases.permitted import permitted_session
from pypi_core.use_cases.publishing.session_files import SessionFiles
from pypi_core.use_cases.upload_limits import LimitUploads


@dataclass(frozen=True, eq=False, kw_only=True)
class ReceiveBytes:
    """
    Open a file of an upload session for bytes that begin at *offset*.

    Close what takes them when no more come.  Of two requests that send to the same file at once the
    later one goes on.

    Raises:
        Forbidden: *actor* may not upload to the project, or not create it.
        UploadSessionNotFound: There is no such session.
        UploadSessionClosed: It is closed.
        FileNotFound: The session has no such file.
        WrongOffset: Other than *offset* bytes have arrived.
    """

    open_snapshot: OpenSnapshot
    open_unit_of_work: OpenUnitOfWork
    staging: Staging
    session_files: SessionFiles
    clock: Clock
    limit: LimitUploads

    def __call__(self, actor: Actor, session_id: UploadSessionId, filename: str, offset: int) -> FileUpload:
        file = self._file(actor, session_id, filename, must_be_live=True)
        received = self.session_files.offset(file)
        if offset != received:
            raise WrongOffset(received)
        if file.digests:
            return FileUpload(self, actor, session_id, file, None)
        arrival = self._resumed(file) or self._begun(actor, session_id, file)
        if arrival is None or arrival.size != offset:
            raise WrongOffset(self.offset(actor, session_id, filename))
        return FileUpload(
            self, actor, session_id, replace(file, identifier=arrival.identifier, digests=None), arrival
        )

    def offset(self, actor: Actor, session_id: UploadSessionId, filename: str) -> int:
        """
        Return how many bytes of a file have arrived.

        Raises:
            Forbidden: *actor* may not upload to the project, or not create it.
            UploadSessionNotFound: There is no such session.
            FileNotFound: The session has no such file.
        """
        return self.session_files.offset(self._file(actor, session_id, filename))

    def close(self, upload: FileUpload) -> int:
        """Note that a file arrived whole, if it did, and return how many bytes of it there are."""
        file, arrival = upload.file, upload.arrival
        if arrival is None:
            return upload.received
        if arrival.size < file.size:
            arrival.keep()
            return arrival.size
        try:
            with self.limit.attempt(upload.actor):
                self.session_files.accept(upload.actor, upload.session_id, file, arrival.finish())
        except StagedContentNotFound:
            raise self.cut_off(upload) from None
        return file.size

    def cut_off(self, upload: FileUpload) -> WrongOffset:
        """Return what to answer a request whose file another one goes on with."""
        return WrongOffset(self.offset(upload.actor, upload.session_id, upload.file.filename))

    def _file(
        self, actor: Actor, session_id: UploadSessionId, filename: str, *, must_be_live: bool = False
    ) -> SessionFile:
        with self.open_snapshot() as snapshot:
            session = permitted_session(snapshot, actor, session_id)
        file = session.file(filename)
        if file is None:
            raise FileNotFound(filename)
        if must_be_live:
            session.require_live(self.clock.now())
        return file

    def _resumed(self, file: SessionFile) -> Arrival | None:
        if file.identifier is None:
            return None
        try:
            return self.staging.resume(file.identifier)
        except StagedContentNotFound:
            return None
        except ConcurrentChange:
            # Another request begins to send at this very moment: it goes on, this one may ask again.
            raise WrongOffset(self.session_files.offset(file)) from None

    def _begun(self, actor: Actor, session_id: UploadSessionId, file: SessionFile) -> Arrival | None:
        """Return an arrival without bytes, ``None`` where another request has one or finished it."""
        if file.identifier and self.staging.size_of(file.identifier) is not None:
            return None
        arrival = self.staging.begin()
        try:
            with self.open_unit_of_work(actor) as uow:
                session = permitted_session(uow, actor, session_id)
                session.require_live(self.clock.now())
                if session.file(file.filename) != file:
                    arrival.discard()
                    return None
                uow.upload_sessions.update_file(session_id, replace(file, identifier=arrival.identifier))
                uow.commit()
        except BaseException:
            arrival.discard()
            raise
        return arrival


@dataclass(frozen=True, eq=False)
class FileUpload:
    """
    Takes the bytes of one file; not safe to use from two threads at once.

    What was appended may be lost with this process until it is closed.
    """

    receiving: ReceiveBytes
    actor: Actor
    session_id: UploadSessionId
    file: SessionFile
    arrival: Arrival | None

    @property
    def received(self) -> int:
        """How many bytes of the file have arrived."""
        return self.file.size if self.arrival is None else self.arrival.size

    def require_room(self, size: int) -> None:
        """
        Refuse *size* more bytes unless they were declared.

        Raises:
            LongerThanDeclared: They were not.
        """
        if self.received + size > self.file.size:
            raise LongerThanDeclared(self.file.filename, self.file.size)

    def append(self, chunk: bytes) -> None:
        """
        Take the next bytes, which are kept whatever follows.

        Raises:
            LongerThanDeclared: They are more than was declared; those that were are kept.
            WrongOffset: Another request sends to the file now.
        """
        declared = chunk[: self.file.size - self.received]
        if self.arrival is not None and declared:
            try:
                self.arrival.append(declared)
            except StagedContentNotFound:
                raise self.receiving.cut_off(self) from None
        self.require_room(len(chunk) - len(declared))

    def close(self) -> int:
        """
        Note that no more comes, and return how many bytes of the file have arrived.

        Raises:
            DigestMismatch: Now that all are there they are not those declared; it begins again at 0.
            WrongOffset: Another request sends to the file now.
            UploadSessionClosed: The session is closed.
        """
        return self.receiving.close(self)
