"""Projects and their releases."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from litestar import Response, get
from litestar.params import FromPath
from markupsafe import Markup

from pypi_core.domain.entities import effective_yank
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import parse_project_name
from pypi_core.domain.versions import parse_version
from pypi_core.errors import Invalid, NotFound
from pypi_core.use_cases.reading.projects import ProjectOverview
from pypi_web.contexts import AnyRequest, PageContext, asked, context_of
from pypi_web.nearest import nearest_names
from pypi_web.rendering import html_page


@get("/project/{name:str}/", sync_to_thread=True, include_in_schema=False)
def project(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    """Show a project by its latest release."""
    return _project(request, name, None)


@get("/project/{name:str}/{version:str}/", sync_to_thread=True, include_in_schema=False)
def release(request: AnyRequest, name: FromPath[str], version: FromPath[str]) -> Response[str]:
    """Show one release of a project."""
    return _project(request, name, version)


def _project(request: AnyRequest, raw_name: str, raw_version: str | None) -> Response[str]:
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
        suffix = "" if version is None else f"{version}/"
        return Response("", status_code=301, headers={"Location": f"{context.root}/project/{name}/{suffix}"})
    description = ""
    remote_images = context.settings is not None and context.settings.settings.shows_remote_images
    if overview.release and overview.metadata:
        description = addressed.index.pages.description(
            overview.project, overview.release, overview.metadata, remote_images=remote_images
        )
    return _shown(context, overview, description, is_pinned=version is not None, remote_images=remote_images)


def _shown(
    context: PageContext,
    overview: ProjectOverview,
    description: str,
    *,
    is_pinned: bool,
    remote_images: bool,
) -> Response[str]:
    release = overview.release
    files = overview.files_of(release) if release else ()
    pin = f"=={release.version}" if release and is_pinned else ""
    return html_page(
        context,
        "project.html",
        remote_images=remote_images,
        overview=overview,
        project=overview.project,
        release=release,
        requirement=f"{overview.project.name}{pin}",
        metadata=overview.metadata or CoreMetadata(),
        links=_links(overview.metadata),
        files=files,
        yank=release.yank if release else None,
        file_yanks={each.filename: effective_yank(each, release) for each in files if release},
        history=list(reversed(overview.releases)),
        description=Markup(description),  # noqa: S704 - sanitised by the renderer's allow-list
    )


def _links(metadata: CoreMetadata | None) -> Mapping[str, str]:
    """Return the project's links that are safe to follow, by label."""
    if metadata is None:
        return {}
    labelled = {"Homepage": metadata.home_page, "Download": metadata.download_url, **metadata.project_urls}
    return {label: url for label, url in labelled.items() if urlsplit(url).scheme in {"http", "https"}}
