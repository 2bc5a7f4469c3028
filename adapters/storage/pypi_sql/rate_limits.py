"""Counts of what has a limit: one moment for each limit and subject, shared by all processes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Executable, bindparam, case, delete, select

from pypi_core.domain.rate_limits import LimitStanding, RateLimit, standing_at
from pypi_sql.engine import Connections, commit
from pypi_sql.failures import repeated
from pypi_sql.inserting import insertion
from pypi_sql.tables import rate_counts

if TYPE_CHECKING:
    from pypi_core.ports.rate_limits import RateCounts, RateLimiter

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_FREE_AT = select(rate_counts.c.free_at).where(
    rate_counts.c.limit_name == bindparam("of_limit"), rate_counts.c.subject == bindparam("of_subject")
)


class SqlRateCounts:
    """The counts, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def look(self, limit: RateLimit, subject: str, now: datetime) -> LimitStanding:
        wanted = {"of_limit": limit.name, "of_subject": subject}
        free_at = self._connection.execute(_FREE_AT, wanted).scalar_one_or_none()
        return standing_at(limit, None if free_at is None else _moment(free_at), now)

    def take(self, limit: RateLimit, subject: str, now: datetime) -> LimitStanding:
        """Count one that is within the limit, in one statement: no other can come in between."""
        moment, share = _number(now), limit.share // _MICROSECOND
        values = {
            "limit_name": limit.name,
            "subject": subject,
            "free_at": moment + share,
            "moment": moment,
            "share": share,
            "latest": moment + limit.window * 1_000_000 - share,
        }
        taking = _taking(self._connection.dialect.name)
        free_at = self._connection.execute(taking, values).scalar_one_or_none()
        if free_at is None:
            return self.look(limit, subject, now)
        return standing_at(limit, _moment(free_at), now, was_taken=True)


class SqlRateLimiter:
    """The counts, each call a transaction of its own."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def look(self, limit: RateLimit, subject: str, now: datetime) -> LimitStanding:
        with self._connections.reading() as connection:
            return SqlRateCounts(connection).look(limit, subject, now)

    @repeated
    def take(self, limit: RateLimit, subject: str, now: datetime) -> LimitStanding:
        with self._connections.writing() as connection:
            standing = SqlRateCounts(connection).take(limit, subject, now)
            if not standing.is_over:
                commit(connection)
        return standing

    @repeated
    def forget(self, now: datetime) -> int:
        with self._connections.writing() as connection:
            past = rate_counts.c.free_at <= _number(now)
            forgotten = connection.execute(delete(rate_counts).where(past)).rowcount
            commit(connection)
        return forgotten


@cache
def _taking(dialect_name: str) -> Executable:
    adding = insertion(dialect_name, rate_counts).values(
        limit_name=bindparam("limit_name"), subject=bindparam("subject"), free_at=bindparam("free_at")
    )
    kept = rate_counts.c.free_at
    # From now on where nothing is owed any more, else on top of what is.
    begins = case((kept > bindparam("moment"), kept), else_=bindparam("moment"))
    return adding.on_conflict_do_update(
        index_elements=[rate_counts.c.limit_name, rate_counts.c.subject],
        set_={"free_at": begins + bindparam("share")},
        where=kept <= bindparam("latest"),
    ).returning(rate_counts.c.free_at)


def _number(moment: datetime) -> int:
    """Return a moment as the column has it: databases do not agree in arithmetic on their own."""
    return (moment - _BEGINNING) // _MICROSECOND


def _moment(number: int) -> datetime:
    return _BEGINNING + number * _MICROSECOND


if TYPE_CHECKING:
    _: tuple[type[RateCounts], type[RateLimiter]] = (SqlRateCounts, SqlRateLimiter)
