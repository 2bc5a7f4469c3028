"""All contracts of the rows of one index (`pypi_core.ports.transactions`)."""

from __future__ import annotations

from pypi_contracts.suites.concurrency import ConcurrencyContract
from pypi_contracts.suites.deleting import DeletingContract
from pypi_contracts.suites.documentation import DocumentationContract
from pypi_contracts.suites.files import FilesContract
from pypi_contracts.suites.journal import JournalContract
from pypi_contracts.suites.memberships import MembershipsContract
from pypi_contracts.suites.projects import ProjectsContract, SegmentsContract
from pypi_contracts.suites.releases import ReleasesContract
from pypi_contracts.suites.transactions import TransactionsContract
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
