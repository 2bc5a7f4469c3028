"""What a project's page of the Simple API says, before it takes a form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote

import msgspec

from pypi_core.domain.blob_keys import file_path
from pypi_core.domain.entities import (
    File,
    Project,
    ProjectStatus,
    Release,
    Serial,
    Yank,
    effective_yank,
)
from pypi_core.domain.names import NormalizedName
from pypi_core.simple_api.markup import legible

API_VERSION: Final = "1.4"
"""The version of the Simple API that both forms speak (PEP 629, PEP 792)."""

RENDERER_VERSION: Final = 2
"""
Part of every page's validity.  Raise it by one with each change, here or in a renderer,
that gives other bytes for the same rows: kept pages of the older number then count no more.
"""


class ListedFile(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    One file as both forms show it.

    *url* is percent-encoded and relative to the project's page; *yank* is the one that
    applies, the file's own or its release's; *metadata_sha256* is the digest of the
    ``.metadata`` file beside it (PEP 658), ``None`` where there is none.
    """

    filename: str
    url: str
    sha256: str
    size: int
    upload_time: datetime
    requires_python: str | None = None
    yank: Yank | None = None
    metadata_sha256: str | None = None


class ProjectDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A project's page: *versions* are all of its releases, also those without a file."""

    name: NormalizedName
    status: ProjectStatus
    versions: tuple[str, ...]
    files: tuple[ListedFile, ...]
    serial: Serial


def project_detail(project: Project, releases: Sequence[Release], files: Sequence[File]) -> ProjectDetail:
    """
    Return the page of *project*, its files in the order given.

    *releases* and *files* are all that the project has, read from one snapshot.
    """
    release_of = {release.id: release for release in releases}
    # PEP 792: a quarantined project keeps its page and offers none of its files.
    offered = files if project.status.offers_files else ()
    return ProjectDetail(
        name=project.name,
        status=ProjectStatus(project.status.state, legible(project.status.reason)),
        versions=tuple(str(release.version) for release in releases),
        files=tuple(_listed(file, effective_yank(file, release_of[file.release_id])) for file in offered),
        serial=project.serial,
    )


def _listed(file: File, yank: Yank | None) -> ListedFile:
    return ListedFile(
        filename=file.filename,
        # Relative to <root>/simple/<name>/: an index below a prefix needs to know nothing of it.
        # quote() leaves letters, digits and `_.-~/` alone, so `+` becomes %2B and `!` %21.
        url=f"../../{quote(file_path(file.digests, file.filename))}",
        sha256=file.digests.sha256,
        size=file.size,
        upload_time=file.uploaded,
        requires_python=legible(file.requires_python) if file.requires_python else None,
        yank=Yank(legible(yank.reason)) if yank else None,
        metadata_sha256=file.metadata_sha256,
    )
