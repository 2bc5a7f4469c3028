"""The rows that span indexes, read and changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from pypi_sql.accounts import SqlAccounts, SqlTokens
from pypi_sql.changes import count_access_change
from pypi_sql.engine import commit
from pypi_sql.indexes import SqlIndexes
from pypi_sql.references import SqlReferences
from pypi_sql.tables import site_state

if TYPE_CHECKING:
    from pypi_core.ports.accounts import SiteSnapshot, SiteUnitOfWork

_FIRST = select(site_state.c.id)


class SqlSiteSnapshot:
    """Everything that spans indexes, as of one moment."""

    def __init__(self, connection: Connection) -> None:
        # The first statement fixes the moment that the transaction sees.
        connection.execute(_FIRST).all()
        self.accounts = SqlAccounts(connection)
        self.tokens = SqlTokens(connection)
        self.indexes = SqlIndexes(connection)
        self.references = SqlReferences(connection)


class SqlSiteUnitOfWork:
    """One transaction on what spans indexes."""

    def __init__(self, connection: Connection) -> None:
        self.accounts = SqlAccounts(connection)
        self.tokens = SqlTokens(connection)
        self.indexes = SqlIndexes(connection)
        self._connection = connection
        self._was_committed = False

    def commit(self) -> None:
        """Make it happen, once and last."""
        if self._was_committed:
            raise AssertionError("this unit of work was committed already: open another one")
        self._was_committed = True
        count_access_change(self._connection)
        commit(self._connection)


if TYPE_CHECKING:
    _: tuple[type[SiteSnapshot], type[SiteUnitOfWork]] = (SqlSiteSnapshot, SqlSiteUnitOfWork)
