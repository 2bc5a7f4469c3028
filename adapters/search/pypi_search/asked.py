"""What a query asks for, taken apart."""

from __future__ import annotations

from collections.abc import Sequence

from pypi_core.domain.words import words_of
from pypi_core.ports.search import SearchField, SearchQuery
from pypi_search.documents import LONGEST_WORD, label

_MOST_WORDS = 10


class Asked:
    """
    A query, taken apart.

    Attributes:
        words: The words of its free text, folded.
        words_in: The fields in which they may be, each once.
        fields: For single fields the words that have to be in them.
        labels: The labels that a project has to have.
        key: The words without what separates them.
        is_hopeless: Whether it asks for words and has none that could be found.
        is_by_name: Whether the words may be a name.
    """

    def __init__(self, query: SearchQuery) -> None:
        self.words = _words(query.words)
        self.words_in = tuple(dict.fromkeys(query.words_in))
        self.fields = {field: _words(text) for field, text in query.fields.items() if text.strip()}
        self.labels = [
            label(kind, each) for kind, values in query.by_facet.items() for each in dict.fromkeys(values)
        ]
        self.key = "".join(self.words)
        self.is_hopeless = bool(query.words.strip() and not self.words) or not all(self.fields.values())
        self.is_by_name = bool(self.words) and SearchField.NAME in self.words_in

    @property
    def is_conditional(self) -> bool:
        """Whether something else than free text is asked for."""
        return bool(self.fields or self.labels)


def _words(text: str) -> Sequence[str]:
    return [each[:LONGEST_WORD] for each in words_of(text)[:_MOST_WORDS]]
