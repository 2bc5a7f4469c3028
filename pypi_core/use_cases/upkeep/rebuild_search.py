"""Fill the search of an index from its rows."""

from __future__ import annotations

from pypi_core.domain.entities import ProjectId
from pypi_core.ports.search import SearchEngine
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.upkeep.index_for_search import IndexForSearch

_BATCH = 500


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
