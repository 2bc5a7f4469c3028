"""The document of the legacy JSON, field by field (STANDARDS 6.1)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from pypi_core.domain.accounts import Role
from pypi_core.domain.blob_keys import file_path
from pypi_core.domain.entities import File, Release, ReleaseId, Yank, effective_yank
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.use_cases.read_project import ProjectOverview

Document = dict[str, Any]

_UNKNOWN_DOWNLOADS = -1


def project_document(
    overview: ProjectOverview, *, with_releases: bool, index_url: str, files_url: str
) -> Document:
    """
    Return a project as its shown release describes it.

    *index_url* and *files_url* are absolute, without ``/`` at their ends; the path of a
    file's address begins with ``/packages`` below *files_url*.  Only the document of a
    project, not that of a release, lists all releases.
    """
    release, metadata = overview.release, overview.metadata
    if release is None or metadata is None:
        raise ValueError("a project without a release has no document")
    rows: dict[ReleaseId, list[Document]] = {each.id: [] for each in overview.releases}
    by_id = {each.id: each for each in overview.releases}
    for file in overview.files:
        rows[file.release_id].append(_file(file, by_id[file.release_id], files_url))
    document: Document = {
        "info": _info(overview, release, metadata, index_url),
        "last_serial": overview.project.serial,
    }
    if with_releases:
        newest_first = sorted(overview.releases, key=lambda each: each.version, reverse=True)
        document["releases"] = {str(each.version): rows[each.id] for each in newest_first}
    document |= {
        "urls": rows[release.id],
        "vulnerabilities": [],
        "ownership": {
            "roles": [{"role": str(role), "user": user} for user, role in _owners_first(overview)],
            "organization": None,
        },
    }
    return document


def _info(overview: ProjectOverview, release: Release, metadata: CoreMetadata, index_url: str) -> Document:
    project_url = f"{index_url}/project/{overview.project.name}/"
    release_url = f"{project_url}{quote(str(release.version))}/"
    files = overview.files_of(release)
    yank = release.yank or (files[0].yank if files and all(each.yank for each in files) else None)
    return {
        "name": overview.project.display_name,
        "version": str(release.version),
        "summary": metadata.summary,
        "description": metadata.description,
        "description_content_type": metadata.description_content_type or None,
        "keywords": ",".join(metadata.keywords),
        "license": metadata.license or None,
        "license_expression": metadata.license_expression or None,
        "license_files": list(metadata.license_files) or None,
        "classifiers": list(metadata.classifiers),
        "author": metadata.author,
        "author_email": metadata.author_email,
        "maintainer": metadata.maintainer,
        "maintainer_email": metadata.maintainer_email,
        "requires_python": metadata.requires_python or None,
        "platform": metadata.platforms[0] if metadata.platforms else None,
        "downloads": dict.fromkeys(("last_day", "last_week", "last_month"), _UNKNOWN_DOWNLOADS),
        "package_url": project_url,
        "project_url": project_url,
        "project_urls": metadata.project_urls or None,
        "release_url": release_url,
        "requires_dist": list(metadata.requires_dist) or None,
        "provides_extra": list(metadata.provides_extra) or None,
        "docs_url": None,
        "bugtrack_url": None,
        "home_page": metadata.home_page,
        "download_url": metadata.download_url,
        "yanked": yank is not None,
        "yanked_reason": _reason(yank),
        "dynamic": list(metadata.dynamic) or None,
    }


def _file(file: File, release: Release, files_url: str) -> Document:
    yank = effective_yank(file, release)
    digests = file.digests
    return {
        "filename": file.filename,
        "packagetype": str(file.filetype),
        "python_version": file.python_version,
        "has_sig": False,
        "comment_text": file.comment,
        "md5_digest": digests.md5,
        "digests": {"md5": digests.md5, "sha256": digests.sha256, "blake2b_256": digests.blake2_256},
        "core-metadata": {"sha256": file.metadata_sha256} if file.metadata_sha256 else False,
        "size": file.size,
        "downloads": _UNKNOWN_DOWNLOADS,
        "upload_time": f"{file.uploaded:%Y-%m-%dT%H:%M:%S}",
        "upload_time_iso_8601": f"{file.uploaded:%Y-%m-%dT%H:%M:%S.%fZ}",
        "url": f"{files_url}/{quote(file_path(digests, file.filename))}",
        "requires_python": file.requires_python,
        "yanked": yank is not None,
        "yanked_reason": _reason(yank),
    }


def _reason(yank: Yank | None) -> str | None:
    return (yank.reason or None) if yank else None


def _owners_first(overview: ProjectOverview) -> list[tuple[str, Role]]:
    return sorted(overview.members, key=lambda each: (each[1] is not Role.OWNER, each[0]))
