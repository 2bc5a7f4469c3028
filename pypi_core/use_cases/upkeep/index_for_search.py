"""Tell the search engine of a project."""

from __future__ import annotations

from pypi_core.domain.latest import latest_release
from pypi_core.domain.names import NormalizedName
from pypi_core.ports.search import SearchDocument, SearchEngine
from pypi_core.ports.transactions import OpenSnapshot


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
