"""
Fill an empty database with projects as a large index has them; minutes for 100,000.

Releases and files are spread as on the public index: a median of 4 releases for a project, and a few
projects with 10,000 files.  Names come from a file with one on each line, else they are made of the words of
real ones.  The bytes of the files are not there: this is for pages, lists, searches and uploads.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import msgspec
from packaging.version import Version
from sqlalchemy import Connection, Table, func, insert, select, update

from pypi_app.container import assemble
from pypi_app.settings import Settings
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.entities import Status
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import DisplayName, normalize
from pypi_core.domain.new_names import similarity_key
from pypi_core.domain.versions import release_key
from pypi_core.errors import IndexAlreadyExists
from pypi_sql.engine import Connections, commit
from pypi_sql.tables import (
    files,
    indexes,
    journal,
    projects,
    release_metadata,
    releases,
    segments,
    serials,
    used_filenames,
)

BATCH = 500
SEGMENT = 1000
MEDIAN_RELEASES, SPREAD = 4, 1.1
LARGEST = 10_000
"""So many files have the largest projects, one in each 50,000 and the first one."""
BEGINNING = datetime(2015, 1, 1, tzinfo=UTC)


class Rows:
    """The rows of one database, made up in the same way each time."""

    def __init__(self, index_id: int) -> None:
        self._random = random.Random(1)  # noqa: S311 - no secret
        self._index_id = index_id
        self._project_id = self._release_id = self.serial = 0
        self._versions: dict[int, tuple[str, str]] = {}

    def add_projects(self, connection: Connection, names: Iterable[str]) -> None:
        """Add the projects of these names, with all that belongs to them."""
        rows: dict[Table, list[dict[str, object]]] = {
            each: [] for each in (projects, releases, release_metadata, files, used_filenames, journal)
        }
        for name in names:
            self._project_id += 1
            for table, row in self._rows_of(name):
                rows[table].append(row)
        for table, added in rows.items():
            if added:
                connection.execute(insert(table), added)

    def add_segments(self, connection: Connection) -> None:
        """Let the list of all projects know of them."""
        last = self._project_id // SEGMENT
        connection.execute(
            insert(segments),
            [
                {"index_id": self._index_id, "number": number, "serial": self.serial}
                for number in range(last + 1)
            ],
        )
        if connection.dialect.name == "postgresql":
            # The ids were given: what makes the next ones has to know.
            for table in (projects, releases):
                sequence = func.pg_get_serial_sequence(table.name, "id")
                connection.execute(
                    select(func.setval(sequence, select(func.max(table.c.id)).scalar_subquery()))
                )
        connection.execute(
            update(serials).where(serials.c.index_id == self._index_id).values(serial=self.serial)
        )

    def _rows_of(self, name: str) -> Iterator[tuple[Table, dict[str, object]]]:
        created = BEGINNING + timedelta(minutes=5 * self._project_id)
        project: dict[str, object] = {
            "id": self._project_id,
            "index_id": self._index_id,
            "name": normalize(DisplayName(name)),
            "display_name": name,
            "similarity_key": similarity_key(normalize(DisplayName(name))),
            "status": Status.ACTIVE,
            "status_reason": "",
            "created": created,
        }
        yield journal, self._entry(name, None, "create", created)
        is_largest = self._project_id % 50_000 == 1
        count = LARGEST // 2 if is_largest else self._releases()
        for number in range(count):
            self._release_id += 1
            yield from self._release(name, number, created + timedelta(hours=number), both=is_largest)
        yield projects, project | {"serial": self.serial}

    def _releases(self) -> int:
        return max(1, min(2000, round(self._random.lognormvariate(0, SPREAD) * MEDIAN_RELEASES)))

    def _release(
        self, name: str, number: int, moment: datetime, *, both: bool
    ) -> Iterator[tuple[Table, dict[str, object]]]:
        version, key = self._version(number)
        yield (
            releases,
            {
                "id": self._release_id,
                "project_id": self._project_id,
                "version": version,
                "release_key": key,
                "created": moment,
            },
        )
        yield release_metadata, {"release_id": self._release_id, "metadata": _metadata(name)}
        yield journal, self._entry(name, version, "new release", moment)
        stem = f"{normalize(DisplayName(name)).replace('-', '_')}-{version}"
        yield from self._file(f"{stem}-py3-none-any.whl", "bdist_wheel", name, version, moment)
        if both or self._random.random() < 0.6:
            yield from self._file(f"{stem}.tar.gz", "sdist", name, version, moment)

    def _file(
        self, filename: str, filetype: str, name: str, version: str, moment: datetime
    ) -> Iterator[tuple[Table, dict[str, object]]]:
        is_wheel = filetype == "bdist_wheel"
        digest = hashlib.sha256(filename.encode()).hexdigest()
        yield used_filenames, {"index_id": self._index_id, "filename": filename}
        yield (
            files,
            {
                "index_id": self._index_id,
                "project_id": self._project_id,
                "release_id": self._release_id,
                "filename": filename,
                "filetype": filetype,
                "python_version": "py3" if is_wheel else "source",
                "size": self._random.randrange(2_000, 2_000_000),
                "md5": digest[:32],
                "sha256": digest,
                "blake2_256": digest[::-1],
                "metadata_sha256": digest if is_wheel else None,
                "requires_python": ">=3.9",
                "comment": "",
                "uploaded": moment,
            },
        )
        yield journal, self._entry(name, version, f"add {filetype} file {filename}", moment)

    def _entry(self, name: str, version: str | None, action: str, moment: datetime) -> dict[str, object]:
        self.serial += 1
        return {
            "index_id": self._index_id,
            "serial": self.serial,
            "project": name,
            "version": version,
            "action": action,
            "actor": "owner",
            "moment": moment,
        }

    def _version(self, number: int) -> tuple[str, str]:
        if number not in self._versions:
            version = Version(f"{number // 100}.{number // 10 % 10}.{number % 10}")
            self._versions[number] = (str(version), release_key(version))
        return self._versions[number]


def _metadata(name: str) -> bytes:
    return msgspec.json.encode(
        CoreMetadata(
            summary=f"What {name} does in one line", requires_python=">=3.9", requires_dist=("click",)
        )
    )


def made_up_names(count: int) -> Iterator[str]:
    """Yield so many different names, made of the words of real ones."""
    from search import Imagination

    return (each.display_name for each in Imagination().projects(count))


def distinct(names: Iterable[str]) -> Iterator[str]:
    """Leave out what would be the same project, or one too like another."""
    known: set[str] = set()
    for name in names:
        key = similarity_key(normalize(DisplayName(name)))
        if key not in known:
            known.add(key)
            yield name


def fill(settings: Settings, names: Iterable[str], most: int) -> int:
    """Fill the database of *settings*, which is empty, with *most* projects, and return how many it has."""
    container = assemble(settings)
    container.database().migrate()
    try:
        container.site().create_index(OPERATOR, DEFAULT_INDEX, IndexSettings(title="A large index"))
    except IndexAlreadyExists:
        raise SystemExit("The database has an index already: fill an empty one.") from None
    container.database().dispose()
    connections = Connections(settings.database_url)
    with connections.writing(durable=False) as connection:
        index_id = connection.execute(
            select(indexes.c.id).where(indexes.c.name == DEFAULT_INDEX)
        ).scalar_one()
        commit(connection)
    rows, waiting, count = Rows(index_id), islice(distinct(names), most), 0
    while batch := list(islice(waiting, BATCH)):
        with connections.writing(durable=False) as connection:
            rows.add_projects(connection, batch)
            commit(connection)
        count += len(batch)
    with connections.writing() as connection:
        rows.add_segments(connection)
        commit(connection)
    connections.engine.dispose()
    return count


def main(arguments: Sequence[str] | None = None) -> None:
    """Fill a data folder, or the database at a URL."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="a data folder that has no database yet")
    parser.add_argument("--database", help="the URL of an empty database; SQLite in the folder unless given")
    parser.add_argument("--names", type=Path, help="a file with a name on each line")
    parser.add_argument("--projects", type=int, default=1000)
    given = parser.parse_args(arguments)
    settings = Settings(data=str(given.data), **({"database": given.database} if given.database else {}))
    settings.make_data_folder()
    names = given.names.read_text().split() if given.names else made_up_names(2 * given.projects)
    began = time.perf_counter()
    count = fill(settings, names, given.projects)
    print(f"{count} projects in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
