"""A search engine in memory, for as many projects as a test has."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from pypi_core.domain.names import NormalizedName
from pypi_core.ports.search import SearchDocument, SearchEngine, SearchHit, SearchQuery, SearchResults

_WORD = re.compile(r"[^\W_]+")


class InMemorySearch:
    """Documents in a dictionary, looked through whole for each query."""

    def __init__(self) -> None:
        self._documents: dict[NormalizedName, SearchDocument] = {}

    def put(self, document: SearchDocument) -> None:
        """Make a project findable."""
        self._documents[document.name] = document

    def remove(self, name: NormalizedName) -> None:
        """Make a project unfindable."""
        self._documents.pop(name, None)

    def query(self, query: SearchQuery) -> SearchResults:
        """Find projects."""
        words = _words(query.words)
        found = [each for each in list(self._documents.values()) if _matches(each, words)]
        if query.words.strip() and not words:
            found = []
        found.sort(key=lambda document: _rank(document, words))
        page = found[query.offset : query.offset + query.limit]
        return SearchResults(
            hits=tuple(
                SearchHit(
                    name=each.name,
                    display_name=each.display_name,
                    version=each.version,
                    summary=each.summary,
                )
                for each in page
            ),
            more=len(found) > query.offset + query.limit,
        )


def _matches(document: SearchDocument, words: list[str]) -> bool:
    text = " ".join((document.name, *document.keywords, document.summary, document.description))
    there = _words(text)
    return all(any(each.startswith(word) for each in there) for word in words)


def _rank(document: SearchDocument, words: list[str]) -> tuple[bool, bool, bool, str]:
    name = "-".join(words)
    parts = document.name.split("-")
    return (
        document.name != name,
        not document.name.startswith(name),
        not all(any(part.startswith(word) for part in parts) for word in words),
        document.name,
    )


def _words(text: str) -> list[str]:
    decomposed = unicodedata.normalize("NFD", text.lower())
    return _WORD.findall("".join(each for each in decomposed if not unicodedata.combining(each)))


if TYPE_CHECKING:
    _: type[SearchEngine] = InMemorySearch
