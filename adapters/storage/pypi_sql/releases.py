"""Releases and their metadata."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from packaging.version import Version
from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from pypi_core.domain.entities import Project, ProjectId, Release, ReleaseId, Yank
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.versions import release_key
from pypi_core.errors import ConcurrentChange, ReleaseNotFound
from pypi_sql.tables import release_metadata, releases

if TYPE_CHECKING:
    from pypi_core.ports.persistence import Releases


class SqlReleases:
    """The releases of one index, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, project_id: ProjectId, version: Version) -> Release | None:
        """Return the release that *version* names in any spelling."""
        row = self._connection.execute(
            select(releases).where(
                releases.c.project_id == project_id, releases.c.release_key == release_key(version)
            )
        ).one_or_none()
        return None if row is None else _release(row)

    def get(self, project: Project, version: Version) -> Release:
        """Return the release that *version* names, which is there."""
        release = self.find(project.id, version)
        if release is None:
            raise ReleaseNotFound(project.name, str(version))
        return release

    def of(self, project_id: ProjectId) -> Sequence[Release]:
        """Return all releases of a project, the oldest version first."""
        rows = self._connection.execute(select(releases).where(releases.c.project_id == project_id))
        return sorted((_release(row) for row in rows), key=lambda each: each.version)

    def metadata_of(self, release_id: ReleaseId) -> CoreMetadata:
        """Return the metadata of a release's first file."""
        stored = self._connection.execute(
            select(release_metadata.c.metadata).where(release_metadata.c.release_id == release_id)
        ).scalar_one()
        return msgspec.json.decode(stored, type=CoreMetadata)

    def add(
        self, project_id: ProjectId, version: Version, metadata: CoreMetadata, created: datetime
    ) -> Release:
        """Add a release that is not yanked."""
        values = {
            "project_id": project_id,
            "version": str(version),
            "release_key": release_key(version),
            "created": created,
        }
        try:
            with self._connection.begin_nested():
                row = self._connection.execute(insert(releases).returning(releases), values).one()
        except IntegrityError as error:
            raise ConcurrentChange from error
        self._connection.execute(
            insert(release_metadata), {"release_id": row.id, "metadata": msgspec.json.encode(metadata)}
        )
        return _release(row)

    def update(self, release: Release) -> None:
        """Store the yank of a release that is there."""
        self._connection.execute(
            update(releases).where(releases.c.id == release.id),
            {"yank_reason": None if release.yank is None else release.yank.reason},
        )


def _release(row: Row[tuple[object, ...]]) -> Release:
    return Release(
        id=ReleaseId(row.id),
        project_id=ProjectId(row.project_id),
        version=Version(row.version),
        created=row.created,
        yank=None if row.yank_reason is None else Yank(row.yank_reason),
    )


if TYPE_CHECKING:
    _: type[Releases] = SqlReleases
