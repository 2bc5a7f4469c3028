"""Searches, and lists of all projects."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromQuery

from pypi_core.errors import Invalid
from pypi_core.ports.search import SearchQuery, SearchSort
from pypi_web.contexts import AnyRequest, asked, context_of
from pypi_web.rendering import html_page

_HITS_PER_PAGE = 20


@get("/search/", sync_to_thread=True, include_in_schema=False)
def search(
    request: AnyRequest, q: FromQuery[str] = "", page: FromQuery[int] = 1, sort: FromQuery[str] = ""
) -> Response[str]:
    """Show the projects that match; without words all of them."""
    addressed = asked(request)
    context = context_of(request)
    page = max(page, 1)
    order = SearchSort(sort) if sort in {*SearchSort} else SearchSort.RELEVANCE
    query = SearchQuery(words=q, sort=order, offset=(page - 1) * _HITS_PER_PAGE, limit=_HITS_PER_PAGE)
    results, problem = None, ""
    try:
        results = addressed.index.search.by_words(addressed.actor, query)
    except Invalid as error:
        problem = str(error)
    return html_page(
        context,
        "search.html",
        status=400 if problem else 200,
        words=q,
        sort=order,
        heading=_heading(query),
        page=page,
        results=results,
        problem=problem,
    )


def _heading(query: SearchQuery) -> str:
    if query.words:
        return f"Projects for “{query.words}”"
    return "Newest releases" if query.sort is SearchSort.UPDATED else "All projects"
