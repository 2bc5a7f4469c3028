"""
Hearing on PostgreSQL that something was committed.

A notification makes waiting shorter and nothing true: it may be lost with its connection, and comes after
the commit it tells of.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func

from pypi_sql import postgresql_server
from pypi_sql.engine import Connections

if TYPE_CHECKING:
    from pypi_sql.postgresql_connection import BoundedConnection

_CHANNEL = "pypi_changes"
LISTEN = f"LISTEN {_CHANNEL}"
NOTIFY: ColumnElement[None] = func.pg_notify(_CHANNEL, "")
"""To be returned by a statement of the transaction to tell of."""


class Notifications:
    """Lets a thread wait until something may have been committed."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._connection: BoundedConnection | None = None

    def wait(self, seconds: float) -> bool:
        """
        Wait for a notification, *seconds* at the longest; return whether to look at what is stored.

        Where none can be heard, the time passes and it is always worth a look.
        """
        import psycopg

        try:
            if self._connection is None:
                self._connection = postgresql_server.connect_apart(
                    self._connections.engine, self._connections.limits
                )
                self._connection.execute(LISTEN)
                # What was committed before was not heard.
                return True
            return any(True for _ in self._connection.notifies(timeout=seconds, stop_after=1))
        except psycopg.Error:
            self.close()
            time.sleep(seconds)
            return True

    def close(self) -> None:
        """Give the connection back; waiting again makes another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
