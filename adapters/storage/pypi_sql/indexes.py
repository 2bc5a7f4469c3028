"""The indexes of the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Connection, Row, bindparam, insert, select, update

from pypi_core.domain.indexes import IndexName, IndexRecord, IndexSettings
from pypi_core.errors import IndexAlreadyExists, IndexNotFound
from pypi_sql.inserting import insertion
from pypi_sql.tables import indexes, serials

if TYPE_CHECKING:
    from pypi_core.ports.accounts import Indexes

_BY_NAME = select(indexes).where(indexes.c.name == bindparam("called"))


class SqlIndexes:
    """The list of indexes, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, name: IndexName) -> IndexRecord | None:
        row = self._connection.execute(_BY_NAME, {"called": name}).one_or_none()
        return None if row is None else index_record(row)

    def get(self, name: IndexName) -> IndexRecord:
        record = self.find(name)
        if record is None:
            raise IndexNotFound(name)
        return record

    def all(self) -> Sequence[IndexRecord]:
        return [
            index_record(row) for row in self._connection.execute(select(indexes).order_by(indexes.c.name))
        ]

    def add(self, name: IndexName, settings: IndexSettings) -> IndexRecord:
        values = {"name": name, "settings": _encoded(settings), "settings_version": 1}
        adding = insertion(self._connection.dialect.name, indexes).on_conflict_do_nothing(
            index_elements=[indexes.c.name]
        )
        row = self._connection.execute(adding.returning(indexes), values).one_or_none()
        if row is None:
            raise IndexAlreadyExists(name)
        self._connection.execute(insert(serials), {"index_id": row.id, "serial": 0})
        return index_record(row)

    def update(self, name: IndexName, settings: IndexSettings) -> IndexRecord:
        row = self._connection.execute(
            update(indexes)
            .where(indexes.c.name == name)
            .values(settings=_encoded(settings), settings_version=indexes.c.settings_version + 1)
            .returning(indexes)
        ).one_or_none()
        if row is None:
            raise IndexNotFound(name)
        return index_record(row)


def index_record(row: Row[tuple[object, ...]]) -> IndexRecord:
    """Return an index from its row."""
    return IndexRecord(
        name=IndexName(row.name),
        settings=msgspec.json.decode(row.settings, type=IndexSettings),
        settings_version=row.settings_version,
    )


def _encoded(settings: IndexSettings) -> str:
    return msgspec.json.encode(settings).decode()


if TYPE_CHECKING:
    _: type[Indexes] = SqlIndexes
