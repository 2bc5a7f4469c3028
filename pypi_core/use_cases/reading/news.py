"""What is new on an index, as feeds show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from email.utils import getaddresses

import msgspec

from pypi_core.domain.accounts import Actor
from pypi_core.domain.entities import DescribedRelease, Project, Release
from pypi_core.domain.latest import latest_release
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import NormalizedName
from pypi_core.ports.transactions import Snapshot
from pypi_core.use_cases.reading.access import Queries
from pypi_core.use_cases.reading.projects import offered_project


class NewsItem(msgspec.Struct, frozen=True, kw_only=True):
    """
    Something new: a release, or a project if ``release`` is ``None``.

    ``authors`` are addresses; none where one of those given has no ``@``.
    """

    project: Project
    release: Release | None
    moment: datetime
    summary: str = ""
    authors: tuple[str, ...] = ()


class NewsQueries(Queries):
    """
    What came last, the newest first, for callers who may read the index (`Reading`).

    Quarantined projects are left out.
    """

    def releases(self, actor: Actor, limit: int) -> Sequence[NewsItem]:
        """Return up to *limit* releases."""
        with self._reading(actor) as snapshot:
            return _items(snapshot, snapshot.releases.newest(limit))

    def projects(self, actor: Actor, limit: int) -> Sequence[NewsItem]:
        """Return up to *limit* projects, each with the words of its latest release."""
        with self._reading(actor) as snapshot:
            return [_project(snapshot, each) for each in snapshot.projects.newest(limit)]

    def releases_of(self, actor: Actor, name: NormalizedName, limit: int) -> Sequence[NewsItem]:
        """
        Return up to *limit* releases of one project.

        Raises:
            ProjectNotFound: There is no such project, or it is quarantined.
        """
        with self._reading(actor) as snapshot:
            project = offered_project(snapshot, name)
            releases = sorted(snapshot.releases.of(project.id), key=lambda each: each.created, reverse=True)
            return _items(
                snapshot, (DescribedRelease(project=project, release=each) for each in releases[:limit])
            )


def _items(snapshot: Snapshot, releases: Iterable[DescribedRelease]) -> Sequence[NewsItem]:
    return [
        _item(each.project, each.release, snapshot.releases.metadata_of(each.release.id)) for each in releases
    ]


def _item(project: Project, release: Release | None, metadata: CoreMetadata) -> NewsItem:
    return NewsItem(
        project=project,
        release=release,
        moment=(release or project).created,
        summary=metadata.summary,
        authors=_addresses(metadata),
    )


def _project(snapshot: Snapshot, project: Project) -> NewsItem:
    latest = latest_release(snapshot.releases.of(project.id), snapshot.files.of(project.id))
    return _item(project, None, snapshot.releases.metadata_of(latest.id) if latest else CoreMetadata())


def _addresses(metadata: CoreMetadata) -> tuple[str, ...]:
    addresses = tuple(address for _name, address in getaddresses([metadata.author_email]) if address)
    return addresses if all("@" in each for each in addresses) else ()
