"""Everything a person or a tool wants to know of one project."""

from __future__ import annotations

import msgspec
from packaging.version import Version

from pypi_core.domain.accounts import Action, Actor, Role
from pypi_core.domain.documentation import Alias
from pypi_core.domain.entities import File, Project, Release
from pypi_core.domain.latest import latest_release
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.permissions import require
from pypi_core.ports.transactions import OpenSnapshot, Snapshot
from pypi_core.use_cases.permitted import governed_index


class ProjectOverview(msgspec.Struct, frozen=True, kw_only=True):
    """
    A project, shown by one of its releases.

    ``releases`` and ``files`` are those of the whole project, the oldest version first;
    a quarantined project shows no files.  ``release`` and ``metadata`` are ``None``
    where there is no release yet, and for a quarantined project: its own words may mislead.
    ``documentation`` is the version by which documentation is asked for: that of the release, else
    ``latest`` where others have some, else ``None``.
    """

    project: Project
    releases: tuple[Release, ...]
    files: tuple[File, ...]
    release: Release | None
    metadata: CoreMetadata | None
    documentation: str | None = None
    members: tuple[tuple[str, Role], ...]
    private: bool

    def files_of(self, release: Release) -> tuple[File, ...]:
        """Return the files of one release."""
        return tuple(each for each in self.files if each.release_id == release.id)


class ReadProject:
    """
    Describe a project by the release asked for, or by its latest.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
        ProjectNotFound: There is no such project.
        ReleaseNotFound: The project has no such release.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self, actor: Actor, name: NormalizedName, version: Version | None = None) -> ProjectOverview:
        """Return the overview; any spelling of *version* is good."""
        with self._open_snapshot() as snapshot:
            governed = governed_index(snapshot)
            require(actor, Action.READ, governed)
            project = snapshot.projects.get(name)
            releases = snapshot.releases.of(project.id)
            files = snapshot.files.of(project.id) if project.status.offers_files else ()
            release = (
                latest_release(releases, files)
                if version is None
                else snapshot.releases.get(project, version)
            )
            if not project.status.offers_files:
                release = None
            return ProjectOverview(
                project=project,
                releases=tuple(releases),
                files=tuple(files),
                release=release,
                documentation=_documentation(snapshot, project, release) if release else None,
                metadata=snapshot.releases.metadata_of(release.id) if release else None,
                members=tuple(snapshot.memberships.named(project.id)),
                private=governed.is_private,
            )


def _documentation(snapshot: Snapshot, project: Project, release: Release) -> str | None:
    documented = snapshot.documentation.documented(project.id)
    if any(each.id == release.id for each in documented):
        return str(release.version)
    return Alias.LATEST if documented else None
