"""The front page: what the index is, what is on it, and how to use it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from litestar import Response, get

from pypi_core.errors import Unavailable
from pypi_core.ports.search import SearchHit, SearchQuery, SearchSort
from pypi_core.use_cases.upkeep.count_sizes import Statistics
from pypi_http_api.index_request import IndexRequest
from pypi_web.contexts import AnyRequest, asked, context_of
from pypi_web.rendering import page_or_json

_MOST_SHOWN = 8


class UsedProject(msgspec.Struct, frozen=True, kw_only=True):
    """A project and how often it was downloaded."""

    name: str
    downloads: int


class FrontView(msgspec.Struct, frozen=True, kw_only=True):
    """What is new on the index, what is used most, and how much there is."""

    newest: Sequence[SearchHit]
    most_used: Sequence[UsedProject]
    statistics: Statistics | None


@get("/", sync_to_thread=True, include_in_schema=False)
def front(request: AnyRequest) -> Response[str] | Response[bytes]:
    """Say what this index is and how to use it."""
    addressed = asked(request)
    context = context_of(request)
    view = FrontView(
        newest=_newest(addressed),
        most_used=[
            UsedProject(name=name, downloads=count)
            for name, count in addressed.index.download_counts.most_downloaded(addressed.actor, _MOST_SHOWN)
        ],
        statistics=addressed.index.statistics.at_hand(addressed.actor),
    )
    return page_or_json(request, context, "front.html", view)


def _newest(addressed: IndexRequest) -> Sequence[SearchHit]:
    """Return what came last; nothing while the search does not answer, for the rest is still of use."""
    query = SearchQuery(sort=SearchSort.UPDATED, limit=_MOST_SHOWN)
    try:
        return addressed.index.search.by_words(addressed.actor, query).hits
    except Unavailable:
        return ()
