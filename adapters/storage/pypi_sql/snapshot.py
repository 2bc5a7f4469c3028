"""Everything about one index as of one moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, select

from pypi_core.domain.indexes import IndexName
from pypi_core.errors import IndexNotFound
from pypi_sql.accounts import SqlAccounts
from pypi_sql.documentation import SqlDocumentation
from pypi_sql.files import SqlFiles
from pypi_sql.indexes import index_record
from pypi_sql.journal import SqlJournal
from pypi_sql.memberships import SqlMemberships
from pypi_sql.projects import SqlProjects
from pypi_sql.releases import SqlReleases
from pypi_sql.tables import indexes
from pypi_sql.upload_sessions import SqlUploadSessions

if TYPE_CHECKING:
    from pypi_core.ports.persistence import Snapshot

_BY_NAME = select(indexes).where(indexes.c.name == bindparam("called"))


class SqlSnapshot:
    """
    The rows of the index *name*, in the transaction of *connection*.

    Raises:
        IndexNotFound: There is no such index.
    """

    def __init__(self, connection: Connection, name: IndexName) -> None:
        # The first statement fixes the moment that the transaction sees.
        row = connection.execute(_BY_NAME, {"called": name}).one_or_none()
        if row is None:
            raise IndexNotFound(name)
        self.record = index_record(row)
        self.projects = SqlProjects(connection, row.id)
        self.releases = SqlReleases(connection, row.id)
        self.files = SqlFiles(connection, row.id)
        self.documentation = SqlDocumentation(connection, row.id)
        self.memberships = SqlMemberships(connection, row.id)
        self.accounts = SqlAccounts(connection)
        self.journal = SqlJournal(connection, row.id)
        self.upload_sessions = SqlUploadSessions(connection, row.id)
        self._connection = connection
        self._index_id: int = row.id


if TYPE_CHECKING:
    _: type[Snapshot] = SqlSnapshot
