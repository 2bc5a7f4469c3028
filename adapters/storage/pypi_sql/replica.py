"""Rows that may be a little old: of a replica of the database, or of the database itself while it fails."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from pypi_core.domain.indexes import IndexName
from pypi_core.errors import ConcurrentChange, IndexNotFound, Unavailable
from pypi_sql.engine import Connections
from pypi_sql.failures import BUSY
from pypi_sql.transactions import SqlSnapshot

if TYPE_CHECKING:
    from pypi_core.ports.transactions import OpenSnapshot

_logger = logging.getLogger(__name__)

_AVOIDED_SECONDS = 10.0
"""How long a replica that fails is not asked, so that not every request waits for it."""


_Opened = tuple[Connection, SqlSnapshot]


class Replica:
    """
    Opens snapshots of a streaming replica.

    One that cannot be reached is left out for a while, and so is one that does not know the index yet:
    then the database is read.
    """

    def __init__(self, replica: Connections, primary: Connections) -> None:
        self._replica = replica
        self._primary = primary
        self._avoided_until = 0.0

    @contextmanager
    def open_snapshot(self, name: IndexName) -> Iterator[SqlSnapshot]:
        """Open a snapshot of an index as of a moment ago."""
        with self._open(name) as (_, snapshot):
            yield snapshot

    @contextmanager
    def reading(self, name: IndexName) -> Iterator[Connection]:
        """Open a transaction that sees what there is about an index as of a moment ago."""
        with self._open(name) as (connection, _):
            yield connection

    @contextmanager
    def _open(self, name: IndexName) -> Iterator[_Opened]:
        with ExitStack() as opened:
            found = self._from_replica(opened, name)
            if found is None:
                opened.close()
                connection = opened.enter_context(self._primary.reading())
                found = connection, SqlSnapshot(connection, name)
            try:
                yield found
            except ConcurrentChange as error:
                # What it still read was cleared away on the primary.
                raise Unavailable(BUSY) from error

    def _from_replica(self, opened: ExitStack, name: IndexName) -> _Opened | None:
        if time.monotonic() < self._avoided_until:
            return None
        try:
            connection = opened.enter_context(self._replica.reading())
            return connection, SqlSnapshot(connection, name)
        except IndexNotFound:
            return None
        except Unavailable as error:
            self._avoided_until = time.monotonic() + _AVOIDED_SECONDS
            _logger.warning("the replica (setting database_replica) is left out for a while: %s", error)
            return None


if TYPE_CHECKING:

    def _opens(replica: Replica, name: IndexName) -> OpenSnapshot:
        return lambda: replica.open_snapshot(name)
