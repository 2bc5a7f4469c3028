"""What is new on an index, as feeds tell it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from email.utils import getaddresses

import msgspec

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.entities import DescribedRelease, Project, Release
from pypi_core.domain.latest import latest_release
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.permissions import require
from pypi_core.errors import ProjectNotFound
from pypi_core.ports.transactions import OpenSnapshot, Snapshot
from pypi_core.use_cases.permitted import governed_index


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


class ListNewestReleases:
    """
    Return the releases that came last, the newest first, without those of quarantined projects.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self, actor: Actor, limit: int) -> Sequence[NewsItem]:
        """Return up to *limit* of them."""
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, governed_index(snapshot))
            return _items(snapshot, snapshot.releases.newest(limit))


class ListNewestProjects:
    """
    Return the projects that came last, the newest first, without quarantined ones.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self, actor: Actor, limit: int) -> Sequence[NewsItem]:
        """Return up to *limit* of them, each with the words of its latest release."""
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, governed_index(snapshot))
            return [_project(snapshot, each) for each in snapshot.projects.newest(limit)]


class ListReleasesOfProject:
    """
    Return the releases of a project that came last, the newest first.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
        ProjectNotFound: There is no such project, or it is quarantined.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self, actor: Actor, name: NormalizedName, limit: int) -> Sequence[NewsItem]:
        """Return up to *limit* of them."""
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, governed_index(snapshot))
            project = snapshot.projects.get(name)
            if not project.status.offers_files:
                raise ProjectNotFound(name)
            releases = sorted(snapshot.releases.of(project.id), key=lambda each: each.created, reverse=True)
            return _items(
                snapshot, (DescribedRelease(project=project, release=each) for each in releases[:limit])
            )


def _items(snapshot: Snapshot, releases: Iterable[DescribedRelease]) -> Sequence[NewsItem]:
    return [
        _item(each.project, each.release, snapshot.releases.metadata_of(each.release.id)) for each in releases
    ]


def _item(project: Project, release: Release, metadata: CoreMetadata) -> NewsItem:
    return NewsItem(
        project=project,
        release=release,
        moment=release.created,
        summary=metadata.summary,
        authors=_addresses(metadata),
    )


def _project(snapshot: Snapshot, project: Project) -> NewsItem:
    latest = latest_release(snapshot.releases.of(project.id), snapshot.files.of(project.id))
    metadata = snapshot.releases.metadata_of(latest.id) if latest else CoreMetadata()
    return NewsItem(
        project=project,
        release=None,
        moment=project.created,
        summary=metadata.summary,
        authors=_addresses(metadata),
    )


def _addresses(metadata: CoreMetadata) -> tuple[str, ...]:
    addresses = tuple(address for _name, address in getaddresses([metadata.author_email]) if address)
    return addresses if all("@" in each for each in addresses) else ()
