"""What is found in the tables of a search file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING

from pypi_core.ports.search import SearchField, SearchSort
from pypi_search.asked import Asked
from pypi_search.documents import KEY, Candidate
from pypi_search.searching import MOST_OF_A_WORD, MOST_SORTED, Counted, Matches, common_words
from pypi_search.sqlite_statements import Statements, expression
from pypi_search.tagged_words import token_of

# An estimate: a look at the words of a project takes as long as collecting so many from the index.
_TIMES = 20


class SqliteMatches:
    """The projects of one set of tables that fulfil what *asked* asks for."""

    def __init__(self, connection: sqlite3.Connection, statements: Statements, asked: Asked) -> None:
        self._connection = connection
        self._statements = statements
        self._asked = asked
        self._condition = expression(asked)
        self._whole = expression(asked, asked.words_in)

    def keyed(self, keys: Collection[str], limit: int) -> Sequence[Candidate]:
        is_conditional = self._asked.is_conditional
        matches = (self._condition,) * 2 if is_conditional else ()
        statement = self._statements.keyed(is_conditional=is_conditional)
        return self._all(statement, json.dumps(list(keys)), *matches, limit)

    def labelled(self, label: str, limit: int) -> Sequence[Candidate]:
        return self._found(f'labels : "{token_of(label)}"', limit)

    def beginning(self, key: str, limit: int) -> Sequence[Candidate]:
        return self._found(f'{KEY} : "{key}"*', limit)

    def with_words(self, fields: Sequence[SearchField], limit: int) -> Sequence[Candidate]:
        return list(self._rows(self._statements.popular, expression(self._asked, fields), limit))

    def with_words_of_rest(self, limit: int) -> Sequence[Candidate]:
        fields, words = self._asked.words_in, self._asked.words
        common = self._common(words) if len(words) > 1 else ()
        match = expression(self._asked, fields, [each for each in words if each not in common])
        more = self._statements.having(fields, len(common))
        patterns = [f"% {each}%" for each in common]
        return list(self._rows(self._statements.rest, match, limit, *patterns, more=more))

    def beyond(self, seen: Collection[str], limit: int, offset: int) -> Sequence[Candidate]:
        return list(islice(self._others(seen), offset, offset + limit))

    def in_order(self, sort: SearchSort, limit: int, offset: int) -> Sequence[Candidate]:
        by_update = "p.updated DESC, p.name"
        order = {SearchSort.UPDATED: by_update, SearchSort.NAME: "p.name", SearchSort.RELEVANCE: "p.id"}[sort]
        if not self._whole:
            return self._all(self._statements.ordered(order), limit, offset)
        if sort is SearchSort.RELEVANCE:
            return self.beyond((), limit, offset)
        ids = json.dumps(list(islice(self._ids_found(), MOST_SORTED)))
        among = "p.id IN (SELECT value FROM json_each(?))"
        return self._all(self._statements.ordered(order, among), ids, limit, offset)

    def counted(self, names: Collection[str], most: int) -> Counted:
        of_names = self._connection.execute(self._statements.ids_of_names, (json.dumps(list(names)),))
        found = dict.fromkeys(chain((each for (each,) in of_names), islice(self._ids_found(), most)))
        ids = list(islice(found, most))
        labels = self._connection.execute(self._statements.label_counts, (json.dumps(ids),))
        return Counted(len(ids), labels)

    def _found(self, match: str, limit: int) -> Sequence[Candidate]:
        match = " AND ".join(each for each in (match, self._condition) if each)
        rows = (
            self._rows(table, match, limit) for table in (self._statements.popular, self._statements.rest)
        )
        return list(islice(chain.from_iterable(rows), limit))

    def _others(self, seen: Collection[str]) -> Iterator[Candidate]:
        for table in (self._statements.popular, self._statements.rest):
            for each in self._rows(table, self._whole, MOST_SORTED):
                if each.name not in seen:
                    yield each

    def _common(self, words: Iterable[str]) -> Sequence[str]:
        fields = self._asked.words_in
        counts = {each: self._count_popular(expression(self._asked, fields, [each])) for each in words}
        return common_words(counts, times=_TIMES)

    def _count_popular(self, match: str) -> int:
        (count,) = self._connection.execute(
            self._statements.count_popular, (match, MOST_OF_A_WORD)
        ).fetchone()
        return int(count)

    def _rows(
        self, table: str, match: str, limit: int, *values: object, more: str = ""
    ) -> Iterator[Candidate]:
        rows = self._connection.execute(self._statements.found(table, more=more), (match, *values, limit))
        return map(Candidate._make, rows)

    def _ids_found(self) -> Iterator[int]:
        if not self._whole:
            rows = self._connection.execute(self._statements.most_popular(MOST_SORTED))
            yield from (each for (each,) in rows)
            return
        for table in (self._statements.popular, self._statements.rest):
            rows = self._connection.execute(self._statements.ids_found(table), (self._whole,))
            yield from (each for (each,) in rows)

    def _all(self, statement: str, *values: object) -> Sequence[Candidate]:
        return [Candidate._make(row) for row in self._connection.execute(statement, values)]


if TYPE_CHECKING:
    _: type[Matches] = SqliteMatches
