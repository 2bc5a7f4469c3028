"""The public history of an index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, bindparam, select

from pypi_core.domain.entities import Change, Serial
from pypi_core.domain.names import DisplayName
from pypi_sql.tables import journal, serials

if TYPE_CHECKING:
    from pypi_core.ports.journal import JournalReader

_SINCE = (
    select(journal)
    .where(journal.c.index_id == bindparam("of_index"), journal.c.serial > bindparam("after"))
    .order_by(journal.c.serial)
    .limit(bindparam("at_most"))
)
_LATER_THAN = (
    select(journal)
    .where(journal.c.index_id == bindparam("of_index"), journal.c.moment > bindparam("moment"))
    .order_by(journal.c.moment, journal.c.serial)
    .limit(bindparam("at_most"))
)
_LAST = select(serials.c.serial).where(serials.c.index_id == bindparam("of_index"))


class SqlJournal:
    """The journal of one index, in one transaction."""

    def __init__(self, connection: Connection, index_id: int) -> None:
        self._connection = connection
        self._index_id = index_id

    def since(self, serial: Serial, limit: int) -> Sequence[Change]:
        rows = self._connection.execute(
            _SINCE, {"of_index": self._index_id, "after": serial, "at_most": limit}
        )
        return _changes(rows)

    def later_than(self, moment: datetime, limit: int) -> Sequence[Change]:
        rows = self._connection.execute(
            _LATER_THAN, {"of_index": self._index_id, "moment": moment, "at_most": limit}
        )
        return _changes(rows)

    def last_serial(self) -> Serial:
        return Serial(self._connection.execute(_LAST, {"of_index": self._index_id}).scalar_one())


def _changes(rows: Iterable[Row[Any]]) -> list[Change]:
    return [
        Change(
            serial=Serial(row.serial),
            project=DisplayName(row.project),
            version=row.version,
            action=row.action,
            moment=row.moment,
            actor=row.actor,
        )
        for row in rows
    ]


if TYPE_CHECKING:
    _: type[JournalReader] = SqlJournal
