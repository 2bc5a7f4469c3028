"""The front page: what the index is, and how to use it."""

from __future__ import annotations

from litestar import Response, get

from pypi_core.domain.indexes import DEFAULT_INDEX
from pypi_web.contexts import AnyRequest, context_of
from pypi_web.rendering import html_page


@get("/", sync_to_thread=True, include_in_schema=False)
def front(request: AnyRequest) -> Response[str]:
    """Say what this index is and how to use it."""
    context = context_of(request)
    is_default = context.settings is not None and context.settings.name == DEFAULT_INDEX
    return html_page(context, "front.html", has_test_index=is_default)
