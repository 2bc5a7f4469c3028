"""Connections of psycopg that give a server up which does not answer."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg

_T = TypeVar("_T")

_GRACE = 2.0
"""Seconds that the server has longer than for a statement: it tells better than we what took so long."""


class BoundedConnection(psycopg.Connection[Any]):
    """
    A connection on which no answer is waited for longer than the server may take for one.

    A server that hangs cannot cancel its own statements, and its system goes on acknowledging
    what is sent to it.
    """

    patience: float | None = None
    """Seconds until the server is given up and the connection with it; ``None`` waits for ever."""

    def wait(self, gen: Generator[Any, Any, _T], *args: Any, **kwargs: Any) -> _T:
        """Wait as psycopg does, for as long as there is patience."""
        if self.patience is None:
            return super().wait(gen, *args, **kwargs)
        return super().wait(self._within(gen, time.monotonic() + self.patience), *args, **kwargs)

    def _within(self, gen: Generator[Any, Any, _T], end: float) -> Generator[Any, Any, _T]:
        try:
            awaited = next(gen)
            while True:
                # While nothing happens, psycopg says so ten times a second.
                ready = yield awaited
                if not ready and time.monotonic() > end:
                    self.pgconn.finish()
                    raise psycopg.OperationalError("no answer due to statement timeout: connection given up")
                awaited = gen.send(ready)
        except StopIteration as stop:
            result: _T = stop.value
            return result


def connect(statement_seconds: float, **parameters: Any) -> BoundedConnection:
    """Connect as psycopg does, with patience for statements of so many seconds."""
    connection = BoundedConnection.connect(**parameters)
    connection.patience = statement_seconds + _GRACE
    return connection
