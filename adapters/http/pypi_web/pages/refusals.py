"""The page that a browser shows when a request is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus

from pypi_web.contexts import PageContext
from pypi_web.policies import page_headers
from pypi_web.rendering import render


def refusal_page(root: str, path: str, status: HTTPStatus, sentence: str) -> tuple[Mapping[str, str], str]:
    """
    Return the headers and the HTML of a refusal, for people; see `pypi_http_api.RefusalPage`.

    From documentation it leads back to the project.
    """
    documented = re.match(r"/docs/([A-Za-z0-9._-]+)/", path)
    page = render(
        PageContext(settings=None, root=root, path=path),
        "error.html",
        phrase=status.phrase,
        sentence=sentence,
        project=documented[1] if documented else "",
    )
    return page_headers(), page
