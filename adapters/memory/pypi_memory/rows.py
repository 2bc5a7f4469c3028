"""What is stored, and how one commit replaces it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import msgspec
from msgspec.structs import replace

from pypi_core.domain.accounts import Account, AccountId, Invitation, Role, Token, TokenId
from pypi_core.domain.audit import KeptEntry
from pypi_core.domain.blob_keys import BlobKey
from pypi_core.domain.condemned_blobs import CondemnedBlob
from pypi_core.domain.documentation import (
    DocumentationId,
    DocumentationPage,
    DocumentationSet,
)
from pypi_core.domain.entities import Change, File, Project, ProjectId, Release, ReleaseId, Serial
from pypi_core.domain.indexes import IndexName, IndexRecord
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.one_time_secrets import OneTimeSecret
from pypi_core.domain.second_factors import SecondFactor
from pypi_core.domain.upload_sessions import UploadSession, UploadSessionId
from pypi_core.domain.web_sessions import WebSession, WebSessionId
from pypi_core.errors import IndexNotFound
from pypi_core.ports.environment import Clock


class IndexRows(msgspec.Struct, kw_only=True):
    """The rows of one index; once they are committed nobody changes them, a writer changes a copy."""

    record: IndexRecord
    projects: dict[ProjectId, Project] = msgspec.field(default_factory=dict)
    project_ids: dict[NormalizedName, ProjectId] = msgspec.field(default_factory=dict)
    segments: dict[int, Serial] = msgspec.field(default_factory=dict)
    releases: dict[ReleaseId, Release] = msgspec.field(default_factory=dict)
    metadata: dict[ReleaseId, CoreMetadata] = msgspec.field(default_factory=dict)
    files: dict[str, File] = msgspec.field(default_factory=dict)
    used_filenames: set[str] = msgspec.field(default_factory=set)
    documentation: dict[DocumentationId, DocumentationSet] = msgspec.field(default_factory=dict)
    documentation_pages: dict[DocumentationId, Mapping[str, DocumentationPage]] = msgspec.field(
        default_factory=dict
    )
    roles: dict[ProjectId, Mapping[AccountId, Role]] = msgspec.field(default_factory=dict)
    invitations: dict[ProjectId, Mapping[AccountId, Invitation]] = msgspec.field(default_factory=dict)
    journal: tuple[Change, ...] = ()
    upload_sessions: dict[UploadSessionId, UploadSession] = msgspec.field(default_factory=dict)

    @property
    def last_serial(self) -> Serial:
        """The serial of the newest journal entry."""
        return Serial(len(self.journal))

    def copy(self) -> IndexRows:
        """Return rows that can be changed without changing these."""
        return replace(
            self,
            projects=self.projects.copy(),
            project_ids=self.project_ids.copy(),
            segments=self.segments.copy(),
            releases=self.releases.copy(),
            metadata=self.metadata.copy(),
            files=self.files.copy(),
            used_filenames=self.used_filenames.copy(),
            documentation=self.documentation.copy(),
            documentation_pages=self.documentation_pages.copy(),
            roles=self.roles.copy(),
            invitations=self.invitations.copy(),
            upload_sessions=self.upload_sessions.copy(),
        )


class Rows(msgspec.Struct, kw_only=True):
    """All rows; once they are committed nobody changes them, a writer changes a copy."""

    accounts: dict[AccountId, Account] = msgspec.field(default_factory=dict)
    tokens: dict[TokenId, Token] = msgspec.field(default_factory=dict)
    web_sessions: dict[WebSessionId, WebSession] = msgspec.field(default_factory=dict)
    second_factors: dict[AccountId, SecondFactor] = msgspec.field(default_factory=dict)
    one_time_secrets: dict[str, OneTimeSecret] = msgspec.field(default_factory=dict)
    email_addresses: dict[AccountId, str] = msgspec.field(default_factory=dict)
    indexes: dict[IndexName, IndexRows] = msgspec.field(default_factory=dict)
    audit_log: tuple[KeptEntry, ...] = ()
    rate_counts: dict[tuple[str, str], datetime] = msgspec.field(default_factory=dict)
    condemned_blobs: dict[BlobKey, CondemnedBlob] = msgspec.field(default_factory=dict)

    def index(self, name: IndexName) -> IndexRows:
        """
        Return the rows of an index.

        Raises:
            IndexNotFound: There is none of that name.
        """
        if name not in self.indexes:
            raise IndexNotFound(name)
        return self.indexes[name]

    def copy(self) -> Rows:
        """Return rows that can be changed without changing these; those of an index are still shared."""
        return replace(
            self,
            accounts=self.accounts.copy(),
            tokens=self.tokens.copy(),
            web_sessions=self.web_sessions.copy(),
            second_factors=self.second_factors.copy(),
            one_time_secrets=self.one_time_secrets.copy(),
            email_addresses=self.email_addresses.copy(),
            indexes=self.indexes.copy(),
            rate_counts=self.rate_counts.copy(),
            condemned_blobs=self.condemned_blobs.copy(),
        )


class Storage:
    """Holds the committed rows; writers exclude each other, readers wait for nobody."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.ids = itertools.count(1)
        self._committed = Rows()
        self._generation = 0
        self._lock = threading.Lock()
        self._writer: int | None = None

    @property
    def committed(self) -> Rows:
        """What the newest commit left."""
        return self._committed

    @property
    def generation(self) -> int:
        """How many commits there were."""
        return self._generation

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep other writers out while the block runs."""
        if self._writer == threading.get_ident():
            raise AssertionError("a unit of work is open in this thread: they are never nested")
        with self._lock:
            self._writer = threading.get_ident()
            try:
                yield
            finally:
                self._writer = None

    def commit(self, rows: Rows, *, is_seen_by_readers: bool = True) -> None:
        """Put *rows* in place of what was committed."""
        self._committed = rows
        # Last: who sees the new generation must find the new rows.
        self._generation += is_seen_by_readers
