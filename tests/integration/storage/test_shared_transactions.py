"""Threads that write at the same time share a transaction, and none spoils it for another."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from pypi_core.errors import PackageIndexError, Unavailable
from pypi_sql.engine import Connections
from pypi_sql.shared_transactions import SharedTransactions

WRITERS = 8


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "index.sqlite"


@pytest.fixture
def connections(file: Path) -> Iterator[Connections]:
    connections = Connections(f"sqlite:///{file}")
    with connections.writing() as connection:
        connection.execute(text("CREATE TABLE kept (number INTEGER PRIMARY KEY)"))
        connection.execute(
            text("CREATE TABLE pointing (at INTEGER REFERENCES kept DEFERRABLE INITIALLY DEFERRED)")
        )
        connection.commit()
    yield connections
    connections.engine.dispose()


class Writers:
    """Threads of which the first writes until all others wait for their turn."""

    def __init__(self, connections: Connections, file: Path) -> None:
        self._shared = SharedTransactions(connections)
        self._file = file
        self._others_wait = threading.Barrier(WRITERS)
        self.seen_before_commit: list[int] = []

    def outcomes(self, *statements: str | None) -> list[object]:
        """Let each thread execute its statement and commit; ``None`` only looks."""
        with ThreadPoolExecutor(WRITERS) as pool:
            return list(pool.map(self._write, range(WRITERS), statements))

    def kept(self) -> list[int]:
        """Return the numbers that were committed."""
        with sqlite3.connect(self._file) as connection:
            return [number for (number,) in connection.execute("SELECT number FROM kept ORDER BY number")]

    def _write(self, place: int, statement: str | None) -> object:
        if place:
            self._others_wait.wait()
        try:
            with self._shared.writing() as (connection, commit):
                if place == 0:
                    self._others_wait.wait()
                    # The others ask for a turn at this moment.
                    while self._shared._waiting < WRITERS - 1:
                        threading.Event().wait(0.001)
                if statement is None:
                    connection.execute(text("SELECT count(*) FROM kept")).one()
                    return "looked"
                connection.execute(text(statement))
                self.seen_before_commit += self.kept()
                commit(connection)
        except PackageIndexError as error:
            return error
        return "committed"


@pytest.fixture
def writers(connections: Connections, file: Path) -> Writers:
    return Writers(connections, file)


def adding(number: int) -> str:
    return f"INSERT INTO kept VALUES ({number})"


def test_writers_who_wait_are_committed_together(writers: Writers) -> None:
    outcomes = writers.outcomes(*(adding(each) for each in range(WRITERS)))

    assert outcomes == ["committed"] * WRITERS
    assert writers.seen_before_commit == []
    assert writers.kept() == list(range(WRITERS))


def test_a_writer_who_fails_takes_back_nothing_of_the_others(writers: Writers) -> None:
    *good, failed = writers.outcomes(*(adding(each) for each in range(WRITERS - 1)), adding(0))

    assert good == ["committed"] * (WRITERS - 1)
    assert isinstance(failed, PackageIndexError)
    assert writers.kept() == list(range(WRITERS - 1))


def test_the_first_writer_who_fails_takes_back_nothing_of_the_others(
    writers: Writers, connections: Connections
) -> None:
    with connections.writing() as connection:
        connection.execute(text(adding(0)))
        connection.commit()

    failed, *good = writers.outcomes(adding(0), *(adding(each) for each in range(1, WRITERS)))

    assert isinstance(failed, PackageIndexError)
    assert good == ["committed"] * (WRITERS - 1)


def test_a_commit_that_fails_fails_for_all_who_wrote_or_looked(writers: Writers) -> None:
    statements = [adding(each) for each in range(WRITERS - 2)]

    outcomes = writers.outcomes(*statements, "INSERT INTO pointing VALUES (99)", None)

    # Whoever came before the one who cannot be committed may have been committed with it or before it.
    assert all(isinstance(each, Unavailable) or each in {"committed", "looked"} for each in outcomes)
    assert isinstance(outcomes[WRITERS - 2], Unavailable)
    assert writers.kept() == [place for place in range(WRITERS - 2) if outcomes[place] == "committed"]


def test_a_writer_alone_waits_for_nobody(connections: Connections) -> None:
    shared = SharedTransactions(connections)
    with shared.writing() as (connection, commit):
        connection.execute(text(adding(1)))
        commit(connection)
    with connections.reading() as connection:
        assert connection.execute(text("SELECT number FROM kept")).scalar_one() == 1
