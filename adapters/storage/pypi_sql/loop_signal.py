"""The change signal of PostgreSQL for an event loop, which waits for no answer."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from pypi_core.errors import Unavailable
from pypi_core.ports.changes import Changes, Generation, Position
from pypi_sql import postgresql_server
from pypi_sql.changes import COMMITTED, SqlChangeSignal
from pypi_sql.engine import Connections
from pypi_sql.failures import in_our_words
from pypi_sql.notifications import LISTEN
from pypi_sql.one_in_flight import OneInFlight, Take

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn

    from pypi_sql.postgresql_connection import BoundedConnection

_logger = logging.getLogger(__name__)

_QUERY = b"generation"
_LONGEST_SILENCE = 5.0
"""Seconds between two looks of who waits, while notifications are heard."""
_GLANCE = 0.2
"""The same, while they are not."""


class PostgresqlLoopSignal:
    """
    Asks on one connection, one query at a time, and hears on it that something was committed.

    A query that is sent after a commit returned sees that commit, so its answer holds for every request
    that arrived before it was sent (`OneInFlight`).  A notification comes after the commit: it ends
    waiting early and says nothing about what is stored.  A lost connection is made again by the next
    question.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._shared = OneInFlight(self._ask)
        self._connection: BoundedConnection | None = None
        self._socket = -1
        self._loop: asyncio.AbstractEventLoop | None = None
        self._answer: asyncio.Future[Generation] | None = None
        self._heard = asyncio.Event()

    async def generation(self) -> Generation:
        """
        Return a generation that reflects every commit that returned before the call.

        Raises:
            Unavailable: The database does not answer in ``connect_seconds``.
        """
        return await self._shared.ask()

    def call(self, take: Take[Generation]) -> None:
        """Let *take* have what `generation` would return or raise, without a task."""
        self._shared.call(take)

    async def changes(self, since: Position | None) -> Changes:
        """Return what was committed after *since*, by a connection of the pool; raises as asking does."""
        signal = SqlChangeSignal(self._connections)
        return await asyncio.get_running_loop().run_in_executor(None, signal.changes, since)

    async def until_moved(self, seen: Generation, seconds: float) -> None:
        """Wait until the generation is not *seen*, *seconds* at the longest; raises as asking does."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while True:
            # Before asking, or what is committed meanwhile would not be heard.
            heard = self._heard
            if await self.generation() != seen or (left := end - loop.time()) <= 0:
                return
            patience = _LONGEST_SILENCE if self._connection else _GLANCE
            with suppress(TimeoutError):
                await asyncio.wait_for(heard.wait(), min(left, patience))

    def close(self) -> None:
        """Give the connection back; asking again makes another."""
        if self._connection is not None:
            if self._loop is not None and not self._loop.is_closed():
                # A connection that was lost does not tell its socket any more.
                self._loop.remove_reader(self._socket)
            self._connection.close()
            self._connection = None

    async def _ask(self) -> Generation:
        loop = asyncio.get_running_loop()
        seconds = self._connections.limits.connect_seconds
        try:
            async with asyncio.timeout(seconds):
                connection = await self._connected(loop)
                self._answer = loop.create_future()
                connection.send_query_prepared(_QUERY, [])
                connection.flush()
                return await self._answer
        except TimeoutError as error:
            self._lose()
            raise Unavailable(
                f"The database did not answer within {seconds} s (`postgresql.connect_seconds`): "
                "try again in a moment."
            ) from error
        except Exception as error:
            self._lose()
            raise in_our_words(error) from error
        finally:
            self._answer = None

    async def _connected(self, loop: asyncio.AbstractEventLoop) -> PGconn:
        if self._loop is not loop:
            self.close()
            self._loop = loop
        if self._connection is None:
            connecting = loop.run_in_executor(None, self._connect)
            try:
                self._connection = await asyncio.shield(connecting)
            except asyncio.CancelledError:
                connecting.add_done_callback(_close_late)
                raise
            self._socket = self._connection.pgconn.socket
            loop.add_reader(self._socket, self._read)
        return self._connection.pgconn

    def _connect(self) -> BoundedConnection:
        made = postgresql_server.connect_apart(self._connections.engine, self._connections.limits)
        query = str(COMMITTED.compile(self._connections.engine, compile_kwargs={"literal_binds": True}))
        try:
            made.execute(LISTEN)
            made.pgconn.prepare(_QUERY, query.encode())
        except BaseException:
            made.close()
            raise
        made.pgconn.nonblocking = 1
        return made

    def _read(self) -> None:
        """Take in what has arrived: an answer, notifications, or the end of the connection."""
        if self._connection is None:
            return
        connection = self._connection.pgconn
        try:
            connection.consume_input()
            while not connection.is_busy() and (result := connection.get_result()) is not None:
                value = result.get_value(0, 0) if result.ntuples else None
                if value is None:
                    raise ConnectionError(result.get_error_message())
                if self._answer is not None and not self._answer.done():
                    self._answer.set_result(Generation(int(value)))
            was_told = False
            while connection.notifies() is not None:
                was_told = True
        except Exception as error:
            self._lose()
            if self._answer is not None and not self._answer.done():
                self._answer.set_exception(error)
            return
        if was_told:
            self._wake()

    def _lose(self) -> None:
        if self._connection is not None:
            _logger.warning("the connection that tells of changes is lost; the next request makes another")
        self.close()
        self._wake()

    def _wake(self) -> None:
        self._heard.set()
        self._heard = asyncio.Event()


def _close_late(connecting: asyncio.Future[BoundedConnection]) -> None:
    """Close a connection that was made after nobody waited for it any more."""
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result().close()
