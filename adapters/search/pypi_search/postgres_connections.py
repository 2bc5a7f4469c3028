"""A few connections to PostgreSQL for searching alone."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import BoundedSemaphore, Lock
from typing import Final, TypeVar

import psycopg
from psycopg import Connection, Cursor, errors

from pypi_core.errors import Unavailable
from pypi_search.documents import NOT_NOW

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

_ATTEMPTS: Final = 3
# What to do again: the tables were replaced by others meanwhile, or two transactions waited for each other.
_PASSING: Final = (errors.UndefinedTable, errors.DeadlockDetected, errors.SerializationFailure)


class PostgresConnections:
    """
    Run transactions in the database at *url*, from any thread; nothing is connected before.

    There are at most *most* connections; another thread waits *patience* seconds for one.  They are made
    within *connect_seconds*, and no statement takes longer than *statement_seconds*.
    """

    def __init__(
        self,
        url: str,
        *,
        most: int = 4,
        patience: float = 10,
        connect_seconds: int = 5,
        statement_seconds: int = 30,
    ) -> None:
        # SQLAlchemy may name the driver there, which libpq does not know.
        self._url = url.replace("+psycopg:", ":", 1)
        self._patience = patience
        self._connect_seconds = connect_seconds
        self._options = f"-c statement_timeout={statement_seconds * 1000} -c jit=off"
        self._places = BoundedSemaphore(most)
        self._idle: list[Connection] = []
        self._lock = Lock()

    def run(self, operation: Callable[[Cursor], _Result]) -> _Result:
        """
        Return what *operation* returns in a transaction of its own, which is committed.

        It is done again where another transaction was in the way.

        Raises:
            Unavailable: The database does not answer, or refuses.
        """
        if not self._places.acquire(timeout=self._patience):
            raise Unavailable(NOT_NOW)
        try:
            return self._try(operation)
        except psycopg.Error as error:
            # Of several lines the first one says what is wrong; the others may quote a query.
            said = str(error).partition("\n")[0]
            _log.error("The search in PostgreSQL cannot be used (%s): check search.url, or database.", said)
            raise Unavailable(NOT_NOW) from error
        finally:
            self._places.release()

    def require(self) -> None:
        """
        Make sure that the database can be reached and lets us in.

        Raises:
            Unavailable: It cannot be used, in a sentence for its operator.
        """
        try:
            self._connect().close()
        except psycopg.Error as error:
            said = str(error)
            if "authentication failed" in said or "does not exist" in said or "no password" in said:
                raise Unavailable(
                    "PostgreSQL refuses the login of the search: check the user name, the password and the "
                    "database in search.url, or database."
                ) from error
            raise Unavailable(
                "The search in PostgreSQL cannot be reached: check that it runs, and search.url, or database."
            ) from error

    def close(self) -> None:
        """Close all connections; the next transaction makes one again."""
        with self._lock:
            idle, self._idle = self._idle, []
        for each in idle:
            each.close()

    def _try(self, operation: Callable[[Cursor], _Result]) -> _Result:
        attempt = 1
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            was_idle = connection is not None
            try:
                return self._attempt(connection or self._connect(), operation)
            except (*_PASSING, psycopg.OperationalError) as error:
                is_passing = isinstance(error, _PASSING)
                if not is_passing:
                    # The server was restarted since this one was last used: so are the others.
                    self.close()
                if attempt == _ATTEMPTS or not (is_passing or was_idle):
                    raise
            attempt += 1

    def _attempt(self, connection: Connection, operation: Callable[[Cursor], _Result]) -> _Result:
        try:
            with connection.transaction(), connection.cursor() as cursor:
                result = operation(cursor)
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._idle.append(connection)
        return result

    def _connect(self) -> Connection:
        return psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=self._connect_seconds,
            options=self._options,
            application_name="pypi-core-search",
            # A query is planned for what it asks.
            prepare_threshold=None,
        )
