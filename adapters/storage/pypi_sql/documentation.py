"""Documentation: sets and their pages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence, Set
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Executable,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from pypi_core.domain.documentation import (
    DocumentationId,
    DocumentationPage,
    DocumentationSet,
    DocumentationState,
)
from pypi_core.domain.entities import ProjectId, Release, ReleaseId, Yank
from pypi_core.ports.documentation import NewDocumentation
from pypi_sql.inserting import insertion
from pypi_sql.tables import (
    documentation_pages,
    documentation_sets,
    documentation_uploads,
    releases,
)
from pypi_sql.versions import read_version

if TYPE_CHECKING:
    from pypi_core.ports.documentation import Documentation

_SETS = select(documentation_sets, releases.c.version).join(
    releases, releases.c.id == documentation_sets.c.release_id
)
_OF_PROJECT = _SETS.where(documentation_sets.c.project_id == bindparam("of_project"))
_OF_RELEASE = _SETS.where(documentation_sets.c.release_id == bindparam("of_release")).order_by(
    documentation_sets.c.id
)
_DOCUMENTED = (
    select(releases)
    .join(documentation_sets, documentation_sets.c.release_id == releases.c.id)
    .where(
        documentation_sets.c.project_id == bindparam("of_project"),
        documentation_sets.c.state == DocumentationState.READY,
    )
)
_IN_SET = documentation_pages.c.documentation_id == bindparam("of_set")
_PAGE = select(
    documentation_pages.c.path, documentation_pages.c.blake2_256, documentation_pages.c.size
).where(_IN_SET, documentation_pages.c.path == bindparam("at"))
_PATHS = select(documentation_pages.c.path).where(
    _IN_SET, documentation_pages.c.path.in_(bindparam("among", expanding=True))
)
_RELEASE_OF = select(documentation_sets.c.release_id).where(documentation_sets.c.id == bindparam("known_as"))
_MAKE_READY = (
    update(documentation_sets)
    .where(documentation_sets.c.id == bindparam("known_as"))
    .values(state=DocumentationState.READY)
)
_OF_STATE = select(documentation_sets.c.id).where(
    documentation_sets.c.release_id == bindparam("of_release"),
    documentation_sets.c.state == bindparam("in_state"),
)
_DELETIONS = (
    delete(documentation_pages).where(_IN_SET),
    delete(documentation_sets).where(documentation_sets.c.id == bindparam("of_set")),
)


def deletions_of(is_wanted: Callable[[Column[Any]], ColumnElement[bool]]) -> tuple[Executable, ...]:
    """Return what deletes all documentation of those releases whose id *is_wanted*."""
    sets = is_wanted(documentation_sets.c.release_id)
    pages = documentation_pages.c.documentation_id.in_(select(documentation_sets.c.id).where(sets))
    return (
        delete(documentation_pages).where(pages),
        delete(documentation_sets).where(sets),
        # The release before this one may still write there, on other machines.
        delete(documentation_uploads).where(is_wanted(documentation_uploads.c.release_id)),
    )


_DELETE_OF = deletions_of(lambda release_id: release_id == bindparam("of_release"))


class SqlDocumentation:
    """The documentation of one index, in one transaction."""

    def __init__(self, connection: Connection, index_id: int) -> None:
        self._connection = connection
        self._index_id = index_id

    def of(self, project_id: ProjectId) -> Sequence[DocumentationSet]:
        rows = self._connection.execute(_OF_PROJECT, {"of_project": project_id})
        return sorted((_set(row) for row in rows), key=lambda each: (each.version, each.id))

    def of_release(self, release_id: ReleaseId) -> Sequence[DocumentationSet]:
        return [_set(row) for row in self._connection.execute(_OF_RELEASE, {"of_release": release_id})]

    def documented(self, project_id: ProjectId) -> Sequence[Release]:
        rows = self._connection.execute(_DOCUMENTED, {"of_project": project_id})
        found = [
            Release(
                id=ReleaseId(row.id),
                project_id=project_id,
                version=read_version(row.version),
                created=row.created,
                yank=None if row.yank_reason is None else Yank(row.yank_reason),
            )
            for row in rows
        ]
        return sorted(found, key=lambda each: each.version)

    def page(self, documentation_id: DocumentationId, path: str) -> DocumentationPage | None:
        row = self._connection.execute(_PAGE, {"of_set": documentation_id, "at": path}).one_or_none()
        return None if row is None else DocumentationPage(*row)

    def paths_among(self, documentation_id: DocumentationId, paths: Collection[str]) -> Set[str]:
        wanted = {"of_set": documentation_id, "among": list(paths)}
        return set(self._connection.execute(_PATHS, wanted).scalars())

    def add(self, release: Release, documentation: NewDocumentation) -> DocumentationSet:
        self._delete(release.id, DocumentationState.UNPACKING)
        values = asdict(documentation) | {"project_id": release.project_id, "release_id": release.id}
        values |= {"index_id": self._index_id, "state": DocumentationState.UNPACKING}
        added = self._connection.execute(_ADD, values).scalar_one()
        return DocumentationSet(
            id=DocumentationId(added),
            project_id=release.project_id,
            release_id=release.id,
            version=release.version,
            **asdict(documentation),
        )

    def put_pages(self, documentation_id: DocumentationId, pages: Sequence[DocumentationPage]) -> bool:
        if self._release_of(documentation_id) is None:
            return False
        if pages:
            rows = [{"documentation_id": documentation_id, **asdict(each)} for each in pages]
            self._connection.execute(_putting(self._connection.dialect.name), rows)
        return True

    def make_ready(self, documentation_id: DocumentationId) -> None:
        release_id = self._release_of(documentation_id)
        if release_id is None:
            return
        self._delete(release_id, DocumentationState.READY, but=documentation_id)
        self._connection.execute(_MAKE_READY, {"known_as": documentation_id})

    def delete_of(self, release_id: ReleaseId) -> None:
        for deletion in _DELETE_OF:
            self._connection.execute(deletion, {"of_release": release_id})

    def _release_of(self, documentation_id: DocumentationId) -> ReleaseId | None:
        return self._connection.execute(_RELEASE_OF, {"known_as": documentation_id}).scalar_one_or_none()

    def _delete(
        self, release_id: ReleaseId, state: DocumentationState, but: DocumentationId | None = None
    ) -> None:
        key = {"of_release": release_id, "in_state": state}
        for each in self._connection.execute(_OF_STATE, key).scalars().all():
            if each != but:
                for deletion in _DELETIONS:
                    self._connection.execute(deletion, {"of_set": each})


_ADD = insert(documentation_sets).returning(documentation_sets.c.id)


@cache
def _putting(dialect_name: str) -> Executable:
    return insertion(dialect_name, documentation_pages).on_conflict_do_nothing()


def _set(row: Any) -> DocumentationSet:
    return DocumentationSet(
        id=DocumentationId(row.id),
        project_id=ProjectId(row.project_id),
        release_id=ReleaseId(row.release_id),
        version=read_version(row.version),
        size=row.size,
        sha256=row.sha256,
        blake2_256=row.blake2_256,
        uploaded=row.uploaded,
        state=DocumentationState(row.state),
    )


if TYPE_CHECKING:
    _: type[Documentation] = SqlDocumentation
