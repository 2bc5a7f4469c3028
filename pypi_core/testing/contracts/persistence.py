"""The contract of `pypi_core.ports.persistence`."""

from __future__ import annotations

from pypi_core.testing.contracts.concurrency import ConcurrencyContract
from pypi_core.testing.contracts.deleting import DeletingContract
from pypi_core.testing.contracts.documentation import DocumentationContract
from pypi_core.testing.contracts.files import FilesContract
from pypi_core.testing.contracts.projects import MembershipsContract, ProjectsContract, SegmentsContract
from pypi_core.testing.contracts.releases import ReleasesContract
from pypi_core.testing.contracts.transactions import JournalContract, TransactionsContract
from pypi_core.testing.contracts.upload_sessions import UploadSessionsContract


class PersistenceContract(
    ProjectsContract,
    SegmentsContract,
    MembershipsContract,
    ReleasesContract,
    FilesContract,
    DeletingContract,
    DocumentationContract,
    UploadSessionsContract,
    TransactionsContract,
    JournalContract,
    ConcurrencyContract,
):
    """
    All that an adapter of the row ports of one index must do.

    Subclass it with the fixture ``database`` of `RowsContract`.
    """
