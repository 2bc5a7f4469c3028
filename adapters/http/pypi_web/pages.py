"""From what the core tells to HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from urllib.parse import quote, urlsplit

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from pypi_core.domain.blob_keys import file_path
from pypi_core.domain.entities import effective_yank
from pypi_core.domain.filenames import FileType
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexRecord
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.ports.search import SearchQuery, SearchResults, SearchSort
from pypi_core.use_cases.reading.projects import ProjectOverview
from pypi_core.use_cases.upkeep.count_sizes import Statistics


class PageContext(msgspec.Struct, frozen=True, kw_only=True):
    """
    Where a page stands: on which index, below which path, at which address (without ``/`` at its end).

    *settings* is ``None`` on a page that says nothing of the index, because it was not asked.
    """

    settings: IndexRecord | None
    root: str
    base_url: str = ""

    @property
    def title(self) -> str:
        """What pages are headed with."""
        return self.settings.settings.title if self.settings else "Package index"


def front_page(context: PageContext) -> str:
    """Render what the index is and how to use it."""
    is_default = context.settings is not None and context.settings.name == DEFAULT_INDEX
    return _render("front.html", context, has_test_index=is_default)


def search_page(
    context: PageContext, query: SearchQuery, page: int, results: SearchResults | None, problem: str = ""
) -> str:
    """Render one page of search results, or why there are none."""
    return _render(
        "search.html",
        context,
        words=query.words,
        sort=query.sort,
        heading=_heading(query),
        page=page,
        results=results,
        problem=problem,
    )


def _heading(query: SearchQuery) -> str:
    if query.words:
        return f"Projects for “{query.words}”"
    return "Newest releases" if query.sort is SearchSort.UPDATED else "All projects"


def statistics_page(context: PageContext, statistics: Statistics) -> str:
    """Render how much there is on the index."""
    return _render("stats.html", context, statistics=statistics)


def project_page(
    context: PageContext, overview: ProjectOverview, description: str, *, is_pinned: bool
) -> str:
    """
    Render a release; *description* is sanitised HTML.

    *is_pinned* says that this release was asked for by its version, and is the one to install.
    """
    release = overview.release
    files = overview.files_of(release) if release else ()
    yank = release.yank if release else None
    pin = f"=={release.version}" if release and is_pinned else ""
    return _render(
        "project.html",
        context,
        overview=overview,
        project=overview.project,
        release=release,
        requirement=f"{overview.project.name}{pin}",
        metadata=overview.metadata or CoreMetadata(),
        links=_links(overview.metadata),
        files=files,
        yank=yank,
        file_yanks={each.filename: effective_yank(each, release) for each in files if release},
        history=list(reversed(overview.releases)),
        description=Markup(description),  # noqa: S704 - sanitised by the renderer's allow-list
    )


def not_found_page(context: PageContext, name: str, version: str | None) -> str:
    """Render the page for a missing project or release."""
    return _render("not_found.html", context, name=name, version=version)


def error_page(root: str, path: str, status: HTTPStatus, sentence: str) -> str:
    """
    Render that a request was refused; *path* is the one below *root* that was asked for.

    From documentation it leads back to the project.
    """
    documented = re.match(r"/docs/([A-Za-z0-9._-]+)/", path)
    return _render(
        "error.html",
        PageContext(settings=None, root=root),
        phrase=status.phrase,
        sentence=sentence,
        project=documented[1] if documented else "",
    )


def _render(template: str, context: PageContext, **values: object) -> str:
    return (
        _environment().get_template(template).render(context=context, words=values.pop("words", ""), **values)
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pypi_web"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["day"] = lambda moment: f"{moment:%d %B %Y}".lstrip("0")
    environment.filters["size"] = _size
    environment.filters["path"] = lambda file: quote(file_path(file.digests, file.filename))
    environment.filters["kind"] = lambda file: (
        "Source" if file.filetype is FileType.SDIST else f"Wheel, {file.python_version}"
    )
    return environment


def _links(metadata: CoreMetadata | None) -> Mapping[str, str]:
    """Return the project's links that are safe to follow, by label."""
    if metadata is None:
        return {}
    labelled = {"Homepage": metadata.home_page, "Download": metadata.download_url, **metadata.project_urls}
    return {label: url for label, url in labelled.items() if urlsplit(url).scheme in {"http", "https"}}


def _size(count: int) -> str:
    size, unit = float(count), "bytes"
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
