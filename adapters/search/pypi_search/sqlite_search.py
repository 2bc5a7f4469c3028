"""One query, carried out on one state of a search file."""

from __future__ import annotations

import json
import sqlite3

from pypi_core.ports.search import Facet, SearchQuery, SearchResults, SearchSort
from pypi_search.expressions import Expression
from pypi_search.ranking import Candidate, Ranking
from pypi_search.sqlite_statements import Statements
from pypi_search.words import storable

# About so many of the matches are ranked, the rest follows in the order it was added: to rank all
# that match a common word would cost a hundred times as much.
_RANKED = 200


class Search:
    """Finds what *query* asks for; *expression* is made of it."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        statements: Statements,
        query: SearchQuery,
        expression: Expression,
    ) -> None:
        self._connection = connection
        self._statements = statements
        self._query = query
        self._expression = expression
        self._carried = tuple(map(storable, dict.fromkeys(query.classifiers)))
        self._condition = statements.carrying(len(self._carried))

    def results(self) -> SearchResults:
        """Return one page of hits, with facets if they are asked for."""
        limit = self._query.limit
        # One more than asked for tells whether others follow.
        found = self._page(limit + 1)
        return SearchResults(
            hits=tuple(each.as_hit() for each in found[:limit]),
            more=len(found) > limit,
            facets=self._facets() if self._query.facets else (),
        )

    def _page(self, wanted: int) -> list[Candidate]:
        if self._query.sort is SearchSort.RELEVANCE and self._expression.words:
            return self._best(wanted)
        statement = self._statements.sorted(
            self._condition,
            matching=bool(self._expression.text),
            by_update=self._query.sort is SearchSort.UPDATED,
        )
        return self._all(statement, *self._matching(), *self._carried, wanted, self._query.offset)

    def _best(self, wanted: int) -> list[Candidate]:
        offset, ranked = self._query.offset, self._ranked()
        found = ranked[offset : offset + wanted]
        if len(found) < wanted and len(ranked) >= _RANKED:
            seen = json.dumps([each.identifier for each in ranked])
            found += self._all(
                self._statements.matches_beyond(self._condition),
                self._expression.text,
                *self._carried,
                seen,
                wanted - len(found),
                max(0, offset - len(ranked)),
            )
        return found

    def _ranked(self) -> list[Candidate]:
        ranking, text = Ranking(self._expression.words), self._expression.text
        # "~" comes after all characters of a normalised name.
        names = (ranking.name, ranking.name + "~")
        found = set(
            self._all(self._statements.names_between(self._condition), *names, text, *self._carried, _RANKED)
        )
        for expression in (self._expression.in_names, text):
            # Those found by their names are the better ones: where there are many, no more are needed.
            if len(found) < _RANKED:
                found.update(
                    self._all(self._statements.matches(self._condition), expression, *self._carried, _RANKED)
                )
        return ranking.sorted(found)

    def _facets(self) -> tuple[Facet, ...]:
        statement = self._statements.facets(self._condition, matching=bool(self._expression.text))
        rows = self._connection.execute(statement, (*self._matching(), *self._carried))
        return tuple(Facet(classifier=classifier, count=count) for classifier, count in rows)

    def _matching(self) -> tuple[str, ...]:
        return (self._expression.text,) if self._expression.text else ()

    def _all(self, statement: str, *values: object) -> list[Candidate]:
        return [Candidate(*row) for row in self._connection.execute(statement, values)]
