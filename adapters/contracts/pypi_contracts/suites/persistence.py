"""The contract of `pypi_core.ports.persistence`."""

from __future__ import annotations

from pypi_contracts.suites.concurrency import ConcurrencyContract
from pypi_contracts.suites.deleting import DeletingContract
from pypi_contracts.suites.documentation import DocumentationContract
from pypi_contracts.suites.files import FilesContract
from pypi_contracts.suites.projects import MembershipsContract, ProjectsContract, SegmentsContract
from pypi_contracts.suites.releases import ReleasesContract
from pypi_contracts.suites.transactions import JournalContract, TransactionsContract
from pypi_contracts.suites.upload_sessions import UploadSessionsContract


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
