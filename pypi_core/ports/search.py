"""Finding projects by words, and by what their newest release says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from pypi_core.domain.names import DisplayName, NormalizedName


class SearchField(StrEnum):
    """What can be searched by itself."""

    NAME = "name"
    SUMMARY = "summary"
    KEYWORDS = "keywords"
    DESCRIPTION = "description"
    AUTHOR = "author"
    MAINTAINER = "maintainer"
    LICENSE = "license"


FREE_TEXT = (SearchField.NAME, SearchField.KEYWORDS, SearchField.SUMMARY, SearchField.DESCRIPTION)
"""Where words are looked for by default."""


class SearchSort(StrEnum):
    """In which order hits come."""

    RELEVANCE = "relevance"
    NAME = "name"
    UPDATED = "updated"


class SearchDocument(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a search engine is told of a project: its newest release.

    ``author`` and ``maintainer`` are names and addresses; ``updated`` is when the release came.
    """

    name: NormalizedName
    display_name: DisplayName
    version: str
    summary: str = ""
    keywords: tuple[str, ...] = ()
    description: str = ""
    author: str = ""
    maintainer: str = ""
    license: str = ""
    classifiers: tuple[str, ...] = ()
    updated: datetime | None = None


class SearchQuery(msgspec.Struct, frozen=True, kw_only=True):
    """
    A search.

    *words* is free text as typed, each word of which has to be in one of *words_in*; no words, no
    *fields* and no *classifiers* match every project.  *fields* are texts whose words have to be in one
    field each; *classifiers* have to be carried all.  *offset* and *limit* count hits; *limit* is at most
    100.  With *facets* the results tell which classifiers the hits carry.
    """

    words: str = ""
    words_in: tuple[SearchField, ...] = FREE_TEXT
    fields: Mapping[SearchField, str] = {}
    classifiers: tuple[str, ...] = ()
    sort: SearchSort = SearchSort.RELEVANCE
    offset: int = 0
    limit: int = 20
    facets: bool = False


class SearchHit(msgspec.Struct, frozen=True, kw_only=True):
    """A project found; *updated* is when its newest release came, where that is known."""

    name: NormalizedName
    display_name: DisplayName
    version: str
    summary: str
    updated: datetime | None = None


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """How many hits carry a classifier."""

    classifier: str
    count: int


class SearchResults(msgspec.Struct, frozen=True, kw_only=True):
    """
    One page of hits; *more* tells whether others follow.

    *facets*, the most frequent first, are counted among all hits, of which an engine may
    look at the first thousand alone.
    """

    hits: tuple[SearchHit, ...]
    more: bool
    facets: tuple[Facet, ...] = ()


class SearchEngine(Protocol):
    """
    A disposable read model: it can be emptied and filled again at any time.

    All words of a query must match, each as a prefix, in one of the fields that the query names
    for them, those of a field in that field; an engine may heed the first ten words alone.
    Words end at anything but letters and digits; case and accents do not matter.  By relevance a
    project whose name is the query, in any spelling, comes first; words in a name count for more
    than words elsewhere.  By update the newest comes first; where more than ten thousand match,
    some may be left out of a sorted list.  Bad input finds nothing; no text is an error.
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

    def is_empty(self) -> bool:
        """Return whether no project is findable, as after a loss of the engine's files."""
        ...
