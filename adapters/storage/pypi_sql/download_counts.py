"""Counts of downloads: batches on their way, and what was added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, insert, select

from pypi_core.domain.downloads import ClientTrait, DownloadCount, Span
from pypi_core.domain.entities import ProjectId
from pypi_core.domain.indexes import IndexName
from pypi_sql.engine import Connections, commit
from pypi_sql.inserting import insertion
from pypi_sql.tables import (
    client_downloads,
    download_batches,
    file_downloads,
    files,
    indexes,
    is_project_total,
    projects,
    releases,
)

if TYPE_CHECKING:
    from pypi_core.ports.download_counts import DownloadBatches, DownloadCounts

_BATCH = 500
_decoder = msgspec.json.Decoder(list[DownloadCount])


class _Listed(NamedTuple):
    """A file that an index lists."""

    project_id: int
    version: str
    filename: str


class SqlDownloadBatches:
    """The counts of all indexes; a batch is one row, which takes part in no other transaction."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def put(self, counts: Sequence[DownloadCount]) -> None:
        with self._connections.writing() as connection:
            connection.execute(insert(download_batches).values(body=msgspec.json.encode(counts)))
            commit(connection)

    def add_up(self) -> int:
        oldest = select(download_batches).order_by(download_batches.c.id).limit(1)
        with self._connections.reading() as connection:
            if connection.execute(oldest.with_only_columns(download_batches.c.id)).one_or_none() is None:
                return 0
        with self._connections.writing() as connection:
            batch = connection.execute(oldest.with_for_update(skip_locked=True)).one_or_none()
            if batch is None:
                return 0
            counts = _decoder.decode(batch.body)
            _add(connection, counts)
            connection.execute(delete(download_batches).where(download_batches.c.id == batch.id))
            commit(connection)
        return len(counts)

    def forget(self, span: Span, before: date) -> int:
        dropped = 0
        for table in (file_downloads, client_downloads):
            with self._connections.writing() as connection:
                is_old = and_(table.c.span == span.value, table.c.start < before)
                dropped += connection.execute(delete(table).where(is_old)).rowcount
                commit(connection)
        return dropped


class SqlDownloadCounts:
    """The counts of one index; *reading* opens a transaction, whose rows may be a little old."""

    def __init__(self, reading: Callable[[], AbstractContextManager[Connection]], name: IndexName) -> None:
        self._reading = reading
        self._name = name

    def of_clients(self, project: ProjectId, trait: ClientTrait, since: date) -> Mapping[str, int]:
        days = _days(client_downloads, project, since)
        return self._sums(client_downloads, "value", and_(days, client_downloads.c.trait == trait.value))

    def of_days(self, project: ProjectId, since: date) -> Mapping[date, int]:
        query = (
            select(client_downloads.c.start, client_downloads.c.downloads)
            .where(_days(client_downloads, project, since), client_downloads.c.trait == ClientTrait.ALL.value)
            .order_by(client_downloads.c.start)
        )
        with self._reading() as connection:
            return {row.start: row.downloads for row in connection.execute(query).all()}

    def of_versions(self, project: ProjectId, since: date) -> Mapping[str, int]:
        return self._sums(file_downloads, "version", _days(file_downloads, project, since))

    def of_files(self, project: ProjectId, before: date) -> Mapping[str, int]:
        with self._reading() as connection:
            found = Counter(_files(connection, project, file_downloads.c.span == Span.TOTAL.value))
            found.subtract(_files(connection, project, _days(file_downloads, project, before)))
        return found

    def total(self, project: ProjectId) -> int:
        query = select(client_downloads.c.downloads).where(
            client_downloads.c.project_id == project, is_project_total
        )
        with self._reading() as connection:
            return connection.execute(query).scalar_one_or_none() or 0

    def most_downloaded(self, limit: int) -> Sequence[tuple[str, int]]:
        query = (
            select(projects.c.display_name, client_downloads.c.downloads)
            .join(client_downloads, client_downloads.c.project_id == projects.c.id)
            .join(indexes, indexes.c.id == projects.c.index_id)
            .where(is_project_total, indexes.c.name == self._name)
            .order_by(client_downloads.c.downloads.desc(), projects.c.name)
            .limit(limit)
        )
        with self._reading() as connection:
            return [(name, count) for name, count in connection.execute(query).all()]

    def _sums(self, table: Table, name: str, condition: ColumnElement[bool]) -> Mapping[str, int]:
        summed = func.sum(table.c.downloads)
        query = (
            select(table.c[name], summed)
            .where(condition)
            .group_by(table.c[name])
            .order_by(summed.desc(), table.c[name])
        )
        with self._reading() as connection:
            return {value: int(count) for value, count in connection.execute(query).all()}


