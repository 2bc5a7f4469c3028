"""Projects that might be, as many as are wanted, and what people might search for among them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from pypi_core.domain.names import DisplayName, normalize
from pypi_core.domain.words import words_of
from pypi_core.ports.search import MOST_COUNTED, SearchDocument, SearchEngine, SearchQuery
from search_samples import sample_projects, sample_queries

CLASSIFIERS = (
    "Development Status :: 4 - Beta", "Intended Audience :: Developers", "Operating System :: OS Independent",
    "Programming Language :: Python :: 3", "Programming Language :: Python :: 3.12",
    "Topic :: Software Development :: Libraries", "Typing :: Typed", "Topic :: Scientific/Engineering",
    "Framework :: Django", "Environment :: Console",
)  # fmt: skip


class Imagination:
    """
    Projects and queries that might be, the same ones each time.

    Their names and summaries are made of the words of real ones.
    """

    def __init__(self) -> None:
        self._random = random.Random(794)
        samples = sample_projects()
        self._in_names = self._vocabulary(" ".join(each.name for each in samples))
        self._in_summaries = self._vocabulary(" ".join(each.summary for each in samples))

    def projects(self, count: int) -> Iterator[SearchDocument]:
        """Yield projects, the real ones first."""
        seen = set[str]()
        for each in sample_projects():
            seen.add(each.name)
            yield each
        while len(seen) < count:
            words = self._some(self._in_names, self._random.choice((1, 2, 2, 2, 3, 3)))
            name = "-".join(words) + self._random.choice(("", "", "", "2", f"-{len(seen)}"))
            if name not in seen:
                seen.add(name)
                yield self._project(name)

    def queries(self, names: Sequence[str], count: int) -> Iterator[str]:
        """Yield what people type: names, beginnings of names, slips and words."""
        known = [query for query, _ in sample_queries()]
        for _ in range(count):
            name = self._random.choice(names)
            place = self._random.randrange(len(name))
            yield self._random.choice(
                (
                    self._random.choice(known),
                    name,
                    name[: self._random.randint(1, 6)],
                    name[:place] + name[place + 1 :],
                    " ".join(self._some(self._in_summaries, 1)),
                    " ".join(self._some(self._in_summaries, 2)),
                    " ".join(self._some(self._in_names, 2)),
                )
            )

    def _project(self, name: str) -> SearchDocument:
        return SearchDocument(
            name=normalize(DisplayName(name)),
            display_name=DisplayName(name),
            version="1.0",
            summary=" ".join(self._some(self._in_summaries, self._random.randint(4, 14))),
            keywords=tuple(self._some(self._in_summaries, self._random.choice((0, 0, 2, 4)))),
            author=" ".join(self._some(self._in_names, 2)),
            license="MIT",
            licenses=("MIT",),
            classifiers=tuple(self._random.sample(CLASSIFIERS, 5)),
            modules=(name.replace("-", "_"),),
            popularity=int(self._random.paretovariate(0.7)),
        )

    def _some(self, vocabulary: Sequence[str], count: int) -> list[str]:
        # Words are as frequent as they are in the samples, and some new ones are made up.
        return [
            word if self._random.random() < 0.97 else f"{word}{self._random.randint(0, 9999)}"
            for word in self._random.choices(vocabulary, k=count)
        ]

    def _vocabulary(self, text: str) -> list[str]:
        return words_of(text)


class ManyProjects:
    """What every engine finds among 20,000 projects; provide the fixture ``many``, with 2,000 popular."""

    # An engine that searches all projects at once puts unpopular ones with these words in their names first.
    misled_by: frozenset[str] = frozenset()

    def test_many_projects_are_counted_and_found_first(self, many: SearchEngine) -> None:
        projects = {each.name: each for each in Imagination().projects(20_000)}
        with many.filling() as filling:
            waiting = iter(projects.values())
            while batch := list(islice(waiting, 2000)):
                filling.add(batch)
        texts = {each.name: _text(each) for each in projects.values()}
        assert not many.is_empty()

        everything = many.query(SearchQuery(facets=True))
        assert (everything.total, everything.total_is_at_least) == (MOST_COUNTED, True)

        for words in ("http", "cloud", "http client", "azure molecular", "opentelemetry layer", "data 2"):
            matching = {
                name for name, text in texts.items() if all(f" {word}" in text for word in words.split())
            }
            results = many.query(SearchQuery(words=words, facets=True, limit=100))
            assert results.total is not None
            # What is named nearly so is found as well, and no test has to know it.
            assert min(len(matching), MOST_COUNTED) <= results.total <= len(matching) + 20
            assert results.total_is_at_least == (len(matching) > MOST_COUNTED)
            if len(matching) <= 100:
                assert matching <= {each.name for each in results.hits}
            counts = Counter(value for each in matching for value in projects[each].licenses)
            if results.total == len(matching):
                assert {each.value: each.count for each in results.facets if each.kind == "license"} == counts

        for name in list(projects)[::400]:
            assert many.query(SearchQuery(words=name)).hits[0].name == name
        # A project that is imagined may have that very name.
        firsts = {
            query: query if query in projects else first
            for query, first in sample_queries()
            if query not in self.misled_by
        }
        assert {each: many.query(SearchQuery(words=each)).hits[0].name for each in firsts} == firsts


def _text(project: SearchDocument) -> str:
    parts = (
        project.name,
        project.name.replace("-", ""),
        *project.modules,
        *project.keywords,
        project.summary,
    )
    return f" {' '.join(words_of(' '.join(parts)))} "
