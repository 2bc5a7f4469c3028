"""A project as the protocol shows it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

import msgspec
from msgspec import Meta

from pypi_core.domain.blob_keys import file_path
from pypi_core.domain.entities import File, Release, ReleaseId, Yank, effective_yank
from pypi_core.use_cases.reading.read_project import ProjectOverview

Yanked = Annotated[
    bool | str, Meta(description="Whether it is withdrawn (PEP 592): false, true, or the reason why.")
]


class StatusDescription(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a project (PEP 792): active, archived, quarantined or deprecated."""

    state: str
    reason: str


class VersionDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A version; it is yanked when it was withdrawn as a whole or every file of it was."""

    version: str
    files: Annotated[int, Meta(description="How many files it has.")]
    yanked: Yanked


class FileDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A file to download."""

    filename: str
    kind: Annotated[str, Meta(description="sdist or bdist_wheel.")]
    url: Annotated[str, Meta(description="Percent-encoded, relative to the root of the index.")]
    hashes: Annotated[dict[str, str], Meta(description="Hex digests by algorithm.")]
    size: Annotated[int, Meta(description="In bytes.")]
    upload_time: Annotated[datetime, Meta(description="In UTC.")]
    requires_python: str | None
    yanked: Yanked
    metadata_sha256: Annotated[
        str | None,
        Meta(description="Digest of the core metadata at the URL with `.metadata` behind it (PEP 658)."),
    ]
    sboms: Annotated[
        tuple[str, ...],
        Meta(description="Software bills of materials in a wheel (PEP 770), below .dist-info/sboms/."),
    ] = ()


class MetadataDescription(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Core metadata of a release, as its first file states them; what is not stated is left out."""

    metadata_version: str
    summary: str = ""
    description: str = ""
    description_content_type: str = ""
    keywords: tuple[str, ...] = ()
    author: str = ""
    author_email: str = ""
    maintainer: str = ""
    maintainer_email: str = ""
    license: str = ""
    license_expression: str = ""
    license_files: tuple[str, ...] = ()
    classifiers: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    supported_platforms: tuple[str, ...] = ()
    home_page: str = ""
    download_url: str = ""
    project_urls: dict[str, str] = msgspec.field(default_factory=dict)
    requires_python: str = ""
    requires_dist: tuple[str, ...] = ()
    requires_external: tuple[str, ...] = ()
    provides_dist: tuple[str, ...] = ()
    obsoletes_dist: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    obsoletes: tuple[str, ...] = ()
    provides_extra: tuple[str, ...] = ()
    dynamic: tuple[str, ...] = ()
    import_names: tuple[str, ...] = ()
    import_namespaces: tuple[str, ...] = ()


class ProjectDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A project, shown by one of its versions."""

    name: Annotated[str, Meta(description="The normalised name.")]
    display_name: Annotated[str, Meta(description="The name as its owner spells it.")]
    status: StatusDescription
    serial: Annotated[int, Meta(description="Grows with each change of the project.")]
    versions: Annotated[tuple[VersionDescription, ...], Meta(description="All of them, the oldest first.")]
    version: Annotated[
        str | None, Meta(description="The version shown; null where there is none yet, and in quarantine.")
    ]
    metadata: Annotated[MetadataDescription | None, Meta(description="Those of the version shown.")]
    files: Annotated[tuple[FileDescription, ...], Meta(description="Those of the version shown.")]


def describe(overview: ProjectOverview) -> ProjectDescription:
    """Turn what the core knows of a project into what the protocol shows."""
    project, shown = overview.project, overview.release
    return ProjectDescription(
        name=project.name,
        display_name=project.display_name,
        status=StatusDescription(state=project.status.state, reason=project.status.reason),
        serial=project.serial,
        versions=describe_versions(overview.releases, overview.files),
        version=None if shown is None else str(shown.version),
        metadata=None
        if overview.metadata is None
        else msgspec.convert(overview.metadata, MetadataDescription, from_attributes=True),
        files=() if shown is None else tuple(describe_file(each, shown) for each in overview.files_of(shown)),
    )


def describe_versions(releases: Iterable[Release], files: Iterable[File]) -> tuple[VersionDescription, ...]:
    """Describe *releases*, whose files are among *files*."""
    by_release: dict[ReleaseId, list[File]] = {}
    for file in files:
        by_release.setdefault(file.release_id, []).append(file)
    return tuple(
        VersionDescription(
            version=str(each.version),
            files=len(by_release.get(each.id, ())),
            yanked=shown_yank(_yank(each, by_release.get(each.id, []))),
        )
        for each in releases
    )


def _yank(release: Release, files: list[File]) -> Yank | None:
    if release.yank is None and files and all(each.yank for each in files):
        return files[0].yank
    return release.yank


def describe_file(file: File, release: Release) -> FileDescription:
    """Describe a file of *release*."""
    return FileDescription(
        filename=file.filename,
        kind=file.filetype,
        url=quote(file_path(file.digests, file.filename)),
        hashes={"sha256": file.digests.sha256, "blake2b_256": file.digests.blake2_256},
        size=file.size,
        upload_time=file.uploaded,
        requires_python=file.requires_python,
        yanked=shown_yank(effective_yank(file, release)),
        metadata_sha256=file.metadata_sha256,
        sboms=file.sboms,
    )


def shown_yank(yank: Yank | None) -> bool | str:
    """Return a yank as the protocol shows it."""
    # As in the Simple API: an empty reason is never sent, some read it as "not yanked".
    return False if yank is None else yank.reason or True
