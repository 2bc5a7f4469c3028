"""Documentation of releases: sets of pages, and the names by which they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

import msgspec
from packaging.version import Version

from pypi_core.domain.entities import ProjectId, Release, ReleaseId
from pypi_protocol import bounds

DocumentationId = NewType("DocumentationId", int)

LARGEST_ARCHIVE: Final = bounds.LARGEST_ARCHIVE
"""In bytes: the ZIP that is uploaded."""

FRONT_PAGE = "index.html"
"""What is shown for a folder; at the top every documentation has one."""


class DocumentationState(StrEnum):
    """What became of an upload."""

    UNPACKING = "unpacking"
    READY = "ready"


class Alias(StrEnum):
    """Names that stand for a version which changes."""

    LATEST = "latest"
    STABLE = "stable"


class DocumentationSet(msgspec.Struct, frozen=True, kw_only=True):
    """
    The documentation of a release as one ZIP brought it; its pages never change.

    *size*, *sha256* and *blake2_256* are those of the ZIP.  A release has at most one set that
    is ready, which is shown, and one that is being unpacked and will take its place.
    """

    id: DocumentationId
    project_id: ProjectId
    release_id: ReleaseId
    version: Version
    size: int
    sha256: str
    blake2_256: str
    uploaded: datetime
    state: DocumentationState = DocumentationState.UNPACKING


class DocumentationPage(msgspec.Struct, frozen=True):
    """One file of a set: its path with ``/`` between the parts, the digest it is filed under, its size."""

    path: str
    blake2_256: str
    size: int


def meant_by(alias: Alias, documented: Sequence[Release]) -> Release | None:
    """
    Return which of the releases that have documentation an alias stands for.

    ``stable`` is the highest final version that is not yanked.  ``latest`` is the highest version,
    pre-releases too, yanked ones only where there is nothing else.
    """
    if alias is Alias.STABLE:
        final = [each for each in documented if not each.version.is_prerelease and each.yank is None]
        return max(final, key=lambda each: each.version, default=None)
    return max(documented, key=lambda each: (each.yank is None, each.version), default=None)
