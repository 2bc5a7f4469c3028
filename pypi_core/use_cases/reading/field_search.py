"""Find projects by single fields of their metadata, as legacy tools ask."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec
from packaging.version import Version

from pypi_core.domain.entities import Project
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import DisplayName
from pypi_core.domain.words import words_of
from pypi_core.errors import Invalid
from pypi_core.ports.search import SearchEngine, SearchHit, SearchQuery
from pypi_core.ports.transactions import Snapshot
from pypi_protocol.errors import Problem

_MOST_HITS = 100
_MOST_QUERIES = 20
_LONGEST_VALUE = 500


class FieldQuery(msgspec.Struct, frozen=True, kw_only=True):
    """
    A search by fields.

    *fields* are those of `FIELDS`, each with values of which one is enough.  Every field
    has to match, with *any_field* one of them.
    """

    fields: Mapping[str, Sequence[str]]
    any_field: bool = False


class FoundRelease(msgspec.Struct, frozen=True, kw_only=True):
    """A project found, by its newest release."""

    name: DisplayName
    version: str
    summary: str


def find_by_fields(snapshot: Snapshot, search: SearchEngine, query: FieldQuery) -> Sequence[FoundRelease]:
    """
    Return up to 100 projects that match *query*, the best first.

    Raises:
        Invalid: No field is one that the search engine knows, there are too many values or one is too long.
    """
    if not query.fields:
        return []
    found = (
        FoundRelease(name=hit.display_name, version=hit.version, summary=hit.summary)
        for hit in _proposed(search, _words_to_ask(query))
        if _matches(snapshot, hit, query)
    )
    return list(itertools.islice(found, _MOST_HITS))


def _proposed(search: SearchEngine, asked: Sequence[str]) -> Iterator[SearchHit]:
    pages = [search.query(SearchQuery(words=words, limit=_MOST_HITS)).hits for words in asked]
    seen = set()
    # The best of each first.
    for hit in itertools.chain.from_iterable(itertools.zip_longest(*pages)):
        if hit is not None and hit.name not in seen:
            seen.add(hit.name)
            yield hit


def _words_to_ask(query: FieldQuery) -> Sequence[str]:
    indexed = [
        list(dict.fromkeys(values)) for name, values in query.fields.items() if name in _INDEXED and values
    ]
    if not indexed:
        raise Invalid(Problem("spec", f"Search by one of these too: {', '.join(sorted(_INDEXED))}."))
    if any(len(each) > _LONGEST_VALUE for values in indexed for each in values):
        raise Invalid(Problem("spec", f"Use at most {_LONGEST_VALUE} characters for a value."))
    if query.any_field:
        asked = dict.fromkeys(itertools.chain.from_iterable(indexed))
    else:
        # All of the words have to be somewhere: the engine finds what has those of every field.
        choices = itertools.islice(itertools.product(*indexed), _MOST_QUERIES + 1)
        asked = dict.fromkeys(" ".join(dict.fromkeys(each)) for each in choices)
    if len(asked) > _MOST_QUERIES:
        raise Invalid(Problem("spec", f"Search for at most {_MOST_QUERIES} values at once."))
    return list(asked)


def _matches(snapshot: Snapshot, hit: SearchHit, query: FieldQuery) -> bool:
    project = snapshot.projects.find(hit.name)
    # The engine may be a moment behind.
    if project is None or not project.status.offers_files:
        return False
    texts = _Texts(snapshot, project, hit)
    # Those that need no look at the metadata first.
    names = sorted(query.fields, key=lambda each: each not in _IN_HITS)
    answers = (_holds(texts.of(name), query.fields[name]) for name in names)
    return any(answers) if query.any_field else all(answers)


def _holds(text: str, values: Sequence[str]) -> bool:
    return any(all(word in text for word in words_of(each)) for each in values)


class _Texts:
    """The fields of a project found; the metadata is read when the first of them is asked for."""

    def __init__(self, snapshot: Snapshot, project: Project, hit: SearchHit) -> None:
        self._snapshot = snapshot
        self._project = project
        self._hit = hit
        self._metadata: CoreMetadata | None = None

    def of(self, name: str) -> str:
        """Return the words of a field."""
        if name in _IN_HITS:
            return " ".join(words_of(_IN_HITS[name](self._hit)))
        if self._metadata is None:
            self._metadata = self._read()
        return " ".join(words_of(FIELDS[name](self._metadata)))

    def _read(self) -> CoreMetadata:
        release = self._snapshot.releases.find(self._project.id, Version(self._hit.version))
        return self._snapshot.releases.metadata_of(release.id) if release else CoreMetadata()


_IN_HITS: Mapping[str, Callable[[SearchHit], str]] = {
    # In the normalised spelling too, whose words end elsewhere.
    "name": lambda hit: f"{hit.name} {hit.display_name}",
    "version": lambda hit: hit.version,
    "summary": lambda hit: hit.summary,
}

FIELDS: Mapping[str, Callable[[CoreMetadata], str]] = {
    "name": lambda _metadata: "",
    "version": lambda _metadata: "",
    "author": lambda metadata: metadata.author,
    "author_email": lambda metadata: metadata.author_email,
    "maintainer": lambda metadata: metadata.maintainer,
    "maintainer_email": lambda metadata: metadata.maintainer_email,
    "home_page": lambda metadata: metadata.home_page,
    "license": lambda metadata: f"{metadata.license} {metadata.license_expression}",
    "summary": lambda metadata: metadata.summary,
    "description": lambda metadata: metadata.description,
    "keywords": lambda metadata: " ".join(metadata.keywords),
    "platform": lambda metadata: " ".join(metadata.platforms),
    "download_url": lambda metadata: metadata.download_url,
}
"""The fields that can be searched, and where they stand in the metadata of a release."""

_INDEXED = frozenset({"name", "summary", "description", "keywords"})
