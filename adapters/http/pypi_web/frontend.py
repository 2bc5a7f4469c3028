"""All pages together."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from pypi_http_api.watching import Look
from pypi_web.account.handlers import account_handlers
from pypi_web.pages.activity import activity
from pypi_web.pages.classifiers import browse
from pypi_web.pages.comparisons import compare
from pypi_web.pages.crawlers import robots, sitemap
from pypi_web.pages.front import front
from pypi_web.pages.guides import about, use
from pypi_web.pages.people import person
from pypi_web.pages.projects import project, release, release_tab
from pypi_web.pages.searches import search, suggestions
from pypi_web.pages.statistics import statistics
from pypi_web.statics import icon, script, stylesheet


def frontend(look: Look | None = None) -> Sequence[ControllerRouterHandler]:
    """Return the handlers to mount at the root of every index; administrators see what *look* finds."""
    return [
        front, search, suggestions, browse, activity, statistics, use, about, project, release, release_tab,
        compare, person, robots, sitemap, stylesheet, script, icon, *account_handlers(look),
    ]  # fmt: skip
