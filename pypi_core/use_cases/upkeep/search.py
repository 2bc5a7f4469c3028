"""Tell the search engine of the projects of an index."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from pypi_core.domain.entities import File, Project, ProjectId, Release
from pypi_core.domain.latest import latest_release
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.metadata.import_names import public_modules
from pypi_core.domain.metadata.requirements import required_projects
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.popularity import MOST_DEPENDENTS, popularity
from pypi_core.ports.dependencies import Dependencies
from pypi_core.ports.download_counts import DownloadCounts
from pypi_core.ports.environment import Clock
from pypi_core.ports.search import SearchDocument, SearchEngine, SearchFilling
from pypi_core.ports.transactions import OpenSnapshot, Snapshot

_LICENSE = "License :: "
_PYTHON = re.compile(r"Programming Language :: Python :: (\d+\.\d+)")
# What is longer is the text of a licence, not its name.
_LONGEST_LICENSE_NAME = 64
_BATCH = 500


@dataclass(frozen=True, eq=False)
class Popularity:
    """Tell how much a project is used: how often it was downloaded, and how many projects require it."""

    download_counts: DownloadCounts
    dependencies: Dependencies

    def __call__(self, project: Project) -> int:
        dependents = self.dependencies.count(project.name, MOST_DEPENDENTS)
        return popularity(self.download_counts.total(project.id), dependents)


class IndexForSearch:
    """
    Make a project found as it is now, by words and by what it requires.

    What is gone or quarantined is not found, and requires nothing.
    """

    def __init__(
        self,
        open_snapshot: OpenSnapshot,
        popularity: Popularity,
        dependencies: Dependencies,
        search: SearchEngine,
        clock: Clock,
    ) -> None:
        self._open_snapshot = open_snapshot
        self._popularity = popularity
        self._dependencies = dependencies
        self._search = search
        self._clock = clock

    def __call__(self, name: NormalizedName) -> None:
        with self._open_snapshot() as snapshot:
            project = snapshot.projects.find(name)
            shown = None if project is None else _Shown.of(snapshot, project)
        now = self._clock.now()
        if shown is None:
            self._dependencies.note(name, {}, 0, now)
            self._search.remove(name)
            return
        # Before the engine is asked, which may not answer.
        popular = self._popularity(shown.project)
        self._dependencies.note(name, shown.required(), popular, now)
        self._search.put(replace(shown.document(), popularity=popular))


class RebuildSearch:
    """
    Fill the search engine anew with every project, in bounded memory.

    Until all are there, searches find what they found before.  With *only_if_empty*, does so only where
    nothing can be found.  Returns how many projects there are.
    """

    def __init__(self, open_snapshot: OpenSnapshot, popularity: Popularity, search: SearchEngine) -> None:
        self._open_snapshot = open_snapshot
        self._popularity = popularity
        self._search = search

    def __call__(self, *, only_if_empty: bool = False) -> int:
        if only_if_empty and not self._search.is_empty():
            return 0
        with self._search.filling() as filling:
            count, last = 0, ProjectId(0)
            while True:
                found, last = self._add_after(last, filling)
                if not found:
                    return count
                count += found

    def _add_after(self, last: ProjectId, filling: SearchFilling) -> tuple[int, ProjectId]:
        with self._open_snapshot() as snapshot:
            batch = snapshot.projects.listed_after(last, _BATCH)
            shown = [each for each in (_Shown.of(snapshot, project) for project in batch) if each]
        filling.add([replace(each.document(), popularity=self._popularity(each.project)) for each in shown])
        return len(batch), batch[-1].id if batch else last


@dataclass(frozen=True, eq=False)
class _Shown:
    """A project by the release that it is shown by."""

    project: Project
    release: Release
    metadata: CoreMetadata
    files: Collection[File]

    @classmethod
    def of(cls, snapshot: Snapshot, project: Project) -> _Shown | None:
        """Read it, ``None`` where a project is not to be found."""
        if not project.status.offers_files:
            return None
        files = snapshot.files.of(project.id)
        release = latest_release(snapshot.releases.of(project.id), files)
        if release is None:
            return None
        of_release = [each for each in files if each.release_id == release.id]
        return cls(project, release, snapshot.releases.metadata_of(release.id), of_release)

    def required(self) -> Mapping[NormalizedName, bool]:
        """Return what it requires, and whether only an extra does; some require an extra of themselves."""
        found = required_projects(self.metadata.requires_dist)
        return {name: is_optional for name, is_optional in found.items() if name != self.project.name}

    def document(self) -> SearchDocument:
        """Return what a search engine is told of it."""
        metadata = self.metadata
        found = {module for each in self.files for module in each.modules}
        licenses = tuple(licenses_of(metadata))
        return SearchDocument(
            name=self.project.name,
            display_name=self.project.display_name,
            version=str(self.release.version),
            summary=metadata.summary,
            keywords=metadata.keywords,
            description=metadata.description,
            author=f"{metadata.author} {metadata.author_email}".strip(),
            maintainer=f"{metadata.maintainer} {metadata.maintainer_email}".strip(),
            license=metadata.license_expression or metadata.license or " ".join(licenses),
            classifiers=metadata.classifiers,
            licenses=licenses,
            pythons=tuple(_pythons(metadata)),
            modules=tuple(sorted(found | public_modules(metadata))),
            updated=self.release.created,
        )


def licenses_of(metadata: CoreMetadata) -> Iterator[str]:
    """Yield the licences by which projects are counted: as SPDX names them, or else as classifiers do."""
    if metadata.license_expression:
        yield metadata.license_expression
        return
    classified = [each for each in metadata.classifiers if each.startswith(_LICENSE)]
    yield from (each.rpartition(" :: ")[2] for each in classified)
    name = metadata.license.strip()
    if not classified and name and len(name) <= _LONGEST_LICENSE_NAME and "\n" not in name:
        yield name


def _pythons(metadata: CoreMetadata) -> Iterator[str]:
    """Yield the versions of Python for which a release is classified."""
    for each in metadata.classifiers:
        if match := _PYTHON.fullmatch(each):
            yield match[1]
