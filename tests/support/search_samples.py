"""Real projects to be searched, and what is to be found first among them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from pypi_contracts.suites.search import document, found, put
from pypi_core.domain.names import DisplayName, normalize
from pypi_core.ports.search import SearchDocument, SearchEngine, SearchQuery

_DATA = Path(__file__).parents[1] / "data"


def sample_projects() -> list[SearchDocument]:
    """Return 3,000 projects with their summaries, and the modules of some."""
    return [
        SearchDocument(
            name=normalize(DisplayName(row["name"])),
            display_name=DisplayName(row["name"]),
            version="1.0",
            summary=row["summary"],
            modules=tuple(row["modules"].split()),
            popularity=int(row["popularity"]),
        )
        for row in _rows("search_projects.tsv")
    ]


def sample_queries() -> list[tuple[str, str]]:
    """Return 60 queries, each with the project that is to be found first."""
    return [(row["query"], row["first"]) for row in _rows("search_queries.tsv")]


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


class FewPopular:
    """What an engine does that searches three projects first; provide the fixture ``three_first``."""

    def test_popular_projects_come_first_and_others_if_a_page_has_room(
        self, three_first: SearchEngine
    ) -> None:
        with three_first.filling() as filling:
            filling.add([document(f"p-{each}", summary="web tool", popularity=2**each) for each in range(30)])
        pages = [
            three_first.query(SearchQuery(words="we to", offset=offset, limit=7))
            for offset in range(0, 35, 7)
        ]
        names = [hit.name for page in pages for hit in page.hits]
        assert names[:3] == ["p-29", "p-28", "p-27"]
        assert sorted(names) == sorted(f"p-{each}" for each in range(30))
        assert [page.more for page in pages] == [True, True, True, True, False]
        assert three_first.query(SearchQuery(words="web", facets=True)).total == 30
        assert found(three_first, "p-1")[0] == "p-1"
        assert found(three_first, "p1")[0] == "p-1"

    def test_a_project_becomes_popular_and_another_does_not_stay_so(self, three_first: SearchEngine) -> None:
        for each in range(6):
            put(three_first, f"p-{each}", summary="web", popularity=each)
        put(three_first, "new", summary="web", popularity=100)
        put(three_first, "p-0", summary="web", popularity=50)
        three_first.remove(normalize(DisplayName("p-1")))
        assert found(three_first, "web") == ["new", "p-0", "p-5", "p-4", "p-3", "p-2"]
        three_first.remove(normalize(DisplayName("new")))
        put(three_first, "p-0", summary="other", popularity=0)
        assert found(three_first, "web") == ["p-5", "p-4", "p-3", "p-2"]
        assert found(three_first, "other") == ["p-0"]


class SampleQueries:
    """What every search engine is to find first among real projects; provide the fixture ``search``."""

    def test_real_queries_find_the_same_project_first(self, search: SearchEngine) -> None:
        with search.filling() as filling:
            filling.add(sample_projects())
        queries = sample_queries()
        firsts = [(query, search.query(SearchQuery(words=query)).hits[0].name) for query, _ in queries]
        assert firsts == queries
