"""Queries in the language of SQLite's full-text index."""

from __future__ import annotations

from pypi_core.ports.search import SearchField, SearchQuery
from pypi_search.words import words_of

_MOST_WORDS = 10
_FREE_TEXT = "{name keywords summary description}"
_COLUMNS = {each: f"{{{each.value}}}" for each in SearchField}


class Expression:
    """
    What a query asks of the words of a project.

    Attributes:
        words: The words of its free text.
        is_hopeless: Whether it asks for words and has none that could be found.
    """

    def __init__(self, query: SearchQuery) -> None:
        self.words = words_of(query.words)
        asked = {field: words_of(text) for field, text in query.fields.items() if text.strip()}
        self.is_hopeless = bool(query.words.strip() and not self.words) or not all(asked.values())
        self._fields = " AND ".join(f"{_COLUMNS[field]} : ({_all(words)})" for field, words in asked.items())

    @property
    def text(self) -> str:
        """The whole of it; empty where any project will do."""
        return self._with_words_in(_FREE_TEXT)

    @property
    def in_names(self) -> str:
        """The same, but with the words of the free text in the name."""
        return self._with_words_in(_COLUMNS[SearchField.NAME])

    def _with_words_in(self, columns: str) -> str:
        words = f"{columns} : ({_all(self.words)})" if self.words else ""
        return " AND ".join(each for each in (words, self._fields) if each)


def _all(words: list[str]) -> str:
    return " ".join(f'"{word}"*' for word in words[:_MOST_WORDS])
