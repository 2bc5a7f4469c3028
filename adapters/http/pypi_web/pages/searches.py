"""Searches, lists of all projects, and what is suggested while somebody types."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote, urlencode

import msgspec
from litestar import Response, get
from litestar.params import FromQuery
from msgspec.structs import replace

from pypi_core.errors import Invalid, NotFound
from pypi_core.ports.search import (
    Facet,
    FacetKind,
    SearchField,
    SearchHit,
    SearchQuery,
    SearchResults,
    SearchSort,
)
from pypi_core.use_cases.reading.files import FileState
from pypi_http_api.index_request import IndexRequest
from pypi_web.contexts import AnyRequest, asked, context_of
from pypi_web.nearest import nearest_names
from pypi_web.rendering import json_page, page_or_json

_HITS_PER_PAGE = 20
_LAST_PAGE = 500
_MOST_CHOSEN = 20
_MOST_SUGGESTIONS = 8
_LONGEST_SUGGESTED = 100
_SHOWN_FACETS = 12
_PYTHON = "Programming Language :: Python :: "
_SHA256 = re.compile(r"[0-9a-fA-F]{64}\Z")
_FILENAME = re.compile(r"[A-Za-z0-9][^\s/]{2,250}\.(?:whl|tar\.gz|zip|tar\.bz2|egg|exe)\Z")
# What counts of classifiers would only repeat: the other facets show it, or it says nothing.
_OTHER_FACETS = (_PYTHON, "License :: ", "Programming Language :: Python")


class SearchAddress(msgspec.Struct, frozen=True, kw_only=True):
    """A search as its address says it, to be kept as a bookmark."""

    words: str = ""
    sort: SearchSort = SearchSort.RELEVANCE
    classifiers: tuple[str, ...] = ()
    license: str = ""
    python: str = ""

    def query(self, page: int | None = None) -> str:
        """Return the query string; with *page* it is for that page."""
        pairs = [("q", self.words)]
        pairs += [("sort", self.sort)] if self.sort is not SearchSort.RELEVANCE else []
        pairs += [("c", each) for each in self.classifiers]
        pairs += [("license", self.license)] if self.license else []
        pairs += [("python", self.python)] if self.python else []
        pairs += [("page", str(page))] if page else []
        return f"?{urlencode(pairs)}"

    @property
    def is_narrowed(self) -> bool:
        """Return whether anything but words was chosen."""
        return bool(self.classifiers or self.license or self.python)


class FoundFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was asked for by its name or digest: its project's page, and a sentence on it."""

    filename: str
    why: str
    project: str = ""
    version: str = ""


