"""Documentation of releases: sets of pages, and the names by which they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

import msgspec
from packaging.version import Version

from pypi_core.domain.digests import ClaimedDigests, parse_claimed_digests
from pypi_core.domain.entities import ProjectId, Release, ReleaseId
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import FileTooLarge, InvalidForm
from pypi_protocol import bounds
from pypi_protocol.errors import Problem

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


class DocumentationUpload(msgspec.Struct, frozen=True, kw_only=True):
    """
    A ZIP that is arriving in pieces.

    *identifier* is that of the staged bytes, which nobody can guess; *size* and *sha256* are what
    the whole ZIP will have.
    """

    identifier: str
    project: NormalizedName
    version: Version
    size: int
    sha256: str
    begun: datetime


def parse_announcement(size: int, sha256: str) -> ClaimedDigests:
    """
    Accept what somebody says of a ZIP they are about to send; hex in any case.

    Raises:
        InvalidForm: The digest or the size is none.
        FileTooLarge: No documentation may be so large.
    """
    claimed = parse_claimed_digests(md5=None, sha256=sha256, blake2_256=None)
    if size < 1:
        raise InvalidForm(Problem("size", "The size is the number of bytes of the ZIP, at least 1."))
    if size > LARGEST_ARCHIVE:
        raise FileTooLarge(LARGEST_ARCHIVE)
    return claimed


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
