"""A search that is brought up to date by each search, for programs without a worker."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Lock

from pypi_core.domain.names import NormalizedName
from pypi_core.ports.changes import ChangeSignal, Generation
from pypi_core.ports.search import (
    SearchDocument,
    SearchEngine,
    SearchFilling,
    SearchQuery,
    SearchResults,
)


class CurrentSearch:
    """
    Answer from *engine*, after *bring_up_to_date* where anything was committed since the last query.

    A query that finds nothing committed costs a look at *signal*, which takes microseconds.  Queries
    of several threads wait for the one that brings the engine up to date.
    """

    def __init__(
        self, engine: SearchEngine, signal: ChangeSignal, bring_up_to_date: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._signal = signal
        self._bring_up_to_date = bring_up_to_date
        self._lock = Lock()
        self._seen: Generation | None = None

    def put(self, document: SearchDocument) -> None:
        """Make a project findable."""
        self._engine.put(document)

    def remove(self, name: NormalizedName) -> None:
        """Make a project unfindable."""
        self._engine.remove(name)

    def query(self, query: SearchQuery) -> SearchResults:
        """Return the hits for *query* as of now."""
        with self._lock:
            generation = self._signal.generation()
            if generation != self._seen:
                self._bring_up_to_date()
                # Bringing it up to date commits, too: the next query has one look in vain.
                self._seen = generation
        return self._engine.query(query)

    def is_empty(self) -> bool:
        """Return whether no project is findable."""
        return self._engine.is_empty()

    def filling(self) -> AbstractContextManager[SearchFilling]:
        """Fill the engine anew."""
        return self._engine.filling()
