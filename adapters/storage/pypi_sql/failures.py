"""The failures of databases and drivers, in our words."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from pypi_core.errors import ConcurrentChange, PackageIndexError, Unavailable

BUSY = "The database is busy: try again in a moment."

COPIED = "the rows were copied to another database"
"""What a database says that is closed (closing.py)."""

CLOSED = (
    "The rows of this database were copied to another one: set `database` to that, or go on with this by "
    "`pypi-server database reopen`."
)

# What drivers say, and what is said instead; the first that fits.
_SENTENCES = (
    (COPIED, CLOSED),
    (
        r"password authentication failed|no password supplied|no pg_hba.conf entry|role .* does not exist",
        "The database refuses the login: check the user name and the password in the setting `database`.",
    ),
    (
        r"does not support ssl|certificate verify failed|root certificate|invalid sslmode",
        "The connection to the database cannot be encrypted: check `sslmode` and certificates in `database`.",
    ),
    (
        r"database .* does not exist",
        "There is no such database on the server: create it, or correct the setting `database`.",
    ),
    (
        r"connection refused|failed to resolve|could not translate|no route to host|connection timeout",
        "The database server cannot be reached: check that it runs, and its host and port in `database`.",
    ),
    (
        r"due to statement timeout",
        "The database took too long (`postgresql.statement_seconds`): try again in a moment.",
    ),
    (
        r"too many (clients|connections)|remaining connection slots",
        "The database has no connection left: try again in a moment, or raise its max_connections.",
    ),
    (
        r"no such (table|column)|has no column|(relation|column) .* does not exist",
        "The database is not up to date: run `pypi-server migrate`.",
    ),
    (r"locked|busy", BUSY),
    (r"disk is full|no space left", "There is no room left for the database: free some space on its disk."),
    (r"disk i/o error", "The database's disk cannot be read or written: check that it works and has room."),
    (
        r"readonly|read-only",
        "The database cannot be written: check its permissions, and whether its disk is read-only.",
    ),
    (
        r"unable to open",
        "The database's file cannot be opened: check its path and permissions; its disk may be read-only.",
    ),
    (
        r"not a database|malformed",
        "The database's file is damaged or none of SQLite's: restore it from a backup.",
    ),
)

# PostgreSQL gave up one of two transactions that were in each other's way.
_IN_THE_WAY = frozenset({"40001", "40P01"})


_PAUSES = (0.01, 0.05, 0.25)
"""Seconds at the most before each further attempt."""

_P = ParamSpec("_P")
_R = TypeVar("_R")


def repeated(transaction: Callable[_P, _R]) -> Callable[_P, _R]:
    """
    Do a whole transaction again when another was in its way, a few times.

    For calls that are a transaction of their own.  A unit of work is its caller's: the adapter cannot do
    again what stands in the block.
    """

    @wraps(transaction)
    def repeat(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        for pause in _PAUSES:
            try:
                return transaction(*args, **kwargs)
            except ConcurrentChange:
                # Two that met must not meet again.
                time.sleep(random.uniform(0, pause))  # noqa: S311 - no secret
        return transaction(*args, **kwargs)

    return repeat


@contextmanager
def translated_errors() -> Iterator[None]:
    """
    Let no error of SQLAlchemy out.

    A constraint that is broken although the code looked before means that somebody was
    faster.  A lock timeout is different: the same work need not
    succeed when repeated at once.

    Raises:
        ConcurrentChange: Another transaction was in the way.
        Unavailable: The database does not answer, is busy for too long, or lacks its tables.
    """
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable(BUSY) from error
    except IntegrityError as error:
        # A trigger of SQLite refuses by a constraint, too.
        raise (Unavailable(CLOSED) if COPIED in str(error.orig) else ConcurrentChange()) from error
    except DBAPIError as error:
        raise in_our_words(error.orig or error) from error


def in_our_words(error: BaseException) -> PackageIndexError:
    """Return what to raise in place of a driver's *error*."""
    if getattr(error, "sqlstate", None) in _IN_THE_WAY:
        return ConcurrentChange()
    said = str(error).lower()
    for pattern, sentence in _SENTENCES:
        if re.search(pattern, said):
            return Unavailable(sentence)
    return Unavailable("The database does not answer: try again later.")
