"""The methods that tell of one project and its releases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pypi_core.domain.names import parse_project_name
from pypi_core.domain.versions import parse_version
from pypi_core.errors import InvalidName, InvalidVersion, NotFound
from pypi_core.use_cases.reading.download_counts import ShownDownloads
from pypi_core.use_cases.reading.projects import ProjectOverview
from pypi_xmlrpc_api.methods import Caller, Method
from pypi_xmlrpc_api.release_shapes import file_struct, release_struct

_TOP, _MOST_TOP = 100, 1000


def package_releases(caller: Caller, name: str, show_hidden: bool = False) -> Sequence[str]:
    """
    Return the latest version of a project; with show_hidden all of them, the newest first.

    An unknown project has none.
    """
    overview = _overview(caller, name)
    if overview is None:
        return []
    if show_hidden:
        return [str(each.version) for each in reversed(overview.releases)]
    return [] if overview.release is None else [str(overview.release.version)]


def release_urls(caller: Caller, name: str, version: str) -> Sequence[Mapping[str, object]]:
    """Return the files of a release: names, sizes, digests and URLs; an unknown one has none."""
    overview = _overview(caller, name, version)
    if overview is None or overview.release is None:
        return []
    files = sorted(overview.files_of(overview.release), key=lambda each: each.filename)
    downloads = _downloads(caller, overview)
    return [file_struct(each, downloads, caller.site_url) for each in files]


def release_data(caller: Caller, name: str, version: str) -> Mapping[str, object]:
    """Return the metadata of a release, those of its first file; of an unknown one nothing."""
    overview = _overview(caller, name, version)
    if overview is None or overview.release is None or overview.metadata is None:
        return {}
    return release_struct(
        overview, overview.release, overview.metadata, _downloads(caller, overview), caller.base_url
    )


def release_downloads(caller: Caller, name: str, version: str) -> Sequence[tuple[str, int]]:
    """Return the files of a release, each with its downloads up to yesterday: 0 if they are not counted."""
    overview = _overview(caller, name, version)
    if overview is None or overview.release is None:
        return []
    downloads = _downloads(caller, overview)
    counted = downloads.files if downloads else {}
    return sorted(
        (each.filename, counted.get(each.filename, 0)) for each in overview.files_of(overview.release)
    )


def top_packages(caller: Caller, num: int | None = None) -> Sequence[tuple[str, int]]:
    """Return the projects that were downloaded most and how often, 100 of them unless num says how many."""
    return caller.index.download_counts.most_downloaded(caller.actor, _how_many(num))


def _how_many(num: int | None) -> int:
    return min(max(_TOP if num is None else num, 0), _MOST_TOP)


def package_hosting_mode(caller: Caller, name: str) -> str:
    """Return pypi-only: all files of a project are on the index itself."""
    return "pypi-only"


def _downloads(caller: Caller, overview: ProjectOverview) -> ShownDownloads | None:
    return caller.index.download_counts.shown(caller.actor, overview.project.id)


def _overview(caller: Caller, name: str, version: str | None = None) -> ProjectOverview | None:
    """Return a project, shown by *version* or its latest; nothing for one that is not to be shown."""
    try:
        overview = caller.index.projects.read(
            caller.actor, parse_project_name(name), None if version is None else parse_version(version)
        )
    except (NotFound, InvalidName, InvalidVersion):
        return None
    return overview if overview.project.status.offers_files else None


METHODS = (
    Method.of(package_releases),
    Method.of(release_urls),
    Method.of(release_urls, "package_urls"),
    Method.of(release_data),
    Method.of(release_data, "package_data"),
    Method.of(release_downloads),
    Method.of(top_packages),
    Method.of(package_hosting_mode),
)
