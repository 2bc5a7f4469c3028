"""Releases: their versions, metadata and files."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from pypi_protocol.metadata import CoreMetadata
from pypi_protocol.records.files import FileDescription, Yanked
from pypi_protocol.records.parameters import Cursor, Next, Parameters, ProjectName, Reason, VersionText


class VersionDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A version; it counts as yanked if it was yanked as a whole or each of its files was."""

    version: str
    files: Annotated[int, Meta(description="How many files it has.")]
    yanked: Yanked


class MetadataDescription(CoreMetadata, frozen=True, kw_only=True, omit_defaults=True):
    """Core metadata of a release, as its first file states them; what is not stated is left out."""

    metadata_version: str


class ReleaseDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A release with its metadata and files."""

    name: Annotated[str, Meta(description="The normalised name of the project.")]
    version: str
    created: Annotated[datetime, Meta(description="In UTC.")]
    yanked: Yanked
    metadata: MetadataDescription
    files: tuple[FileDescription, ...]


class ReleasePage(msgspec.Struct, frozen=True, kw_only=True):
    """Versions of a project, the newest first."""

    releases: tuple[VersionDescription, ...]
    next: Next


class ReleaseListParameters(Parameters, frozen=True, kw_only=True):
    """Of which project, and which page."""

    name: ProjectName
    cursor: Cursor = None
    limit: Annotated[int, Meta(description="How many versions to return, from 1 to 1,000.")] = 100


class ReleaseParameters(Parameters, frozen=True, kw_only=True):
    """Which release."""

    name: ProjectName
    version: VersionText


class ReleaseYankParameters(ReleaseParameters, frozen=True, kw_only=True):
    """Which release to yank, and why."""

    reason: Reason = ""


class ReleaseSetMetadataParameters(ReleaseParameters, frozen=True, kw_only=True):
    """Which release, and what is to be said of it."""

    metadata: Annotated[str, Meta(description="The content of a METADATA or PKG-INFO file.")]
