"""Queries in the language of SQLite's full-text index."""

from __future__ import annotations

from pypi_core.ports.search import SearchField, SearchQuery
from pypi_search.words import words_of

_MOST_WORDS = 10


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
        self._words_in = query.words_in
        self._fields = " AND ".join(f"{_columns(field)} : ({_all(words)})" for field, words in asked.items())

    @property
    def text(self) -> str:
        """The whole of it; empty where any project will do."""
        return self._with_words_in(*self._words_in)

    @property
    def in_names(self) -> str:
        """The same, but with the words of the free text in the name if they may be there."""
        return self._with_words_in(SearchField.NAME) if SearchField.NAME in self._words_in else self.text

    def _with_words_in(self, *fields: SearchField) -> str:
        words = f"{_columns(*fields)} : ({_all(self.words)})" if self.words else ""
        return " AND ".join(each for each in (words, self._fields) if each)


def _columns(*fields: SearchField) -> str:
    return f"{{{' '.join(fields)}}}"


def _all(words: list[str]) -> str:
    return " ".join(f'"{word}"*' for word in words[:_MOST_WORDS])
