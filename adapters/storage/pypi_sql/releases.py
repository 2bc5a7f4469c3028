"""Releases and their metadata."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from packaging.version import Version
from sqlalchemy import Connection, Executable, Result, bindparam, delete, insert, select, update

from pypi_core.domain.entities import (
    DescribedRelease,
    NamedRelease,
    Project,
    ProjectId,
    Release,
    ReleaseId,
    Status,
    Yank,
)
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import DisplayName
from pypi_core.domain.versions import release_key
from pypi_core.errors import ConcurrentChange, ReleaseNotFound
from pypi_sql.classifiers import forget_classifiers, note_classifiers, with_classifiers
from pypi_sql.documentation import deletions_of
from pypi_sql.inserting import insertion
from pypi_sql.projects import read_project
from pypi_sql.tables import files, projects, release_metadata, releases
from pypi_sql.versions import read_version

if TYPE_CHECKING:
    from pypi_core.ports.releases import Releases

# `_release` reads the columns in this order.
_COLUMNS = (
    releases.c.id,
    releases.c.project_id,
    releases.c.version,
    releases.c.created,
    releases.c.yank_reason,
)
_OF_PROJECT = select(*_COLUMNS).where(releases.c.project_id == bindparam("of_project"))
_BY_KEY = _OF_PROJECT.where(releases.c.release_key == bindparam("key"))
_METADATA = select(release_metadata.c.metadata).where(
    release_metadata.c.release_id == bindparam("of_release")
)
_CREATED_SINCE = (
    select(projects.c.display_name, releases.c.version)
    .join(projects, projects.c.id == releases.c.project_id)
    .where(
        releases.c.created > bindparam("moment"),
        projects.c.index_id == bindparam("of_index"),
        projects.c.status != Status.QUARANTINED,
    )
    .order_by(releases.c.created.desc(), releases.c.id.desc())
    .limit(bindparam("at_most"))
)
_NEWEST = (
    select(*(each.label(f"of_{each.name}") for each in _COLUMNS), projects)
    .join(projects, projects.c.id == releases.c.project_id)
    .where(projects.c.index_id == bindparam("of_index"), projects.c.status != Status.QUARANTINED)
    .order_by(releases.c.created.desc(), releases.c.id.desc())
    .limit(bindparam("at_most"))
)
_UPDATE = update(releases).where(releases.c.id == bindparam("known_as"))
_ADD_METADATA = insert(release_metadata)
_SET_METADATA = update(release_metadata).where(release_metadata.c.release_id == bindparam("known_as"))
# What points at a release goes first.
_DELETIONS = (
    *deletions_of(lambda release_id: release_id == bindparam("known_as")),
    delete(files).where(files.c.release_id == bindparam("known_as")),
    delete(release_metadata).where(release_metadata.c.release_id == bindparam("known_as")),
    delete(releases).where(releases.c.id == bindparam("known_as")),
)


class SqlReleases:
    """The releases of one index, in one transaction."""

    def __init__(self, connection: Connection, index_id: int) -> None:
        self._connection = connection
        self._index_id = index_id

    def find(self, project_id: ProjectId, version: Version) -> Release | None:
        row = self._connection.execute(
            _BY_KEY, {"of_project": project_id, "key": release_key(version)}
        ).one_or_none()
        return None if row is None else _release(row)

    def get(self, project: Project, version: Version) -> Release:
        release = self.find(project.id, version)
        if release is None:
            raise ReleaseNotFound(project.name, str(version))
        return release

    def of(self, project_id: ProjectId) -> Sequence[Release]:
        rows = self._connection.execute(_OF_PROJECT, {"of_project": project_id}).all()
        return sorted((_release(row) for row in rows), key=lambda each: each.version)

    def metadata_of(self, release_id: ReleaseId) -> CoreMetadata:
        stored = self._connection.execute(_METADATA, {"of_release": release_id}).scalar_one()
        return msgspec.json.decode(stored, type=CoreMetadata)

    def with_classifiers(self, classifiers: Collection[str], limit: int) -> Sequence[NamedRelease]:
        return with_classifiers(self._connection, self._index_id, classifiers, limit)

    def newest(self, limit: int) -> Sequence[DescribedRelease]:
        rows: Result[Any] = self._connection.execute(_NEWEST, {"of_index": self._index_id, "at_most": limit})
        return [
            DescribedRelease(project=read_project(row), release=_release(row[: len(_COLUMNS)]))
            for row in rows
        ]

    def created_since(self, moment: datetime, limit: int) -> Sequence[NamedRelease]:
        rows = self._connection.execute(
            _CREATED_SINCE, {"moment": moment, "of_index": self._index_id, "at_most": limit}
        )
        return [
            NamedRelease(project=DisplayName(name), version=read_version(version)) for name, version in rows
        ]

    def add(
        self, project_id: ProjectId, version: Version, metadata: CoreMetadata, created: datetime
    ) -> Release:
        row = self._connection.execute(
            _adding(self._connection.dialect.name),
            {
                "project_id": project_id,
                "version": str(version),
                "release_key": release_key(version),
                "created": created,
            },
        ).one_or_none()
        if row is None:
            raise ConcurrentChange
        release = _release(row)
        self._connection.execute(
            _ADD_METADATA, {"release_id": release.id, "metadata": msgspec.json.encode(metadata)}
        )
        note_classifiers(self._connection, self._index_id, release.id, metadata.classifiers)
        return release

    def update(self, release: Release) -> None:
        reason = None if release.yank is None else release.yank.reason
        self._connection.execute(_UPDATE, {"known_as": release.id, "yank_reason": reason})

    def set_metadata(self, release: Release, metadata: CoreMetadata) -> None:
        self._connection.execute(
            _SET_METADATA, {"known_as": release.id, "metadata": msgspec.json.encode(metadata)}
        )
        forget_classifiers(self._connection, release.id)
        note_classifiers(self._connection, self._index_id, release.id, metadata.classifiers)

    def delete(self, release: Release) -> None:
        for deletion in _DELETIONS:
            self._connection.execute(deletion, {"known_as": release.id})


@cache
def _adding(dialect_name: str) -> Executable:
    return (
        insertion(dialect_name, releases)
        .on_conflict_do_nothing(index_elements=[releases.c.project_id, releases.c.release_key])
        .returning(*_COLUMNS)
    )


def _release(row: Sequence[Any]) -> Release:
    release_id, project_id, version, created, yank_reason = row
    return Release(
        id=release_id,
        project_id=project_id,
        version=read_version(version),
        created=created,
        yank=None if yank_reason is None else Yank(yank_reason),
    )


if TYPE_CHECKING:
    _: type[Releases] = SqlReleases
