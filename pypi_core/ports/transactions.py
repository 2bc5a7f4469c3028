"""
The rows of one index: read from a snapshot, changed by a unit of work.

Both are bound to one index, so nothing here names it.  Neither is safe to use from two
threads; each is opened, used and left by one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from pypi_core.domain.accounts import Actor
from pypi_core.domain.blob_keys import BlobKey
from pypi_core.domain.entities import Serial
from pypi_core.domain.events import Event
from pypi_core.domain.indexes import IndexRecord
from pypi_core.ports.accounts import AccountReader
from pypi_core.ports.documentation import Documentation, DocumentationReader
from pypi_core.ports.files import FileReader, Files
from pypi_core.ports.journal import JournalReader
from pypi_core.ports.memberships import MembershipReader, Memberships
from pypi_core.ports.projects import ProjectReader, Projects
from pypi_core.ports.rate_limits import RateCounts
from pypi_core.ports.releases import ReleaseReader, Releases
from pypi_core.ports.upload_sessions import UploadSessionReader, UploadSessions


class Snapshot(Protocol):
    """
    All rows as of one moment: what is read twice is the same.

    The moment is that of entering the block, however late a row is read.  A snapshot waits for
    no writer, and no writer waits for it.
    """

    @property
    def record(self) -> IndexRecord:
        """The index's name and settings."""
        ...

    @property
    def projects(self) -> ProjectReader:
        """The projects."""
        ...

    @property
    def releases(self) -> ReleaseReader:
        """The releases."""
        ...

    @property
    def files(self) -> FileReader:
        """The files."""
        ...

    @property
    def documentation(self) -> DocumentationReader:
        """The documentation of releases."""
        ...

    @property
    def memberships(self) -> MembershipReader:
        """The roles."""
        ...

    @property
    def accounts(self) -> AccountReader:
        """The accounts, which all indexes share."""
        ...

    @property
    def journal(self) -> JournalReader:
        """The journal."""
        ...

    @property
    def upload_sessions(self) -> UploadSessionReader:
        """The upload sessions."""
        ...


OpenSnapshot = Callable[[], AbstractContextManager[Snapshot]]
"""Opens a snapshot as of now; leaving the block lets it go."""


class UnitOfWork(Snapshot, Protocol):
    """
    One transaction on one index.

    Leaving the block without `commit` rolls everything back.  It reads its own changes and whatever
    others committed before it began; the journal is as before this transaction.  Being a `Snapshot`,
    it serves every step that only reads.

    Who waits for whom: two that change the same row wait for each other, and the second one goes on
    from what the first committed or is refused (`ConcurrentChange`, or the error of the method that
    adds).  From taking its serial to its end `commit` keeps other commits on this index waiting.
    A backend may let writers wait for each other earlier, even from the beginning, and one that does
    not may show in a later look what another committed meanwhile.  So decide on a row that you change,
    or on one that the database keeps unique, and do nothing slow inside.
    """

    @property
    def projects(self) -> Projects:
        """The projects."""
        ...

    @property
    def releases(self) -> Releases:
        """The releases."""
        ...

    @property
    def files(self) -> Files:
        """The files."""
        ...

    @property
    def documentation(self) -> Documentation:
        """The documentation of releases."""
        ...

    @property
    def memberships(self) -> Memberships:
        """The roles."""
        ...

    @property
    def upload_sessions(self) -> UploadSessions:
        """The upload sessions."""
        ...

    @property
    def rate_counts(self) -> RateCounts:
        """What limits count; what is taken here is taken when this commits."""
        ...

    def record_event(self, event: Event) -> None:
        """Note what this transaction makes happen; nothing is written before `commit`."""
        ...

    def claim_blobs(self, keys: Collection[BlobKey], put: datetime) -> None:
        """
        Save stored objects from the sweep, since a row of this transaction points at them.

        Each was put at *put* or later.  Call it before adding the row.

        Raises:
            ConcurrentChange: The sweep deletes one of them, or did so since: put the bytes again first.
        """
        ...

    def commit(self) -> Serial:
        """
        Make it happen: once per unit of work, and the last thing done in it.

        Writes the reactions to the outbox, then takes one serial for each public event (in the
        order in which transactions commit), writes the journal, and gives the last serial
        to the projects concerned and their segments.  Each event, public or not, is also an entry
        of the audit log (`pypi_core.ports.audit`), in the same transaction.  Returns the last serial taken,
        or the newest one when no public event was recorded.  What is read afterwards in the same block
        bears the new serials.

        Raises:
            ConcurrentChange: Another transaction was in the way; the same work may be tried again.
        """
        ...


OpenUnitOfWork = Callable[[Actor], AbstractContextManager[UnitOfWork]]
"""Opens a unit of work in the name of an actor, whom journal and audit log name."""
