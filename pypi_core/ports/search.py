"""Finding projects by words."""

from __future__ import annotations

from typing import Protocol

import msgspec

from pypi_core.domain.names import DisplayName, NormalizedName


class SearchDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What a search engine is told of a project: its newest release."""

    name: NormalizedName
    display_name: DisplayName
    version: str
    summary: str = ""
    keywords: tuple[str, ...] = ()
    description: str = ""


class SearchQuery(msgspec.Struct, frozen=True, kw_only=True):
    """
    What somebody looks for.

    *words* is free text as typed; empty text matches every project.  *offset* and
    *limit* count hits; *limit* is at most 100.
    """

    words: str = ""
    offset: int = 0
    limit: int = 20


class SearchHit(msgspec.Struct, frozen=True, kw_only=True):
    """A project found."""

    name: NormalizedName
    display_name: DisplayName
    version: str
    summary: str


class SearchResults(msgspec.Struct, frozen=True, kw_only=True):
    """One page of hits, best first; *more* tells whether others follow."""

    hits: tuple[SearchHit, ...]
    more: bool


class SearchEngine(Protocol):
    """
    A disposable read model: it can be emptied and filled again at any time.

    All words of a query must match, each as a prefix, in name, keywords, summary or
    description; an engine may heed the first ten words alone.  Words end at anything but
    letters and digits; case and accents do not matter.  A project whose name is the query,
    in any spelling, comes first; words in a name count for more than words elsewhere.  Bad
    input finds nothing; no text is an error.
    """

    def put(self, document: SearchDocument) -> None:
        """Make a project findable; a document of the same name is replaced."""
        ...

    def remove(self, name: NormalizedName) -> None:
        """Make a project unfindable; nothing happens when it is not there."""
        ...

    def query(self, query: SearchQuery) -> SearchResults:
        """Return the hits for *query*; the same query on the same content answers the same."""
        ...
