"""Tell the search engine of the projects of an index."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from pypi_core.domain.entities import Project, ProjectId
from pypi_core.domain.latest import latest_release
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.metadata.import_names import public_modules
from pypi_core.domain.names import NormalizedName
from pypi_core.ports.download_counts import DownloadCounts
from pypi_core.ports.search import SearchDocument, SearchEngine, SearchFilling
from pypi_core.ports.transactions import OpenSnapshot, Snapshot

_LICENSE = "License :: "
_PYTHON = re.compile(r"Programming Language :: Python :: (\d+\.\d+)")
# What is longer is the text of a licence, not its name.
_LONGEST_LICENSE_NAME = 64
_BATCH = 500


class IndexForSearch:
    """Make the search engine show a project as it is now; what is gone or quarantined is not found."""

    def __init__(
        self, open_snapshot: OpenSnapshot, download_counts: DownloadCounts, search: SearchEngine
    ) -> None:
        self._open_snapshot = open_snapshot
        self._download_counts = download_counts
        self._search = search

    def __call__(self, name: NormalizedName) -> None:
        with self._open_snapshot() as snapshot:
            project = snapshot.projects.find(name)
            document = None if project is None else search_document(snapshot, project)
        if project is None or document is None:
            self._search.remove(name)
        else:
            downloads = self._download_counts.total(project.id)
            self._search.put(replace(document, popularity=downloads))


class RebuildSearch:
    """
    Fill the search engine anew with every project, in bounded memory.

    Until all are there, searches find what they found before.  With *only_if_empty*, does so only where
    nothing can be found.  Returns how many projects there are.
    """

    def __init__(
        self, open_snapshot: OpenSnapshot, download_counts: DownloadCounts, search: SearchEngine
    ) -> None:
        self._open_snapshot = open_snapshot
        self._download_counts = download_counts
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
            documents = [(each, search_document(snapshot, each)) for each in batch]
        filling.add(
            [
                replace(document, popularity=self._download_counts.total(project.id))
                for project, document in documents
                if document is not None
            ]
        )
        return len(batch), batch[-1].id if batch else last


def search_document(snapshot: Snapshot, project: Project) -> SearchDocument | None:
    """Return what a search engine is told of a project, ``None`` where it is not to be found."""
    if not project.status.offers_files:
        return None
    files = snapshot.files.of(project.id)
    release = latest_release(snapshot.releases.of(project.id), files)
    if release is None:
        return None
    metadata = snapshot.releases.metadata_of(release.id)
    found = {module for each in files if each.release_id == release.id for module in each.modules}
    licenses = tuple(_licenses(metadata))
    return SearchDocument(
        name=project.name,
        display_name=project.display_name,
        version=str(release.version),
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
        updated=release.created,
    )


def _licenses(metadata: CoreMetadata) -> Iterator[str]:
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
