"""The public history of an index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from pypi_core.domain.entities import Change, Serial
from pypi_core.domain.names import DisplayName
from pypi_sql.tables import journal, serials

if TYPE_CHECKING:
    from pypi_core.ports.persistence import JournalReader


class SqlJournal:
    """The journal of one index, in one transaction."""

    def __init__(self, connection: Connection, index_id: int) -> None:
        self._connection = connection
        self._index_id = index_id

    def since(self, serial: Serial, limit: int) -> Sequence[Change]:
        """Return up to *limit* entries after *serial*, in the order of their serials."""
        rows = self._connection.execute(
            select(journal)
            .where(journal.c.index_id == self._index_id, journal.c.serial > serial)
            .order_by(journal.c.serial)
            .limit(limit)
        )
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

    def last_serial(self) -> Serial:
        """Return the serial of the newest entry, 0 where there is none."""
        query = select(serials.c.serial).where(serials.c.index_id == self._index_id)
        return Serial(self._connection.execute(query).scalar_one())


if TYPE_CHECKING:
    _: type[JournalReader] = SqlJournal
