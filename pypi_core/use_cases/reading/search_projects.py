"""Find projects by words."""

from __future__ import annotations

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.permissions import require
from pypi_core.errors import Invalid
from pypi_core.ports.search import SearchEngine, SearchQuery, SearchResults
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.permitted import governed_index
from pypi_protocol.errors import Problem

_MOST_CLASSIFIERS = 20
_MOST_HITS = 100
_LONGEST_QUERY = 500
_FARTHEST = 10_000


class SearchProjects:
    """
    Search the index; what was just published appears once the worker has seen it.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
        Invalid: The query is too long, has no field to look in or one twice, or asks for more than a page
            of 100 hits.
    """

    def __init__(self, open_snapshot: OpenSnapshot, search: SearchEngine) -> None:
        self._open_snapshot = open_snapshot
        self._search = search

    def __call__(self, actor: Actor, query: SearchQuery) -> SearchResults:
        """Return one page of hits, best first."""
        with self._open_snapshot() as snapshot:
            require(actor, Action.READ, governed_index(snapshot))
        problems = []
        if not 1 <= query.limit <= _MOST_HITS:
            problems.append(Problem("limit", f"Ask for 1 to {_MOST_HITS} hits at a time."))
        if not 0 <= query.offset <= _FARTHEST:
            problems.append(Problem("offset", f"Ask for at most {_FARTHEST} hits in all: use more words."))
        if len(query.words) > _LONGEST_QUERY:
            problems.append(Problem("words", f"Use at most {_LONGEST_QUERY} characters."))
        if not query.words_in or len({*query.words_in}) < len(query.words_in):
            problems.append(
                Problem(
                    "words_in", "Name the fields in which to look for the words, at least one, each once."
                )
            )
        problems += [
            Problem(field, f"Use at most {_LONGEST_QUERY} characters.")
            for field, text in query.fields.items()
            if len(text) > _LONGEST_QUERY
        ]
        if len(query.classifiers) > _MOST_CLASSIFIERS:
            problems.append(Problem("classifiers", f"Ask for at most {_MOST_CLASSIFIERS} at once."))
        if problems:
            raise Invalid(*problems)
        return self._search.query(query)
