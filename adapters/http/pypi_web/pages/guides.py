"""How to use the index with each tool, and what the index is."""

from __future__ import annotations

import msgspec
from litestar import Response, get

from pypi_core.domain.indexes import IndexSettings
from pypi_web.contexts import AnyRequest, context_of
from pypi_web.rendering import page_or_json


class IndexAddresses(msgspec.Struct, frozen=True, kw_only=True):
    """The addresses of an index that tools ask for."""

    simple: str
    upload: str
    json_rpc: str
    changes: str


class GuideView(msgspec.Struct, frozen=True, kw_only=True):
    """An index, as a guide speaks of it: *name* is what configuration files may call it."""

    name: str
    addresses: IndexAddresses
    settings: IndexSettings


@get("/use/", sync_to_thread=True, include_in_schema=False)
def use(request: AnyRequest) -> Response[str] | Response[bytes]:
    """Say how each tool is told of this index."""
    return _guide(request, "use.html")


@get("/about/", sync_to_thread=True, include_in_schema=False)
def about(request: AnyRequest) -> Response[str] | Response[bytes]:
    """Say what this index is, what it takes, and what it offers to programs."""
    return _guide(request, "about.html")


def _guide(request: AnyRequest, template: str) -> Response[str] | Response[bytes]:
    context = context_of(request)
    if context.settings is None:
        raise AssertionError("the index was asked")
    url = context.base_url
    view = GuideView(
        name=context.settings.name,
        addresses=IndexAddresses(
            simple=f"{url}/simple/", upload=f"{url}/legacy/", json_rpc=f"{url}/rpc", changes=f"{url}/changes"
        ),
        settings=context.settings.settings,
    )
    return page_or_json(request, context, template, view)
