"""What is found in the tables of a search in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from psycopg import Cursor

from pypi_core.ports.search import SearchField, SearchSort
from pypi_search.asked import Asked
from pypi_search.documents import COLUMNS, KEY, Candidate, fields_of_words, places_of
from pypi_search.searching import MOST_OF_A_WORD, MOST_SORTED, Counted, Matches, common_words
from pypi_search.tagged_words import tagged, tagged_label

_SELECTED: Final = ", ".join(COLUMNS)
# Of those that are less popular; that is ten times as many as are ranked.
_MOST_OF_REST: Final = 2000
# An estimate: a look at the words of a project takes as long as collecting so many from the index.
_TIMES: Final = 5
# An order that no index has: walking along one could take all projects to find a few.
_ORDER: Final = "ORDER BY popularity + 0 DESC, name LIMIT %s"


class PostgresMatches:
    """The projects of one table that fulfil what *asked* asks for."""

    def __init__(self, cursor: Cursor, documents: str, asked: Asked) -> None:
        self._cursor = cursor
        self._documents = documents
        self._condition = expression(asked)
        self._whole = expression(asked, asked.words_in)
        self._asked = asked

    def keyed(self, keys: Collection[str], limit: int) -> Sequence[Candidate]:
        condition, values = _matching(self._condition)
        return self._all(
            f"SELECT {_SELECTED} FROM {self._documents} WHERE key = ANY(%s) AND {condition} {_ORDER}",
            list(keys), *values, limit,
        )  # fmt: skip

    def labelled(self, label: str, limit: int) -> Sequence[Candidate]:
        return self._found(f"'{tagged_label(label)}'", limit)

    def beginning(self, key: str, limit: int) -> Sequence[Candidate]:
        return self._found(_any_begins([KEY], key), limit)

    def with_words(self, fields: Sequence[SearchField], limit: int) -> Sequence[Candidate]:
        return self._popular(expression(self._asked, fields), limit)

    def with_words_of_rest(self, limit: int) -> Sequence[Candidate]:
        words, fields = self._asked.words, self._asked.words_in
        common = self._common(words) if len(words) > 1 else ()
        match = expression(self._asked, fields, [each for each in words if each not in common])
        return self._rest(match, limit, without_index=words_expression(fields, common))

    def beyond(self, seen: Collection[str], limit: int, offset: int) -> Sequence[Candidate]:
        condition, values = _matching(self._whole)
        # In the order of the partitions: those in the second are less popular than all in the first.
        return self._all(
            f"SELECT {_SELECTED} FROM {self._documents} WHERE {condition} AND name <> ALL(%s) "
            "ORDER BY is_popular DESC, popularity DESC, name LIMIT %s OFFSET %s",
            *values, list(seen), limit, offset,
        )  # fmt: skip

    def in_order(self, sort: SearchSort, limit: int, offset: int) -> Sequence[Candidate]:
        order = {
            SearchSort.UPDATED: "updated DESC NULLS LAST, name",
            SearchSort.NAME: "name",
            SearchSort.RELEVANCE: "popularity DESC, name",
        }[sort]
        among, values = self._documents, tuple[str, ...]()
        if self._whole:
            condition, values = _matching(self._whole)
            among = f"(SELECT * FROM {self._documents} WHERE {condition} LIMIT {MOST_SORTED}) AS among"
        return self._all(
            f"SELECT {_SELECTED} FROM {among} ORDER BY {order} LIMIT %s OFFSET %s", *values, limit, offset
        )

    def counted(self, names: Collection[str], most: int) -> Counted:
        found = list(islice(dict.fromkeys((*names, *self._names_found(most))), most))
        labels = self._cursor.execute(
            f"SELECT label, count(*) FROM {self._documents}, unnest(labels) AS label "
            "WHERE name = ANY(%s) GROUP BY label",
            (found,),
        ).fetchall()
        return Counted(len(found), labels)

    def _found(self, match: str, limit: int) -> Sequence[Candidate]:
        match = " & ".join(each for each in (match, self._condition) if each)
        found = self._popular(match, limit)
        return found if len(found) == limit else [*found, *self._rest(match, limit - len(found))]

    def _popular(self, match: str, limit: int) -> Sequence[Candidate]:
        return self._all(
            f"SELECT {_SELECTED} FROM {self._documents} WHERE is_popular AND words @@ %s::tsquery {_ORDER}",
            match, limit,
        )  # fmt: skip

    def _rest(self, match: str, limit: int, *, without_index: str = "") -> Sequence[Candidate]:
        # No index answers whether something IS TRUE.
        condition = "AND (words @@ %s::tsquery) IS TRUE" if without_index else ""
        found = (
            f"SELECT * FROM {self._documents} WHERE NOT is_popular AND words @@ %s::tsquery {condition} "
            f"LIMIT {_MOST_OF_REST}"
        )
        matches = (match, without_index) if without_index else (match,)
        return self._all(f"SELECT {_SELECTED} FROM ({found}) AS found {_ORDER}", *matches, limit)

    def _common(self, words: Sequence[str]) -> Sequence[str]:
        found = (
            f"(SELECT count(*) FROM (SELECT FROM {self._documents} WHERE is_popular AND words @@ %s::tsquery "
            f"LIMIT {MOST_OF_A_WORD}) AS found)"
        )
        matches = [words_expression(self._asked.words_in, [each]) for each in words]
        [counts] = self._cursor.execute(f"SELECT {', '.join([found] * len(words))}", matches).fetchall()
        return common_words(dict(zip(words, counts, strict=True)), times=_TIMES)

    def _names_found(self, limit: int) -> Iterator[str]:
        condition, values = _matching(self._whole)
        for partition in ("is_popular", "NOT is_popular"):
            rows = self._cursor.execute(
                f"SELECT name FROM {self._documents} WHERE {partition} AND {condition} LIMIT %s",
                (*values, limit),
            ).fetchall()
            limit -= len(rows)
            yield from (name for (name,) in rows)

    def _all(self, statement: str, *values: object) -> Sequence[Candidate]:
        rows = self._cursor.execute(statement, values).fetchall()
        return list(map(Candidate._make, rows))


def expression(
    asked: Asked, fields: Iterable[SearchField] | None = None, words: Sequence[str] | None = None
) -> str:
    """
    Return what the words are searched for; empty where any project will do.

    The words, all unless some of them are given, have to be in *fields*; without fields the expression is
    what else a project has to fulfil.
    """
    parts = [_any_begins(places_of(field), word) for field, words in asked.fields.items() for word in words]
    parts += [f"'{tagged_label(each)}'" for each in asked.labels]
    if fields is not None:
        parts.append(words_expression(fields, asked.words if words is None else words))
    return " & ".join(filter(None, parts))


def words_expression(fields: Iterable[SearchField], words: Iterable[str]) -> str:
    """Return what a project has to fulfil that has all of some words in *fields*."""
    places = fields_of_words(fields)
    return " & ".join(_any_begins(places, word) for word in words)


def _any_begins(places: Iterable[str], word: str) -> str:
    # A word is letters and digits alone.
    choices = " | ".join(f"'{each}':*" for each in tagged(places, word))
    return f"({choices})"


def _matching(match: str) -> tuple[str, tuple[str, ...]]:
    return ("words @@ %s::tsquery", (match,)) if match else ("true", ())


if TYPE_CHECKING:
    _: type[Matches] = PostgresMatches
