"""Find projects by words, and by single fields of their metadata."""

from __future__ import annotations

from collections.abc import Sequence

from pypi_core.domain.accounts import Actor
from pypi_core.errors import Invalid
from pypi_core.ports.search import SearchEngine, SearchQuery, SearchResults
from pypi_core.use_cases.reading.access import Reading
from pypi_core.use_cases.reading.field_search import FieldQuery, FoundRelease, find_by_fields
from pypi_protocol.errors import Problem

_MOST_OF_A_FACET = 20
_MOST_HITS = 100
_LONGEST_QUERY = 500
_FARTHEST = 10_000


class SearchQueries:
    """Searches of an index, for callers who may read it (`Reading`)."""

    def __init__(self, reading: Reading, search: SearchEngine) -> None:
        self._reading = reading
        self._search = search

    def by_words(self, actor: Actor, query: SearchQuery) -> SearchResults:
        """
        Return one page of hits, best first; what was just published appears once the worker has seen it.

        Raises:
            Invalid: The query is too long, has no field to look in or one twice, or asks for more than a page
                of 100 hits.
        """
        self._reading.authorise(actor)
        _check(query)
        return self._search.query(query)

    def by_fields(self, actor: Actor, query: FieldQuery) -> Sequence[FoundRelease]:
        """
        Return up to 100 projects, the best first; a value matches where all its words stand.

        Case and accents do not matter.  The search engine proposes by names, summaries,
        descriptions and keywords; the other fields choose among what it proposes.

        Raises:
            Invalid: No field is one that the search engine knows, there are too many values, or one is
                too long.
        """
        with self._reading(actor) as snapshot:
            return find_by_fields(snapshot, self._search, query)


def _check(query: SearchQuery) -> None:
    problems = []
    if not 1 <= query.limit <= _MOST_HITS:
        problems.append(Problem("limit", f"Ask for 1 to {_MOST_HITS} hits at a time."))
    if not 0 <= query.offset <= _FARTHEST:
        problems.append(Problem("offset", f"Ask for at most {_FARTHEST} hits in all: use more words."))
    if len(query.words) > _LONGEST_QUERY:
        problems.append(Problem("words", f"Use at most {_LONGEST_QUERY} characters."))
    if not query.words_in or len({*query.words_in}) < len(query.words_in):
        problems.append(
            Problem("words_in", "Name the fields in which to look for the words, at least one, each once.")
        )
    problems += [
        Problem(field, f"Use at most {_LONGEST_QUERY} characters.")
        for field, text in query.fields.items()
        if len(text) > _LONGEST_QUERY
    ]
    problems += [
        Problem(f"{kind}s", f"Ask for at most {_MOST_OF_A_FACET} at once.")
        for kind, values in query.by_facet.items()
        if len(values) > _MOST_OF_A_FACET
    ]
    problems += [
        Problem(f"{kind}s", f"Use at most {_LONGEST_QUERY} characters for each.")
        for kind, values in query.by_facet.items()
        if any(len(each) > _LONGEST_QUERY for each in values)
    ]
    if problems:
        raise Invalid(*problems)
