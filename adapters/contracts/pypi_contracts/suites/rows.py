"""What the suites of the row ports share: the database under test and rows to put into it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import pytest
from packaging.version import Version

from pypi_contracts.permits import BY_OPERATOR
from pypi_core.domain.accounts import OPERATOR, Account, Actor
from pypi_core.domain.digests import digests_of
from pypi_core.domain.entities import File, Project, Release
from pypi_core.domain.events import FilePublished, ProjectCreated, ReleaseCreated
from pypi_core.domain.filenames import FileType, parse_filename
from pypi_core.domain.indexes import IndexName, IndexSettings
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import DisplayName, normalize
from pypi_core.errors import ConcurrentChange
from pypi_core.ports.accounts import OpenSiteSnapshot, OpenSiteUnitOfWork
from pypi_core.ports.audit import AuditLog
from pypi_core.ports.changes import ChangeSignal
from pypi_core.ports.condemned_blobs import CondemnedBlobs
from pypi_core.ports.dependencies import Dependencies
from pypi_core.ports.download_counts import DownloadBatches, DownloadCounts
from pypi_core.ports.files import NewFile
from pypi_core.ports.outbox import Outbox
from pypi_core.ports.pages import Pages
from pypi_core.ports.periodic_work import PeriodicWork
from pypi_core.ports.rate_limits import RateLimiter
from pypi_core.ports.transactions import OpenSnapshot, OpenUnitOfWork, UnitOfWork
from pypi_core.ports.web_sessions import Sightings
from pypi_memory.environment import FixedClock

FIRST = IndexName("first")
SECOND = IndexName("second")

_T = TypeVar("_T")


class IndexPorts(Protocol):
    """The row ports of one index."""

    @property
    def open_snapshot(self) -> OpenSnapshot:
        """Opens snapshots."""
        ...

    @property
    def open_unit_of_work(self) -> OpenUnitOfWork:
        """Opens units of work."""
        ...

    @property
    def pages(self) -> Pages:
        """The rendered pages."""
        ...

    @property
    def download_counts(self) -> DownloadCounts:
        """The downloads that were added up."""
        ...

    @property
    def dependencies(self) -> Dependencies:
        """Which projects require which."""
        ...


class Database(Protocol):
    """All row ports over one stored state."""

    def index(self, name: IndexName) -> IndexPorts:
        """Return the ports of an index; one that is not there fails here or when it is opened."""
        ...

    @property
    def open_site_snapshot(self) -> OpenSiteSnapshot:
        """Opens snapshots of the site."""
        ...

    @property
    def open_site_unit_of_work(self) -> OpenSiteUnitOfWork:
        """Opens units of work on the site."""
        ...

    @property
    def outbox(self) -> Outbox:
        """The outbox of all indexes."""
        ...

    @property
    def periodic_work(self) -> PeriodicWork:
        """When what comes back is due."""
        ...

    @property
    def download_batches(self) -> DownloadBatches:
        """The downloads of all indexes that are to be added up."""
        ...

    @property
    def audit_log(self) -> AuditLog:
        """The audit log of everything stored."""
        ...

    @property
    def rate_limiter(self) -> RateLimiter:
        """The counts of what has a limit."""
        ...

    @property
    def sightings(self) -> Sightings:
        """When sessions and tokens were last used."""
        ...

    @property
    def condemned_blobs(self) -> CondemnedBlobs:
        """The stored objects of all indexes that are about to be deleted."""
        ...

    @property
    def change_signal(self) -> ChangeSignal:
        """The signal of everything stored."""
        ...


class RowsContract:
    """Give a suite its database; an adapter's test class overrides `database` alone."""

    @pytest.fixture
    def clock(self) -> FixedClock:
        """Return the clock of the test; it stands still."""
        return FixedClock()

    @pytest.fixture
    def database(self, clock: FixedClock) -> Database:
        """Return an empty database, without any account or index, whose time is that of *clock*."""
        raise NotImplementedError("the test class of the adapter provides this fixture")

    @pytest.fixture
    def index(self, database: Database) -> IndexPorts:
        """Return an empty index of the database."""
        return add_index(database, FIRST)


def add_index(database: Database, name: IndexName, settings: IndexSettings | None = None) -> IndexPorts:
    """Create an index in a transaction of its own."""
    with database.open_site_unit_of_work(BY_OPERATOR) as uow:
        uow.indexes.add(name, settings or IndexSettings())
        uow.commit()
    return database.index(name)


def add_account(database: Database, clock: FixedClock, username: str = "ann") -> Account:
    """Create an account in a transaction of its own."""
    with database.open_site_unit_of_work(BY_OPERATOR) as uow:
        account = uow.accounts.add(username, f"hash of {username}", clock.now(), is_administrator=False)
        uow.commit()
    return account


def new_file(filename: str, content: bytes | None = None) -> NewFile:
    """Return a file to add, different from any of another name; without *content* its bytes are its name."""
    parsed = parse_filename(filename)
    content = filename.encode() if content is None else content
    return NewFile(
        filename=filename,
        filetype=parsed.filetype,
        python_version=parsed.python_version,
        size=len(content),
        digests=digests_of(content),
        uploaded=FixedClock().now(),
        requires_python=">=3.9",
        metadata_sha256="5a" * 32 if parsed.filetype is FileType.WHEEL else None,
        comment="made for a test",
        sboms=("bom.cdx.json", "parts/other.spdx.json"),
        modules=("other", "sample"),
    )


def add_project(uow: UnitOfWork, name: str) -> Project:
    """Add a project to a transaction, with its event."""
    display_name = DisplayName(name)
    project = uow.projects.add(normalize(display_name), display_name, FixedClock().now())
    uow.record_event(ProjectCreated(project=display_name))
    return project


def add_release(uow: UnitOfWork, project: Project, version: str) -> Release:
    """Add a release to a transaction, with its event."""
    metadata = CoreMetadata(summary=f"{project.name} {version}")
    release = uow.releases.add(project.id, Version(version), metadata, FixedClock().now())
    uow.record_event(ReleaseCreated(project=project.display_name, version=release.version))
    return release


def add_file(uow: UnitOfWork, filename: str, content: bytes | None = None) -> File:
    """Add a file to a transaction, with its event, and the project and release it lacks."""
    parsed = parse_filename(filename)
    project = uow.projects.find(parsed.name) or add_project(uow, parsed.name)
    release = uow.releases.find(project.id, parsed.version) or add_release(uow, project, str(parsed.version))
    file = uow.files.add(release, new_file(filename, content))
    uow.record_event(
        FilePublished(
            project=project.display_name,
            version=release.version,
            filename=filename,
            python_version=file.python_version,
        )
    )
    return file


def create_project(index: IndexPorts, name: str, actor: Actor = OPERATOR) -> Project:
    """Create a project in a transaction of its own, with one event."""
    with index.open_unit_of_work(actor) as uow:
        project = add_project(uow, name)
        uow.commit()
    return project


def publish(index: IndexPorts, filename: str, content: bytes | None = None) -> File:
    """Publish a file in a transaction of its own; the first of a project takes three serials."""
    with index.open_unit_of_work(OPERATOR) as uow:
        file = add_file(uow, filename, content)
        uow.commit()
    return file


def until_it_passes(work: Callable[[], _T]) -> _T:
    """Do *work*, again whenever another transaction was in its way."""
    while True:
        try:
            return work()
        except ConcurrentChange:
            continue
