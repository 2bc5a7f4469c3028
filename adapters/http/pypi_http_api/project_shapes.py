"""What the legacy JSON says about a project (docs/reference/standards/legacy-json.md#document)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from pypi_core.domain.blob_keys import file_path
from pypi_core.domain.entities import File, Release, effective_yank
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.use_cases.reading.download_counts import ShownDownloads
from pypi_core.use_cases.reading.projects import ProjectOverview

# Where downloads are not counted; the keys are there because clients read them.
_NOT_COUNTED = {"last_day": -1, "last_week": -1, "last_month": -1}


def legacy_json(
    overview: ProjectOverview,
    release: Release,
    metadata: CoreMetadata,
    *,
    downloads: ShownDownloads | None,
    base_url: str,
    site_url: str,
    with_releases: bool,
) -> Mapping[str, object]:
    """
    Describe the project by *release*; ``releases`` is left out where one version was asked for.

    *base_url* is that of the index, *site_url* that of the site: mirrors stop at files whose
    path does not begin with ``/packages``, so all are named as the root serves them.  *downloads* are shown
    where they are counted.
    """
    document: dict[str, object] = {
        "info": _info(overview, release, metadata, downloads, base_url),
        "last_serial": overview.project.serial,
    }
    if with_releases:
        newest_first = sorted(overview.releases, key=lambda each: each.version, reverse=True)
        document["releases"] = {
            str(each.version): _files(overview, each, downloads, site_url) for each in newest_first
        }
    roles = [{"role": role.value, "user": user} for user, role in overview.members]
    return document | {
        "urls": _files(overview, release, downloads, site_url),
        "vulnerabilities": (),
        "ownership": {"roles": roles, "organization": None},
    }


def _info(
    overview: ProjectOverview,
    release: Release,
    metadata: CoreMetadata,
    downloads: ShownDownloads | None,
    base_url: str,
) -> Mapping[str, object]:
    name, docs = overview.project.name, overview.documentation
    project_url = f"{base_url}/project/{name}/"
    yanks = [effective_yank(each, release) for each in overview.files_of(release)] or [release.yank]
    reasons = [each.reason for each in yanks if each and each.reason]
    return {
        "name": overview.project.display_name,
        "version": str(release.version),
        "summary": metadata.summary,
        "description": metadata.description,
        "description_content_type": metadata.description_content_type or None,
        "keywords": ",".join(metadata.keywords),
        "license": metadata.license or None,
        "license_expression": metadata.license_expression or None,
        "license_files": metadata.license_files or None,
        "classifiers": metadata.classifiers,
        "author": metadata.author,
        "author_email": metadata.author_email,
        "maintainer": metadata.maintainer,
        "maintainer_email": metadata.maintainer_email,
        "requires_python": metadata.requires_python or None,
        "platform": ",".join(metadata.platforms) or None,
        "package_url": project_url,
        "project_url": project_url,
        "release_url": f"{project_url}{quote(str(release.version))}/",
        "project_urls": metadata.project_urls or None,
        "requires_dist": metadata.requires_dist or None,
        "provides_extra": metadata.provides_extra or None,
        "home_page": metadata.home_page,
        "docs_url": f"{base_url}/docs/{name}/{quote(docs)}/" if docs else None,
        "download_url": metadata.download_url,
        # A release is yanked if it was yanked as a whole or each of its files was.
        "yanked": all(yanks),
        "yanked_reason": reasons[0] if all(yanks) and reasons else None,
        "dynamic": metadata.dynamic or None,
        "bugtrack_url": None,
        "downloads": downloads.recent if downloads else _NOT_COUNTED,
    }


def _files(
    overview: ProjectOverview, release: Release, downloads: ShownDownloads | None, site_url: str
) -> Sequence[Mapping[str, object]]:
    files = sorted(overview.files_of(release), key=lambda each: each.filename)
    return [_file(each, release, downloads, site_url) for each in files]


def _file(
    file: File, release: Release, downloads: ShownDownloads | None, site_url: str
) -> Mapping[str, object]:
    yank = effective_yank(file, release)
    return {
        "filename": file.filename,
        "packagetype": file.filetype.value,
        "python_version": file.python_version,
        "comment_text": file.comment,
        "md5_digest": file.digests.md5,
        "digests": {
            "md5": file.digests.md5,
            "sha256": file.digests.sha256,
            "blake2b_256": file.digests.blake2_256,
        },
        "core-metadata": {"sha256": file.metadata_sha256} if file.metadata_sha256 else False,
        "size": file.size,
        "upload_time": f"{file.uploaded:%Y-%m-%dT%H:%M:%S}",
        "upload_time_iso_8601": f"{file.uploaded:%Y-%m-%dT%H:%M:%S.%f}Z",
        "url": f"{site_url}/{quote(file_path(file.digests, file.filename))}",
        "requires_python": file.requires_python,
        "yanked": yank is not None,
        "yanked_reason": (yank.reason or None) if yank else None,
        "has_sig": False,
        "downloads": downloads.files.get(file.filename, 0) if downloads else -1,
    }
