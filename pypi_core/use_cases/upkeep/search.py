"""Tell the search engine of the projects of an index."""

from __future__ import annotations

from pypi_core.domain.entities import ProjectId
from pypi_core.domain.latest import latest_release
from pypi_core.domain.names import NormalizedName
from pypi_core.ports.search import SearchDocument, SearchEngine
from pypi_core.ports.transactions import OpenSnapshot

_BATCH = 500


class IndexForSearch:
    """Make the search engine show a project as it is now; what is gone or quarantined is not found."""

    def __init__(self, open_snapshot: OpenSnapshot, search: SearchEngine) -> None:
        self._open_snapshot = open_snapshot
        self._search = search

    def __call__(self, name: NormalizedName) -> None:
        document = self._document(name)
        if document is None:
            self._search.remove(name)
        else:
            self._search.put(document)

    def _document(self, name: NormalizedName) -> SearchDocument | None:
        with self._open_snapshot() as snapshot:
            project = snapshot.projects.find(name)
            if project is None or not project.status.offers_files:
                return None
            release = latest_release(snapshot.releases.of(project.id), snapshot.files.of(project.id))
            if release is None:
                return None
            metadata = snapshot.releases.metadata_of(release.id)
            return SearchDocument(
                name=name,
                display_name=project.display_name,
                version=str(release.version),
                summary=metadata.summary,
                keywords=metadata.keywords,
                description=metadata.description,
                author=f"{metadata.author} {metadata.author_email}".strip(),
                maintainer=f"{metadata.maintainer} {metadata.maintainer_email}".strip(),
                license=metadata.license_expression or metadata.license,
                classifiers=metadata.classifiers,
                updated=release.created,
            )


class RebuildSearch:
    """
    Tell the search engine of every project, in bounded memory; searches go on meanwhile.

    With *only_if_empty*, does so only where nothing can be found.  Returns how many projects there
    were.  What the engine has and the index does not, stays: empty the engine to be rid of it.
    """

    def __init__(
        self, open_snapshot: OpenSnapshot, search: SearchEngine, index_for_search: IndexForSearch
    ) -> None:
        self._open_snapshot = open_snapshot
        self._search = search
        self._index_for_search = index_for_search

    def __call__(self, *, only_if_empty: bool = False) -> int:
        if only_if_empty and not self._search.is_empty():
            return 0
        count, last = 0, ProjectId(0)
        while True:
            with self._open_snapshot() as snapshot:
                batch = snapshot.projects.listed_after(last, _BATCH)
            if not batch:
                return count
            for project in batch:
                self._index_for_search(project.name)
            count, last = count + len(batch), batch[-1].id
