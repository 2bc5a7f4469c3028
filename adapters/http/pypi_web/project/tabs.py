"""The contents of the tabs, from what the core knows about a project."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from urllib.parse import quote

from markupsafe import Markup
from packaging.utils import canonicalize_name

from pypi_core.domain.blob_keys import file_path
from pypi_core.domain.entities import File, Release, effective_yank
from pypi_core.domain.filenames import FileType
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import NormalizedName
from pypi_core.use_cases.reading.projects import ProjectOverview
from pypi_http_api.index_request import IndexRequest
from pypi_web.project.plots import Dot, time_line
from pypi_web.project.requirements import required_names, requirement_groups
from pypi_web.project.views import (
    DependenciesView,
    FilesView,
    ReleaseGroup,
    ReleasesView,
    SecurityView,
    ShownDocumentation,
    ShownFile,
    ShownRelease,
)
from pypi_web.project.wheel_tags import matrix_of, wheel_tags

_RELEASES_PER_PAGE = 200
_FILES_PER_PAGE = 100
_DEPENDENTS_PER_PAGE = 50
_LAST_DEPENDENTS = 200
_MOST_YANKED = 20
_ALWAYS_UNFOLDED = 2


def shown_releases(overview: ProjectOverview) -> Sequence[ShownRelease]:
    """Return all releases of a project, the newest version first."""
    sizes: dict[int, int] = defaultdict(int)
    counts: dict[int, int] = defaultdict(int)
    for each in overview.files:
        sizes[each.release_id] += each.size
        counts[each.release_id] += 1
    shown = overview.release.id if overview.release else None
    return [
        ShownRelease(
            version=str(each.version),
            created=each.created,
            is_prerelease=each.version.is_prerelease,
            yank_reason=each.yank.reason if each.yank else None,
            size=sizes[each.id],
            file_count=counts[each.id],
            is_shown=each.id == shown,
        )
        for each in reversed(overview.releases)
    ]


def releases_view(releases: Sequence[ShownRelease], page: int) -> ReleasesView:
    """Return one page of the history, in which pre-releases that follow each other are folded."""
    here = releases[(page - 1) * _RELEASES_PER_PAGE : page * _RELEASES_PER_PAGE]
    groups = []
    for is_side, found in groupby(here, key=lambda each: each.is_prerelease and not each.is_shown):
        run = tuple(found)
        groups.append(ReleaseGroup(folded=is_side and len(run) >= _ALWAYS_UNFOLDED, releases=run))
    return ReleasesView(
        groups=groups, total=len(releases), page=page, more=len(releases) > page * _RELEASES_PER_PAGE
    )


def releases_plot(releases: Sequence[ShownRelease], described: str) -> Markup:
    """Return the history as a picture."""
    dots = [
        Dot(
            label=f"{each.version} ({each.created:%Y-%m-%d})",
            moment=each.created,
            size=each.size,
            kind="yanked" if each.yank_reason is not None else "pre" if each.is_prerelease else "final",
        )
        for each in releases
    ]
    return time_line(sorted(dots, key=lambda each: each.moment), described)


def files_view(root: str, release: Release, files: Sequence[File], page: int) -> FilesView:
    """Return one page of the files of a release, source distributions first."""
    ordered = sorted(files, key=lambda each: (each.filetype is not FileType.SDIST, each.filename))
    return FilesView(
        files=[
            _shown_file(root, each, release)
            for each in ordered[(page - 1) * _FILES_PER_PAGE : page * _FILES_PER_PAGE]
        ],
        matrix=matrix_of((each.filename, each.size) for each in ordered[:_FILES_PER_PAGE]),
        total=len(ordered),
        total_size=sum(each.size for each in ordered),
        page=page,
        more=len(ordered) > page * _FILES_PER_PAGE,
    )


def _shown_file(root: str, file: File, release: Release) -> ShownFile:
    url = f"{root}/{quote(file_path(file.digests, file.filename))}"
    yank = effective_yank(file, release)
    return ShownFile(
        filename=file.filename,
        url=url,
        is_sdist=file.filetype is FileType.SDIST,
        tags=wheel_tags(file.filename),
        size=file.size,
        uploaded=file.uploaded,
        sha256=file.digests.sha256,
        blake2_256=file.digests.blake2_256,
        metadata_url=f"{url}.metadata" if file.metadata_sha256 else "",
        requires_python=file.requires_python or "",
        yank_reason=yank.reason if yank else None,
        sboms=file.sboms,
        comment=file.comment,
    )


def dependencies_view(
    addressed: IndexRequest, name: NormalizedName, metadata: CoreMetadata, page: int
) -> DependenciesView:
    """Return what a release requires and who requires the project: two questions, however many there are."""
    page = min(page, _LAST_DEPENDENTS)
    names = [NormalizedName(each) for each in required_names(metadata.requires_dist)]
    known = addressed.index.projects.existing(addressed.actor, names)
    found = addressed.index.dependents.of_project(
        addressed.actor, name, limit=_DEPENDENTS_PER_PAGE, offset=(page - 1) * _DEPENDENTS_PER_PAGE
    )
    extras = [canonicalize_name(each) for each in metadata.provides_extra]
    return DependenciesView(
        groups=requirement_groups(metadata.requires_dist, extras, known),
        dependents=found.projects,
        dependents_total=found.total,
        dependents_at_least=found.total_is_at_least,
        page=page,
        more=found.more and page < _LAST_DEPENDENTS,
    )


def security_view(
    release: Release, files: Sequence[File], metadata: CoreMetadata, releases: Sequence[ShownRelease]
) -> SecurityView:
    """Return what is known of a release that matters for trust."""
    return SecurityView(
        yanked_files=[each.filename for each in files if each.yank][:_MOST_YANKED],
        yanked_releases=[each for each in releases if each.yank_reason is not None][:_MOST_YANKED],
        sboms=[(each.filename, each.sboms) for each in files if each.sboms][:_FILES_PER_PAGE],
        license_files=metadata.license_files,
        direct_references=[each for each in metadata.requires_dist if " @ " in each][:_MOST_YANKED],
        has_sdist=any(each.filetype is FileType.SDIST for each in files),
        first_published=min((each.created for each in releases), default=release.created),
    )


def documentation_view(addressed: IndexRequest, name: NormalizedName) -> Sequence[ShownDocumentation]:
    """Return the documentation of all releases, the newest version first."""
    listed = addressed.index.documentation.of_project(addressed.actor, name)
    return [
        ShownDocumentation(
            version=str(each.version),
            url=f"{addressed.root}/docs/{name}/{quote(str(each.version))}/",
            uploaded=each.uploaded,
            size=each.size,
            aliases=[alias for alias, version in listed.aliases.items() if version == str(each.version)],
        )
        for each in reversed(listed.sets)
        if each.state == "ready"
    ][:_RELEASES_PER_PAGE]