def _days(table: Table, project: ProjectId, since: date) -> ColumnElement[bool]:
    return and_(table.c.project_id == project, table.c.span == Span.DAY.value, table.c.start >= since)


def _files(connection: Connection, project: ProjectId, condition: ColumnElement[bool]) -> Mapping[str, int]:
    query = (
        select(file_downloads.c.filename, func.sum(file_downloads.c.downloads))
        .where(file_downloads.c.project_id == project, condition)
        .group_by(file_downloads.c.filename)
    )
    return {filename: int(count) for filename, count in connection.execute(query).all()}


def _add(connection: Connection, counts: Sequence[DownloadCount]) -> None:
    listed = _listed(connection, {each.blake2_256 for each in counts})
    by_file: Counter[tuple[object, ...]] = Counter()
    by_client: Counter[tuple[object, ...]] = Counter()
    for each in counts:
        found = listed.get((each.index, each.blake2_256)) or listed.get((None, each.blake2_256))
        if found is None:
            continue
        for span in Span:
            when = (found.project_id, span.value, span.start(each.day))
            by_file[(*when, found.version, found.filename)] += each.count
            for trait in ClientTrait:
                by_client[(*when, trait.value, trait.of(each.client))] += each.count
    _put(connection, file_downloads, by_file)
    _put(connection, client_downloads, by_client)


def _listed(connection: Connection, digests: Iterable[str]) -> Mapping[tuple[IndexName | None, str], _Listed]:
    """Return the files with these digests, by index, and for ``None`` by the first that lists them."""
    found: dict[tuple[IndexName | None, str], _Listed] = {}
    for some in _batches(sorted(digests)):
        rows = connection.execute(
            select(
                files.c.blake2_256, files.c.filename, files.c.project_id, releases.c.version, indexes.c.name
            )
            .join(releases, releases.c.id == files.c.release_id)
            .join(indexes, indexes.c.id == files.c.index_id)
            .where(files.c.blake2_256.in_(some))
            .order_by(indexes.c.id)
        )
        for row in rows:
            file = _Listed(row.project_id, row.version, row.filename)
            found[IndexName(row.name), row.blake2_256] = file
            found.setdefault((None, row.blake2_256), file)
    return found


def _put(connection: Connection, table: Table, counted: Mapping[tuple[object, ...], int]) -> None:
    keys = [column.name for column in table.primary_key]
    adding = insertion(connection.dialect.name, table)
    adding = adding.on_conflict_do_update(
        index_elements=keys, set_={"downloads": table.c.downloads + adding.excluded.downloads}
    )
    # In one order, so that two transactions never wait for each other crosswise.
    rows = [
        {**dict(zip(keys, key, strict=True)), "downloads": counted[key]} for key in sorted(counted, key=repr)
    ]
    if rows:
        connection.execute(adding, rows)


def _batches(digests: Sequence[str]) -> Iterator[Sequence[str]]:
    waiting = iter(digests)
    while batch := list(islice(waiting, _BATCH)):
        yield batch


if TYPE_CHECKING:
    _: tuple[type[DownloadBatches], type[DownloadCounts]] = (SqlDownloadBatches, SqlDownloadCounts)
