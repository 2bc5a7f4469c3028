"""What rows point at in the blob store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table, bindparam, select

from pypi_core.domain.blob_keys import (
    BlobKey,
    BlobKind,
    core_metadata_key,
    distribution_key,
    documentation_key,
    documentation_page_key,
)
from pypi_core.domain.digests import Digests
from pypi_core.domain.indexes import IndexName
from pypi_core.ports.accounts import Reference
from pypi_sql.tables import (
    documentation_pages,
    documentation_sets,
    files,
    indexes,
    is_live,
    projects,
    releases,
    upload_session_files,
    upload_sessions,
)

if TYPE_CHECKING:
    from pypi_core.ports.accounts import References

_BATCH = 500

_POINTERS = select(
    files.c.id,
    files.c.filename,
    files.c.md5,
    files.c.sha256,
    files.c.blake2_256,
    files.c.metadata_sha256,
    files.c.size,
    indexes.c.name,
).join(indexes, indexes.c.id == files.c.index_id)

# Asked for every download that names no index.
_LISTING = (
    select(indexes.c.name)
    .join(files, files.c.index_id == indexes.c.id)
    .where(files.c.blake2_256 == bindparam("content"), files.c.filename == bindparam("called"))
    .order_by(indexes.c.name)
)

_SETS = (
    select(
        documentation_sets.c.id,
        documentation_sets.c.blake2_256,
        documentation_sets.c.sha256,
        documentation_sets.c.size,
        projects.c.name.label("project"),
        releases.c.version,
        indexes.c.name.label("index_name"),
    )
    .join(projects, projects.c.id == documentation_sets.c.project_id)
    .join(releases, releases.c.id == documentation_sets.c.release_id)
    .join(indexes, indexes.c.id == documentation_sets.c.index_id)
    .where(documentation_sets.c.id > bindparam("last"))
    .order_by(documentation_sets.c.id)
    .limit(_BATCH)
)
_PAGES = (
    select(documentation_pages.c.path, documentation_pages.c.blake2_256, documentation_pages.c.size)
    .where(
        documentation_pages.c.documentation_id == bindparam("of_set"),
        documentation_pages.c.path > bindparam("last"),
    )
    .order_by(documentation_pages.c.path)
    .limit(_BATCH)
)
_STAGED = (
    select(upload_session_files.c.identifier)
    .join(upload_sessions, upload_sessions.c.id == upload_session_files.c.session_id)
    .where(is_live)
)


class SqlReferences:
    """The references of all indexes, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def indexes_listing(self, filename: str, digests_blake2_256: str) -> Sequence[IndexName]:
        wanted = {"content": digests_blake2_256, "called": filename}
        rows = self._connection.execute(_LISTING, wanted)
        return [IndexName(name) for (name,) in rows]

    def among(self, keys: Sequence[BlobKey]) -> Mapping[BlobKey, str | None]:
        found: dict[BlobKey, str | None] = {}
        for start in range(0, len(keys), _BATCH):
            batch = keys[start : start + _BATCH]
            rows = self._connection.execute(
                select(files.c.blake2_256, files.c.metadata_sha256).where(
                    files.c.blake2_256.in_([each.blake2_256 for each in batch])
                )
            )
            for blake2_256, metadata_sha256 in rows:
                found[BlobKey(BlobKind.DISTRIBUTION, blake2_256)] = None
                if metadata_sha256 is not None:
                    found[BlobKey(BlobKind.CORE_METADATA, blake2_256)] = metadata_sha256
        found |= self._documentation_among(keys, documentation_sets, BlobKind.DOCUMENTATION)
        found |= self._documentation_among(keys, documentation_pages, BlobKind.DOCUMENTATION_PAGE)
        return {key: found[key] for key in keys if key in found}

    def _documentation_among(
        self, keys: Sequence[BlobKey], table: Table, kind: BlobKind
    ) -> dict[BlobKey, str | None]:
        wanted = [each.blake2_256 for each in keys if each.kind is kind]
        found: dict[BlobKey, str | None] = {}
        for start in range(0, len(wanted), _BATCH):
            there = select(table.c.blake2_256).where(table.c.blake2_256.in_(wanted[start : start + _BATCH]))
            rows = self._connection.execute(there.distinct()).scalars()
            found |= {BlobKey(kind, each): None for each in rows}
        return found

    def staged_among(self, identifiers: Sequence[str]) -> Set[str]:
        found: set[str] = set()
        for start in range(0, len(identifiers), _BATCH):
            batch = identifiers[start : start + _BATCH]
            query = _STAGED.where(upload_session_files.c.identifier.in_(batch))
            found.update(self._connection.execute(query).scalars())
        return found

    def all(self, after: int = 0) -> Iterator[Reference]:
        last = after
        while rows := self._after(last):
            for row in rows:
                digests = Digests(md5=row.md5, sha256=row.sha256, blake2_256=row.blake2_256)
                index = IndexName(row.name)
                yield Reference(
                    row=row.id,
                    index=index,
                    what=row.filename,
                    key=distribution_key(digests),
                    size=row.size,
                    sha256=row.sha256,
                )
                if row.metadata_sha256 is not None:
                    yield Reference(
                        row=row.id,
                        index=index,
                        what=row.filename,
                        key=core_metadata_key(digests),
                        sha256=row.metadata_sha256,
                    )
            last = rows[-1].id

    def documentation(self, after: int = 0) -> Iterator[Reference]:
        last = after
        while rows := self._connection.execute(_SETS, {"last": last}).all():
            for row in rows:
                index, whose = IndexName(row.index_name), f"{row.project} {row.version}"
                key = documentation_key(row.blake2_256)
                yield Reference(
                    row=row.id, index=index, what=whose, key=key, size=row.size, sha256=row.sha256
                )
                for path, blake2_256, size in self._pages_of(row.id):
                    key = documentation_page_key(blake2_256)
                    yield Reference(row=row.id, index=index, what=f"{whose} {path}", key=key, size=size)
            last = rows[-1].id

    def _pages_of(self, documentation_id: int) -> Iterator[tuple[str, str, int]]:
        last = ""
        while rows := self._connection.execute(_PAGES, {"of_set": documentation_id, "last": last}).all():
            yield from ((path, blake2_256, size) for path, blake2_256, size in rows)
            last = rows[-1].path

    def _after(self, file_id: int) -> Sequence[Any]:
        query = _POINTERS.where(files.c.id > file_id).order_by(files.c.id).limit(_BATCH)
        return self._connection.execute(query).all()


if TYPE_CHECKING:
    _: type[References] = SqlReferences
