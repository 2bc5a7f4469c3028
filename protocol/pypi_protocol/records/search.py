"""Finding projects."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from pypi_protocol.records.parameters import Cursor, Next, Parameters

FieldName = Literal["name", "summary", "keywords", "description", "author", "maintainer", "license"]
SortName = Literal["relevance", "name", "updated"]

SEARCHED_FIELDS: Final[tuple[FieldName, ...]] = ("name", "keywords", "summary", "description")
"""The fields in which words are looked for, unless the caller names others."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A project found, by its newest release."""

    name: Annotated[str, Meta(description="The normalised name.")]
    display_name: Annotated[str, Meta(description="The name as its owner spells it.")]
    version: str
    summary: str
    updated: Annotated[datetime | None, Meta(description="When that release came; null if not known.")]


class FacetDescription(msgspec.Struct, frozen=True, kw_only=True):
    """How many hits carry a classifier."""

    classifier: str
    count: int


class CountedValue(msgspec.Struct, frozen=True, kw_only=True):
    """How many hits have a value."""

    value: str
    count: int


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """Hits in the order asked for."""

    hits: tuple[Hit, ...]
    next: Next
    facets: Annotated[
        tuple[FacetDescription, ...],
        Meta(description="The classifiers of the hits, the most frequent first; empty if not asked for."),
    ] = ()
    licenses: Annotated[
        tuple[CountedValue, ...],
        Meta(description="Their licenses, by SPDX expression or as classifiers name them, counted likewise."),
    ] = ()
    pythons: Annotated[
        tuple[CountedValue, ...],
        Meta(description="The versions of Python they are classified for, as in 3.12, counted likewise."),
    ] = ()
    total: Annotated[
        int | None,
        Meta(
            description="How many hits there are; with facets alone, otherwise null. "
            "A server may count the first two thousand alone."
        ),
    ] = None
    total_is_at_least: Annotated[
        bool,
        Meta(
            description="Whether there are more hits than were counted, so that all counts are lower bounds."
        ),
    ] = False


class SearchQueryParameters(Parameters, frozen=True, kw_only=True):
    """What somebody looks for; without any of it every project is found."""

    words: Annotated[
        str,
        Meta(description="Free text; every word has to be the beginning of one in a field of `words_in`."),
    ] = ""
    words_in: Annotated[
        tuple[FieldName, ...],
        Meta(description="The fields in which to look for the words, at least one, each once."),
    ] = SEARCHED_FIELDS
    fields: Annotated[
        dict[FieldName, str], Meta(description="For each field the words that have to be in it.")
    ] = msgspec.field(default_factory=dict)
    classifiers: Annotated[
        tuple[str, ...], Meta(description="Classifiers that the newest release has to carry, all of them.")
    ] = ()
    sort: Annotated[
        SortName, Meta(description="The best first, or by name, or the newest release first.")
    ] = "relevance"
    cursor: Cursor = None
    limit: Annotated[int, Meta(description="How many hits to return, from 1 to 100.")] = 20
    facets: Annotated[
        bool,
        Meta(
            description="Whether to count the hits, and their classifiers, licenses and versions of Python."
        ),
    ] = False
    # Behind the others, whose places callers know.
    licenses: Annotated[
        tuple[str, ...],
        Meta(description="Licenses, as results count them, that the release has to have, all of them."),
    ] = ()
    pythons: Annotated[
        tuple[str, ...],
        Meta(description="Versions of Python, as in 3.12, that it has to be classified for, all of them."),
    ] = ()
