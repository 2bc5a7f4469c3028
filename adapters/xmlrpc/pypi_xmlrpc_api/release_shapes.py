"""Releases and files as structs (docs/reference/standards/xml-rpc.md#releases-and-files)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from pypi_core.domain.blob_keys import file_path
from pypi_core.domain.entities import File, Release
from pypi_core.domain.latest import latest_release
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.use_cases.reading.download_counts import ShownDownloads
from pypi_core.use_cases.reading.projects import ProjectOverview

# Where downloads are not counted; the keys are there because clients read them.
_NOT_COUNTED = {"last_day": -1, "last_week": -1, "last_month": -1}


def file_struct(file: File, downloads: ShownDownloads | None, site_url: str) -> Mapping[str, object]:
    """Return a file; mirrors stop at a URL whose path does not begin with ``/packages``."""
    path = quote(file_path(file.digests, file.filename))
    return {
        "filename": file.filename,
        "packagetype": file.filetype.value,
        "python_version": file.python_version,
        "size": file.size,
        "md5_digest": file.digests.md5,
        "sha256_digest": file.digests.sha256,
        "digests": {"md5": file.digests.md5, "sha256": file.digests.sha256},
        "has_sig": False,
        "upload_time": file.uploaded,
        "upload_time_iso_8601": f"{file.uploaded:%Y-%m-%dT%H:%M:%S.%f}Z",
        "comment_text": file.comment,
        "downloads": downloads.files.get(file.filename, 0) if downloads else -1,
        "path": path,
        "url": f"{site_url}/{path}",
    }


def release_struct(
    overview: ProjectOverview,
    release: Release,
    metadata: CoreMetadata,
    downloads: ShownDownloads | None,
    base_url: str,
) -> Mapping[str, object]:
    """Return a release with the metadata of its first file."""
    name, docs = overview.project.name, overview.documentation
    project_url = f"{base_url}/project/{name}/"
    return {
        "name": overview.project.display_name,
        "version": str(release.version),
        "stable_version": None,
        "bugtrack_url": None,
        "package_url": project_url,
        "release_url": f"{project_url}{quote(str(release.version))}/",
        "docs_url": f"{base_url}/docs/{name}/{quote(docs)}/" if docs else None,
        "home_page": metadata.home_page,
        "download_url": metadata.download_url,
        "project_url": [f"{label}, {url}" for label, url in metadata.project_urls.items()],
        "author": metadata.author,
        "author_email": metadata.author_email,
        "maintainer": metadata.maintainer,
        "maintainer_email": metadata.maintainer_email,
        "summary": metadata.summary,
        "description": metadata.description,
        # Readers of these know no license expressions (PEP 639); they show text.
        "license": metadata.license or metadata.license_expression,
        "keywords": ",".join(metadata.keywords),
        "platform": ",".join(metadata.platforms),
        "classifiers": metadata.classifiers,
        "requires": metadata.requires,
        "requires_dist": metadata.requires_dist,
        "provides": metadata.provides,
        "provides_dist": metadata.provides_dist,
        "obsoletes": metadata.obsoletes,
        "obsoletes_dist": metadata.obsoletes_dist,
        "requires_python": metadata.requires_python,
        "requires_external": metadata.requires_external,
        **_place(overview, release),
        "downloads": msgspec.to_builtins(downloads.recent) if downloads else _NOT_COUNTED,
        "cheesecake_code_kwalitee_id": None,
        "cheesecake_documentation_id": None,
        "cheesecake_installability_id": None,
    }


def _place(overview: ProjectOverview, release: Release) -> Mapping[str, object]:
    """Return the release's place among all, and whether ``package_releases`` leaves it out at first."""
    latest = latest_release(overview.releases, overview.files)
    return {
        "_pypi_ordering": [each.id for each in overview.releases].index(release.id),
        "_pypi_hidden": latest is not None and latest.id != release.id,
    }
