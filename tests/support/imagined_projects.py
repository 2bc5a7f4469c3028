"""Projects that might be, as many as are wanted, and what people might search for among them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from pypi_core.domain.names import DisplayName, normalize
from pypi_core.domain.words import words_of
from pypi_core.ports.search import SearchDocument
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