class ShownFacet(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that hits have in common, and the search that is narrowed to it."""

    label: str
    count: int
    query: str


class SearchView(msgspec.Struct, frozen=True, kw_only=True):
    """A page of hits and the ways to others."""

    search: SearchAddress
    page: int
    problem: str = ""
    hits: tuple[SearchHit, ...] = ()
    more: bool = False
    total: int | None = None
    total_is_at_least: bool = False
    facets: Mapping[FacetKind, Sequence[ShownFacet]] = {}
    file: FoundFile | None = None
    did_you_mean: tuple[str, ...] = ()
    sorts: tuple[SearchSort, ...] = tuple(SearchSort)

    @property
    def chosen(self) -> Sequence[tuple[str, str]]:
        """What the search is narrowed to, and the search without it."""
        here = self.search
        chosen = []
        for each in here.classifiers:
            others = tuple(other for other in here.classifiers if other != each)
            chosen.append((each, replace(here, classifiers=others).query()))
        if here.license:
            chosen.append((here.license, replace(here, license="").query()))
        if here.python:
            chosen.append((f"Python {here.python}", replace(here, python="").query()))
        return chosen

    def sorted_by(self, sort: SearchSort) -> str:
        """Return the query for the same hits in another order."""
        return replace(self.search, sort=sort).query()


@get("/search/", sync_to_thread=True, include_in_schema=False)
def search(
    request: AnyRequest,
    q: FromQuery[str] = "",
    page: FromQuery[int] = 1,
    sort: FromQuery[str] = "",
    license: FromQuery[str] = "",  # noqa: A002 - it is what the address calls it
    python: FromQuery[str] = "",
) -> Response[str] | Response[bytes]:
    """Show the projects that match; without words all of them."""
    addressed = asked(request)
    context = context_of(request)
    here = SearchAddress(
        words=q,
        sort=SearchSort(sort) if sort in {*SearchSort} else SearchSort.RELEVANCE,
        classifiers=tuple(request.query_params.getall("c", [])[:_MOST_CHOSEN]),
        license=license,
        python=python,
    )
    page = min(max(page, 1), _LAST_PAGE)
    try:
        view = _found(addressed, here, page)
    except Invalid as error:
        view = SearchView(search=here, page=page, problem=str(error))
    return page_or_json(
        request, context, "search.html", view, status=400 if view.problem else 200, words=here.words
    )


def _found(addressed: IndexRequest, here: SearchAddress, page: int) -> SearchView:
    query = SearchQuery(
        words=here.words,
        classifiers=here.classifiers,
        licenses=(here.license,) if here.license else (),
        pythons=(here.python,) if here.python else (),
        sort=here.sort,
        offset=(page - 1) * _HITS_PER_PAGE,
        limit=_HITS_PER_PAGE,
        facets=True,
    )
    results = addressed.index.search.by_words(addressed.actor, query)
    return SearchView(
        search=here,
        page=page,
        hits=results.hits,
        more=results.more and page < _LAST_PAGE,
        total=results.total,
        total_is_at_least=results.total_is_at_least,
        facets=_facets(here, results),
        file=_file(addressed, here.words.strip()) if page == 1 else None,
        did_you_mean=_meant(addressed, here, results) if page == 1 else (),
    )


def _meant(addressed: IndexRequest, here: SearchAddress, results: SearchResults) -> tuple[str, ...]:
    """Return other names where nothing is called what was typed."""
    if not here.words or here.is_narrowed or results.hits or len(here.words) > _LONGEST_SUGGESTED:
        return ()
    return tuple(nearest_names(addressed, here.words))


def _facets(here: SearchAddress, results: SearchResults) -> Mapping[FacetKind, Sequence[ShownFacet]]:
    groups: dict[FacetKind, list[ShownFacet]] = {kind: [] for kind in _KINDS}
    for facet in results.facets:
        narrowed = _narrowed(here, facet)
        if narrowed != here and len(groups[facet.kind]) < _SHOWN_FACETS:
            groups[facet.kind].append(
                ShownFacet(label=facet.value, count=facet.count, query=narrowed.query())
            )
    if groups[FacetKind.PYTHON]:
        groups[FacetKind.PYTHON].sort(key=lambda each: _release_order(each.label), reverse=True)
    return {kind: shown for kind, shown in groups.items() if shown}


_KINDS: Final = (FacetKind.PYTHON, FacetKind.LICENSE, FacetKind.CLASSIFIER)


def _release_order(python: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() and len(part) < 9 else 0 for part in python.split("."))


def _narrowed(here: SearchAddress, facet: Facet) -> SearchAddress:
    """Return the search narrowed to a facet, or as it is where that would change nothing."""
    match facet.kind:
        case FacetKind.PYTHON:
            return replace(here, python=facet.value)
        case FacetKind.LICENSE:
            return replace(here, license=facet.value)
        case FacetKind.CLASSIFIER:
            if facet.value in here.classifiers or facet.value.startswith(_OTHER_FACETS):
                return here
            return replace(here, classifiers=(*here.classifiers, facet.value))


def _file(addressed: IndexRequest, text: str) -> FoundFile | None:
    """Return the file that *text* is the name or the SHA-256 of."""
    if _SHA256.match(text):
        try:
            found = addressed.index.files.find_by_sha256(addressed.actor, text.lower())
        except NotFound as error:
            return FoundFile(filename="", why=str(error))
        return FoundFile(
            filename=found.file.filename,
            why="Its SHA-256 is the one you searched for.",
            project=found.project.name,
            version=str(found.release.version),
        )
    if not _FILENAME.match(text):
        return None
    standing = addressed.index.files.explain(addressed.actor, text)
    if standing.file is None or not standing.is_visible:
        is_unknown = standing.state is FileState.UNKNOWN
        return None if is_unknown else FoundFile(filename=text, why=standing.why)
    found = addressed.index.files.read(addressed.actor, text)
    return FoundFile(
        filename=text, why=standing.why, project=found.project.name, version=str(found.release.version)
    )


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A project that somebody who types may mean."""

    name: str
    summary: str
    url: str


@get("/suggestions", sync_to_thread=True, include_in_schema=False)
def suggestions(request: AnyRequest, q: FromQuery[str] = "") -> Response[bytes]:
    """Send a few projects whose names begin with what was typed, as JSON."""
    addressed = asked(request)
    context = context_of(request)
    words = q.strip()[:_LONGEST_SUGGESTED]
    hits: Sequence[SearchHit] = ()
    if words:
        query = SearchQuery(words=words, words_in=(SearchField.NAME,), limit=_MOST_SUGGESTIONS)
        hits = addressed.index.search.by_words(addressed.actor, query).hits
    return json_page(
        context,
        [
            Suggestion(
                name=each.display_name,
                summary=each.summary[:_LONGEST_SUGGESTED],
                url=f"{context.root}/project/{quote(each.name)}/",
            )
            for each in hits
        ],
    )
