"""What is kept of a project: what a hit shows, its words and its labels."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, NamedTuple

from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.words import key_of, words_of
from pypi_core.ports.search import FacetKind, SearchDocument, SearchField, SearchHit

LONGEST_WORD: Final = 100
_LONGEST_LABEL: Final = 300
# Of a description; what stands behind is more often a changelog than what people search for.
_LONGEST_DESCRIPTION: Final = 100_000

NOT_NOW: Final = "The search is not available at the moment: try again later."
ANOTHER_FILLING: Final = "Another rebuilding of the search began meanwhile: wait for that one to end."

POPULAR: Final = 50_000
"""So many projects, the most popular ones, are searched first; others if these do not fill a page."""

MODULES: Final = "modules"
KEY: Final = "key"

COLUMNS: Final = (
    "name", "display_name", "version", "summary", "keywords", "modules", "popularity", "updated",
)  # fmt: skip
"""The fields of `Candidate`, in order."""


class Candidate(NamedTuple):
    """A project that matches, as it is stored; *updated* is in seconds since 1970."""

    name: NormalizedName
    display_name: DisplayName
    version: str
    summary: str
    keywords: str
    modules: str
    popularity: int
    updated: int | None

    @classmethod
    def of(cls, document: SearchDocument) -> Candidate:
        return cls(
            name=document.name,
            display_name=document.display_name,
            version=storable(document.version),
            summary=storable(document.summary),
            keywords=storable(" ".join(document.keywords)),
            modules=storable(" ".join(document.modules)),
            popularity=min(max(document.popularity, 0), 2**48),
            updated=None if document.updated is None else int(document.updated.timestamp()),
        )

    def as_hit(self) -> SearchHit:
        return SearchHit(
            name=self.name,
            display_name=self.display_name,
            version=self.version,
            summary=self.summary,
            updated=None if self.updated is None else datetime.fromtimestamp(self.updated, UTC),
        )


def stored_key(document: SearchDocument) -> str:
    """Return the name without separators."""
    return document.name.replace("-", "")


def words_by_field(document: SearchDocument) -> dict[str, list[str]]:
    """Return the words of each field, those of the modules and the name without separators, folded."""
    texts = {
        SearchField.NAME: document.name,
        KEY: stored_key(document),
        MODULES: " ".join(document.modules),
        SearchField.KEYWORDS: " ".join(document.keywords),
        SearchField.SUMMARY: document.summary,
        SearchField.DESCRIPTION: document.description[:_LONGEST_DESCRIPTION],
        SearchField.AUTHOR: document.author,
        SearchField.MAINTAINER: document.maintainer,
        SearchField.LICENSE: document.license,
    }
    return {field: [each[:LONGEST_WORD] for each in words_of(text)] for field, text in texts.items()}


def fields_of_words(fields: Iterable[SearchField]) -> list[str]:
    """Return where words are that are looked for in *fields*: those of a name are in the modules, too."""
    places = [place for each in fields for place in places_of(each)]
    return [*places, MODULES] if SearchField.NAME in places else places


def places_of(field: SearchField) -> tuple[str, ...]:
    """Return where words are that are looked for in one field by itself."""
    return (field, KEY) if field is SearchField.NAME else (field,)


_MODULE: Final = "m"
_KINDS: Final = {FacetKind.CLASSIFIER: "c", FacetKind.LICENSE: "l", FacetKind.PYTHON: "p"}
KIND_OF_LETTER: Final = {letter: kind for kind, letter in _KINDS.items()}


def label(kind: FacetKind, value: str) -> str:
    """Return the label of a project that a facet counts."""
    return f"{_KINDS[kind]}{storable(value)[:_LONGEST_LABEL]}"


def module_label(key: str) -> str:
    """Return the label of a project that has a module of this key."""
    return f"{_MODULE}{key[:_LONGEST_LABEL]}"


def labels_of(document: SearchDocument) -> list[str]:
    """Return all labels of a project, each once."""
    labels = [
        *(label(kind, each) for kind, values in document.by_facet.items() for each in values),
        *(module_label(key_of(each)) for each in document.modules),
    ]
    return list(dict.fromkeys(labels))


def storable(text: str) -> str:
    """Return *text* without what databases refuse: halves of surrogate pairs, and zero characters."""
    return text.encode("utf-8", "replace").decode().replace("\0", " ")
