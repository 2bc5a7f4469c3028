"""Projects and their releases, in tabs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from email.utils import getaddresses
from urllib.parse import quote, urlsplit

from litestar import Response, get
from litestar.params import FromPath, FromQuery
from markupsafe import Markup
from msgspec.structs import replace

from pypi_core.domain.latest import latest_release
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import parse_project_name
from pypi_core.domain.versions import parse_version
from pypi_core.errors import Invalid, NotFound
from pypi_core.use_cases.reading.projects import ProjectOverview
from pypi_core.use_cases.upkeep.search import licenses_of
from pypi_http_api.index_request import IndexRequest
from pypi_web.contexts import AnyRequest, PageContext, asked, context_of
from pypi_web.nearest import nearest_names
from pypi_web.project.completeness import completeness_of
from pypi_web.project.install_lines import install_lines
from pypi_web.project.plots import day_bars
from pypi_web.project.tabs import (
    dependencies_view,
    documentation_view,
    files_view,
    releases_plot,
    releases_view,
    security_view,
    shown_releases,
)
from pypi_web.project.views import ProjectView, ShownDownloads, Tab
from pypi_web.rendering import html_page, page_or_json

_PYTHON = re.compile(r"Programming Language :: Python :: (\d+\.\d+)")
_DAYS = 30
_LAST_PAGE = 1000
_LONGEST_LICENSE = 120


@get("/project/{name:str}/", sync_to_thread=True, include_in_schema=False)
def project(request: AnyRequest, name: FromPath[str]) -> Response[str] | Response[bytes]:
    """Show a project by its latest release."""
    return _project(request, name, None, Tab.README)


@get("/project/{name:str}/{version:str}/", sync_to_thread=True, include_in_schema=False)
def release(
    request: AnyRequest, name: FromPath[str], version: FromPath[str], page: FromQuery[int] = 1
) -> Response[str] | Response[bytes]:
    """Show one release of a project, or a tab of the latest: no version is called like a tab."""
    if version in {*Tab}:
        return _project(request, name, None, Tab(version), page)
    return _project(request, name, version, Tab.README, page)


@get("/project/{name:str}/{version:str}/{tab:str}/", sync_to_thread=True, include_in_schema=False)
def release_tab(
    request: AnyRequest,
    name: FromPath[str],
    version: FromPath[str],
    tab: FromPath[str],
    page: FromQuery[int] = 1,
) -> Response[str] | Response[bytes]:
    """Show a tab of one release."""
    if tab not in {*Tab}:
        context_of(request)
        raise NotFound("There is nothing at this address: choose one of the tabs of the release.")
    return _project(request, name, version, Tab(tab), page)


def _project(
    request: AnyRequest, raw_name: str, raw_version: str | None, tab: Tab, page: int = 1
) -> Response[str] | Response[bytes]:
    addressed = asked(request)
    context = context_of(request)
    try:
        name = parse_project_name(raw_name)
        version = None if raw_version is None else parse_version(raw_version)
        overview = addressed.index.projects.read(addressed.actor, name, version)
    except (Invalid, NotFound):
        nearest = nearest_names(addressed, raw_name) if raw_version is None else ()
        return html_page(
            context, "not_found.html", status=404, name=raw_name, version=raw_version, nearest=nearest
        )
    if raw_name != name:
        parts = [name, *([str(version)] if version else []), *([tab] if tab is not Tab.README else [])]
        location = f"{context.root}/project/{'/'.join(map(quote, parts))}/"
        return Response("", status_code=301, headers={"Location": location})
    return _shown(
        request, context, overview, tab, min(max(page, 1), _LAST_PAGE), is_pinned=version is not None
    )


def _shown(
    request: AnyRequest,
    context: PageContext,
    overview: ProjectOverview,
    tab: Tab,
    page: int,
    *,
    is_pinned: bool,
) -> Response[str] | Response[bytes]:
    addressed = asked(request)
    shows_remote = context.settings is not None and context.settings.settings.shows_remote_images
    view = _frame(context, overview, tab, is_pinned=is_pinned)
    plots: dict[str, Markup] = {}
    release, metadata = overview.release, overview.metadata
    if release is not None and metadata is not None:
        files = overview.files_of(release)
        match tab:
            case Tab.README:
                html = addressed.index.pages.description(
                    overview.project, release, metadata, remote_images=shows_remote
                )
                readme = Markup(html)  # noqa: S704 - sanitised by the renderer's allow-list
                view = replace(view, readme=readme, downloads=_downloads(addressed, overview, plots))
            case Tab.RELEASES:
                releases = shown_releases(overview)
                plots["releases"] = releases_plot(releases, f"Releases of {overview.project.display_name}")
                view = replace(view, releases=releases_view(releases, page))
            case Tab.FILES:
                view = replace(view, files=files_view(context.root, release, files, page))
            case Tab.DEPENDENCIES:
                dependencies = dependencies_view(addressed, overview.project.name, metadata, page)
                view = replace(view, dependencies=dependencies)
            case Tab.SECURITY:
                security = security_view(release, files, metadata, shown_releases(overview))
                view = replace(view, security=security)
            case Tab.DOCUMENTATION:
                view = replace(view, documentation=documentation_view(addressed, overview.project.name))
    return page_or_json(
        request, context, "project.html", view, remote_images=shows_remote and tab is Tab.README, plots=plots
    )


def _frame(context: PageContext, overview: ProjectOverview, tab: Tab, *, is_pinned: bool) -> ProjectView:
    project, release = overview.project, overview.release
    metadata = overview.metadata or CoreMetadata()
    files = overview.files_of(release) if release else ()
    version = str(release.version) if release else ""
    base = f"{context.root}/project/{project.name}/"
    address = f"{base}{quote(version)}/" if is_pinned else base
    latest = latest_release(overview.releases, overview.files) if overview.releases else None
    documentation = overview.documentation
    return ProjectView(
        name=project.name,
        display_name=project.display_name,
        version=version,
        is_pinned=is_pinned,
        latest_version=str(latest.version) if latest and project.status.offers_files else "",
        address=address,
        tab=tab,
        tabs=_tabs(address, overview, len(files)),
        summary=metadata.summary,
        state=project.status.state,
        state_reason=project.status.reason,
        yank_reason=release.yank.reason if release and release.yank else None,
        offers_files=project.status.offers_files,
        released=release.created if release else None,
        release_count=len(overview.releases),
        file_count=len(files),
        install=install_lines(
            project.name,
            version if is_pinned else "",
            context.base_url,
            context.settings.name if context.settings else "",
            [each for each in files if each.yank is None],
        )
        if release
        else (),
        license=(", ".join(licenses_of(metadata)) or metadata.license)[:_LONGEST_LICENSE],
        requires_python=metadata.requires_python,
        pythons=[found[1] for each in metadata.classifiers if (found := _PYTHON.fullmatch(each))],
        members=overview.members,
        authors=_authors(metadata),
        links=_links(metadata),
        documentation_url=f"{context.root}/docs/{project.name}/{quote(documentation)}/"
        if documentation
        else "",
        keywords=metadata.keywords,
        classifiers=metadata.classifiers,
        completeness=completeness_of(metadata, files, has_documentation=documentation is not None)
        if release
        else None,
    )


def _tabs(address: str, overview: ProjectOverview, files: int) -> Sequence[tuple[Tab, str, int | None]]:
    if overview.release is None:
        return ()
    counts: Mapping[Tab, int | None] = {
        Tab.README: None,
        Tab.RELEASES: len(overview.releases),
        Tab.FILES: files,
        Tab.DEPENDENCIES: len(overview.metadata.requires_dist) if overview.metadata else 0,
        Tab.SECURITY: None,
        **({Tab.DOCUMENTATION: None} if overview.documentation else {}),
    }
    return [
        (tab, address if tab is Tab.README else f"{address}{tab}/", count) for tab, count in counts.items()
    ]


def _downloads(
    addressed: IndexRequest, overview: ProjectOverview, plots: dict[str, Markup]
) -> ShownDownloads | None:
    counts = addressed.index.download_counts
    if not counts.are_counted:
        return None
    found = counts.of_project(addressed.actor, overview.project.name, _DAYS)
    plots["downloads"] = day_bars(found.days, found.since, _DAYS, f"Downloads in {_DAYS} days")
    days = {day.isoformat(): count for day, count in sorted(found.days.items())}
    return ShownDownloads(total=found.total, recent=found.recent, days=days)


def _authors(metadata: CoreMetadata) -> Sequence[str]:
    """Return the names that the metadata gives, without addresses where there is a name."""
    given = [(metadata.author, metadata.author_email), (metadata.maintainer, metadata.maintainer_email)]
    names = []
    for name, addresses in given:
        named = [shown or address for shown, address in getaddresses([addresses])] if addresses else []
        names += [name] if name else [each for each in named if each]
    return list(dict.fromkeys(names))


def _links(metadata: CoreMetadata) -> Mapping[str, str]:
    """Return the project's links that are safe to follow, by label."""
    labelled = {"Homepage": metadata.home_page, "Download": metadata.download_url, **metadata.project_urls}
    return {label: url for label, url in labelled.items() if _is_safe(url)}


def _is_safe(url: str) -> bool:
    try:
        return urlsplit(url).scheme in {"http", "https"}
    except ValueError:
        return False
