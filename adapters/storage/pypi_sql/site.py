"""The rows that span indexes, read and changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from pypi_core.domain.accounts import Actor
from pypi_core.domain.audit import audit_entries
from pypi_core.domain.site_events import SiteEvent
from pypi_core.ports.environment import Clock
from pypi_sql.accounts import SqlAccounts, SqlTokens
from pypi_sql.audit import put_entries
from pypi_sql.changes import count_access_change
from pypi_sql.email_addresses import SqlEmailAddresses
from pypi_sql.engine import commit
from pypi_sql.indexes import SqlIndexes
from pypi_sql.references import SqlReferences
from pypi_sql.second_factors import SqlOneTimeSecrets, SqlSecondFactors
from pypi_sql.tables import site_state
from pypi_sql.web_sessions import SqlWebSessions

if TYPE_CHECKING:
    from pypi_core.ports.accounts import SiteSnapshot, SiteUnitOfWork

_FIRST = select(site_state.c.id)
# On PostgreSQL writers wait for each other here; SQLite has one writer at a time anyway.
_FIRST_TO_WRITE = _FIRST.with_for_update()


class SqlSiteSnapshot:
    """Everything that spans indexes, as of one moment."""

    def __init__(self, connection: Connection) -> None:
        # The first statement fixes the moment that the transaction sees.
        connection.execute(_FIRST).all()
        self.accounts = SqlAccounts(connection)
        self.tokens = SqlTokens(connection)
        self.indexes = SqlIndexes(connection)
        self.web_sessions = SqlWebSessions(connection)
        self.second_factors = SqlSecondFactors(connection)
        self.one_time_secrets = SqlOneTimeSecrets(connection)
        self.email_addresses = SqlEmailAddresses(connection)
        self.references = SqlReferences(connection)


class SqlSiteUnitOfWork:
    """One transaction on what spans indexes, in the name of *actor*."""

    def __init__(self, connection: Connection, actor: Actor, clock: Clock) -> None:
        connection.execute(_FIRST_TO_WRITE).all()
        self.accounts = SqlAccounts(connection)
        self.tokens = SqlTokens(connection)
        self.indexes = SqlIndexes(connection)
        self.web_sessions = SqlWebSessions(connection)
        self.second_factors = SqlSecondFactors(connection)
        self.one_time_secrets = SqlOneTimeSecrets(connection)
        self.email_addresses = SqlEmailAddresses(connection)
        self._connection = connection
        self._actor = actor
        self._clock = clock
        self._events: list[SiteEvent] = []
        self._was_committed = False

    def record_event(self, event: SiteEvent) -> None:
        self._events.append(event)

    def commit(self) -> None:
        if self._was_committed:
            raise AssertionError("this unit of work was committed already: open another one")
        self._was_committed = True
        put_entries(self._connection, audit_entries(self._events, self._actor, self._clock.now()))
        count_access_change(self._connection)
        commit(self._connection)


if TYPE_CHECKING:
    _: tuple[type[SiteSnapshot], type[SiteUnitOfWork]] = (SqlSiteSnapshot, SqlSiteUnitOfWork)
