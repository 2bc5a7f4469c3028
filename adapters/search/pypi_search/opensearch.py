"""Search in OpenSearch."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError, OpenSearchException, RequestError

from pypi_core.domain.indexes import IndexName, parse_index_name
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import Unavailable
from pypi_core.ports.search import SearchDocument, SearchEngine, SearchQuery, SearchResults
from pypi_search.asked import Asked
from pypi_search.documents import ANOTHER_FILLING, NOT_NOW, Candidate, labels_of, stored_key
from pypi_search.opensearch_matches import OpenSearchMatches
from pypi_search.opensearch_server import OpenSearchServer
from pypi_search.searching import Search, nothing_found
from pypi_search.tagged_words import tagged_words_of

_log = logging.getLogger(__name__)

_LAYOUT: Final = 1
"""Changes with what is stored; an index of another layout is not looked at."""

_MISSING, _EXISTS = 404, 409
_AT_ONCE: Final = 1000
_DEFINITION: Final[dict[str, Any]] = {
    "settings": {
        "index": {"number_of_shards": 1, "auto_expand_replicas": "0-1", "max_result_window": 20_000}
    },
    "mappings": {
        # What a hit shows is kept, and nothing more.
        "dynamic": False,
        "properties": {
            "name": {"type": "keyword"},
            "key": {"type": "keyword"},
            "words": {"type": "keyword"},
            "labels": {"type": "keyword"},
            "popularity": {"type": "long"},
            "updated": {"type": "long"},
            "is_removed": {"type": "boolean"},
        },
    },
}


class OpenSearchSearch:
    """
    Search the projects of one index in an index of OpenSearch, which an alias names.

    What is put is found a second later, or *at_once*, which costs the server much.
    """

    def __init__(self, server: OpenSearchServer, index_name: IndexName, *, at_once: bool = False) -> None:
        self._server = server
        self._indices = OpenSearchIndices(server.prefix, parse_index_name(index_name), at_once=at_once)

    def put(self, document: SearchDocument) -> None:
        self._server.ask(lambda client: self._indices.change(client, document.name, _stored(document)))

    def remove(self, name: NormalizedName) -> None:
        self._server.ask(lambda client: self._indices.change(client, name, None))

    def query(self, query: SearchQuery) -> SearchResults:
        asked = Asked(query)
        if asked.is_hopeless:
            return nothing_found(query)

        def find(client: OpenSearch) -> SearchResults:
            try:
                matches = OpenSearchMatches(client, self._indices.current, asked)
                return Search(query, asked, matches).results()
            except NotFoundError:
                return nothing_found(query)

        return self._server.ask(find)

    def is_empty(self) -> bool:

        def look(client: OpenSearch) -> bool:
            try:
                return bool(client.count(index=self._indices.current)["count"] == 0)
            except NotFoundError:
                return True

        return self._server.ask(look)

    @contextmanager
    def filling(self) -> Iterator[OpenSearchFilling]:
        filling = OpenSearchFilling(self._server, self._indices, self._server.ask(self._indices.begin))
        try:
            yield filling
            filling.finish()
        except BaseException:
            filling.give_up()
            raise


class OpenSearchFilling:
    """An index of OpenSearch that is being filled."""

    def __init__(self, server: OpenSearchServer, indices: OpenSearchIndices, index: str) -> None:
        self._server = server
        self._indices = indices
        self._index = index

    def add(self, documents: Sequence[SearchDocument]) -> None:

        def add_all(client: OpenSearch) -> None:
            self._indices.require(client, self._index)
            for first in range(0, len(documents), _AT_ONCE):
                some = documents[first : first + _AT_ONCE]
                # What was put meanwhile is newer: it stays.
                _bulk(client, (_line for each in some for _line in _creation(self._index, each)), _EXISTS)

        self._server.ask(add_all)

    def finish(self) -> None:
        """Let the index take the place of the current one."""
        self._server.ask(lambda client: self._indices.finish(client, self._index))

    def give_up(self) -> None:
        """Drop the index, unless another filling did or the server does not answer."""
        try:
            self._server.ask(lambda client: client.indices.delete(index=self._index, ignore_unavailable=True))
        except Unavailable:
            _log.warning("The search was not filled; the next filling tidies up.")


class OpenSearchIndices:
    """The indices of OpenSearch for one of ours: an alias for the current one, one for that being filled."""

    def __init__(self, prefix: str, name: IndexName, *, at_once: bool) -> None:
        # No name of an index has a dot.
        self._stem = f"{prefix}{name}.{_LAYOUT}"
        self.current = f"{self._stem}.current"
        self._filling = f"{self._stem}.filling"
        self._refresh = at_once

    def change(self, client: OpenSearch, name: str, stored: dict[str, Any] | None) -> None:
        """Put a document, or remove that of *name*, here and where it is being filled."""
        of_name = {"_id": name, "require_alias": True}
        lines: list[dict[str, Any]] = [{"index": {"_index": self.current, **of_name}}, stored or {}]
        if stored is None:
            lines = [{"delete": {"_index": self.current, **of_name}}]
        # Where it is being filled, something has to be in the way of what is added later.
        lines += [{"index": {"_index": self._filling, **of_name}}, stored or {"is_removed": True}]
        if stored is not None:
            self._make_current(client)
        _bulk(client, lines, _MISSING, refresh=self._refresh)

    def begin(self, client: OpenSearch) -> str:
        """Make an index to be filled; another that was being filled is dropped."""
        abandoned = self._named(client, self._filling)
        if abandoned:
            client.indices.delete(index=",".join(abandoned), ignore_unavailable=True)
        index = f"{self._stem}.{time.time_ns()}"
        client.indices.create(index=index, body={**_DEFINITION, "aliases": {self._filling: {}}})
        return index

    def require(self, client: OpenSearch, index: str) -> None:
        """
        Refuse to go on where another index is being filled.

        Raises:
            Unavailable: It is.
        """
        if self._named(client, self._filling) != [index]:
            raise Unavailable(ANOTHER_FILLING)

    def finish(self, client: OpenSearch, index: str) -> None:
        """Let *index* take the place of the current one, for all searches from one to the next."""
        self.require(client, index)
        client.indices.refresh(index=index)
        self._forget_removed(client, index)
        actions: list[dict[str, Any]] = [
            {"remove": {"index": index, "alias": self._filling}},
            {"add": {"index": index, "alias": self.current}},
        ]
        actions += [{"remove_index": {"index": each}} for each in self._named(client, self.current)]
        client.indices.update_aliases(body={"actions": actions})
        # What was removed in between is marked as such in what is current now.
        self._forget_removed(client, index)

    def _forget_removed(self, client: OpenSearch, index: str) -> None:
        removed = {"query": {"term": {"is_removed": True}}}
        client.delete_by_query(index=index, body=removed, conflicts="proceed", refresh=True)

    def _make_current(self, client: OpenSearch) -> None:
        if client.indices.exists_alias(name=self.current):
            return
        try:
            first = f"{self._stem}.0"
            client.indices.create(index=first, body={**_DEFINITION, "aliases": {self.current: {}}})
        except RequestError as error:
            # Another process was faster.
            if error.error != "resource_already_exists_exception":
                raise

    def _named(self, client: OpenSearch, alias: str) -> list[str]:
        try:
            return sorted(client.indices.get_alias(name=alias))
        except NotFoundError:
            return []


def _stored(document: SearchDocument) -> dict[str, Any]:
    return {
        **Candidate.of(document)._asdict(),
        "key": stored_key(document),
        "words": tagged_words_of(document),
        "labels": labels_of(document),
    }


def _creation(index: str, document: SearchDocument) -> Sequence[dict[str, Any]]:
    return {"create": {"_index": index, "_id": document.name}}, _stored(document)


def _bulk(
    client: OpenSearch, lines: Iterable[dict[str, Any]], passed_over: int, *, refresh: bool = False
) -> None:
    """
    Carry out many operations; those that fail with the status *passed_over* are to fail.

    Raises:
        OpenSearchException: Another one failed.
    """
    answer = client.bulk(body=list(lines), refresh=refresh)
    for item in answer["items"] if answer["errors"] else ():
        (done,) = item.values()
        if done["status"] not in {200, 201, passed_over}:
            raise OpenSearchException(done.get("error", {}).get("type", NOT_NOW))


if TYPE_CHECKING:
    _: type[SearchEngine] = OpenSearchSearch
