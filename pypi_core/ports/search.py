"""Finding projects by words, and by what their newest release says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
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
    ``modules`` are what it lets one import.  ``licenses`` and ``pythons`` are those that facets count, the
    latter as in ``3.12``.  ``popularity`` grows with how much the project is used.
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
    licenses: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    popularity: int = 0
    updated: datetime | None = None

    @property
    def by_facet(self) -> Mapping[FacetKind, tuple[str, ...]]:
        """The values of each facet that it has."""
        return {
            FacetKind.CLASSIFIER: self.classifiers,
            FacetKind.LICENSE: self.licenses,
            FacetKind.PYTHON: self.pythons,
        }


class SearchQuery(msgspec.Struct, frozen=True, kw_only=True):
    """
    A search.

    *words* is free text as typed, each word of which has to be in one of *words_in*; no words and nothing
    else match every project.  *fields* are texts whose words have to be in one field each.  A project has to
    have all of *classifiers*, *licenses* and *pythons*, which are values of facets.  *offset* and *limit*
    count hits; *limit* is at most 100.  With *facets* the results tell how many hits there are, and what they
    have in common.
    """

    words: str = ""
    words_in: tuple[SearchField, ...] = FREE_TEXT
    fields: Mapping[SearchField, str] = {}
    classifiers: tuple[str, ...] = ()
    licenses: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ()
    sort: SearchSort = SearchSort.RELEVANCE
    offset: int = 0
    limit: int = 20
    facets: bool = False

    @property
    def by_facet(self) -> Mapping[FacetKind, tuple[str, ...]]:
        """The values of each facet that a project has to have."""
        return {
            FacetKind.CLASSIFIER: self.classifiers,
            FacetKind.LICENSE: self.licenses,
            FacetKind.PYTHON: self.pythons,
        }


class SearchHit(msgspec.Struct, frozen=True, kw_only=True):
    """A project found; *updated* is when its newest release came, where that is known."""

    name: NormalizedName
    display_name: DisplayName
    version: str
    summary: str
    updated: datetime | None = None


class FacetKind(StrEnum):
    """What hits are counted by."""

    CLASSIFIER = "classifier"
    LICENSE = "license"
    PYTHON = "python"


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """How many hits have a classifier, a licence or a version of Python."""

    kind: FacetKind
    value: str
    count: int


MOST_COUNTED = 2000
"""So many hits are counted at most."""

MOST_FACETS = 50
"""So many facets of a kind are told at most."""


class SearchResults(msgspec.Struct, frozen=True, kw_only=True):
    """
    One page of hits; *more* tells whether others follow.

    If they are asked for, *total* is how many hits there are, counted up to `MOST_COUNTED`, and
    *total_is_at_least* whether there are more.  *facets* are counted among as many; of each kind there are
    up to `MOST_FACETS`, the most frequent first.
    """

    hits: tuple[SearchHit, ...]
    more: bool
    total: int | None = None
    total_is_at_least: bool = False
    facets: tuple[Facet, ...] = ()


class SearchFilling(Protocol):
    """What a search engine will find once it is filled."""

    def add(self, documents: Sequence[SearchDocument]) -> None:
        """
        Add projects, each once; what was put or removed since the filling began counts for more.

        Raises:
            Unavailable: The engine does not answer, or another filling began after this one.
        """
        ...


class SearchEngine(Protocol):
    """
    A disposable read model: it can be emptied and filled again at any time.

    All words of a query must match, each as a prefix, in one of the fields that the query names
    for them, those of a field in that field; an engine may heed the first ten words alone.
    Words end at anything but letters and digits; case and accents do not matter.  Where the words are looked
    for in names, they are in modules, too, and names that differ from the query by one letter or two letters
    swapped are found as well, unless a project has that very name.

    By relevance they come as `pypi_core.domain.relevance.Relevance` puts them; where more match than are
    worth ranking, those that have the words in the more telling fields are ranked, and of these the most
    popular.  By update the newest comes first; where more than ten thousand match, some may be left out of a
    sorted list.  Bad input finds nothing; no text is an error.

    Every method raises `Unavailable` where the engine does not answer.
    """

    def put(self, document: SearchDocument) -> None:
        """Make a project findable, soon at the latest; a document of the same name is replaced."""
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

    def filling(self) -> AbstractContextManager[SearchFilling]:
        """
        Fill the engine anew: when the block is left, what was added in it takes the place of all else.

        Until then, and for good if the block raises, the engine finds what it found before.
        """
        ...
