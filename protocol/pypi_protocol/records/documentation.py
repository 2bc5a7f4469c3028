"""Documentation of releases."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from pypi_protocol.records.parameters import Next, Parameters
from pypi_protocol.records.releases import ReleaseParameters


class BegunUpload(msgspec.Struct, frozen=True, kw_only=True):
    """An upload session of which no bytes have arrived yet."""

    upload: Annotated[str, Meta(description="The name of the session, which `docs.complete` asks for.")]
    url: Annotated[str, Meta(description="Where to PUT the bytes, relative to the root of the index.")]
    expires: Annotated[datetime, Meta(description="Until when it can be completed, in UTC.")]


class DocumentationDescription(msgspec.Struct, frozen=True, kw_only=True):
    """The documentation of a version; URLs are percent-encoded and relative to the root of the index."""

    version: str
    state: Annotated[
        Literal["unpacking", "ready"], Meta(description="Only what is ready can be read at its URLs.")
    ]
    url: Annotated[str, Meta(description="Where its pages are.")]
    archive_url: Annotated[str, Meta(description="Where its ZIP is.")]
    size: Annotated[int, Meta(description="Of the ZIP, in bytes.")]
    sha256: Annotated[str, Meta(description="Of the ZIP, in hex.")]
    uploaded: Annotated[datetime, Meta(description="In UTC.")]
    is_being_replaced: Annotated[
        bool, Meta(description="Whether other documentation is being unpacked that will take its place.")
    ]


class DocumentationPage(msgspec.Struct, frozen=True, kw_only=True):
    """Documentation of a project, that of the newest version first."""

    name: Annotated[str, Meta(description="The normalised name of the project.")]
    versions: tuple[DocumentationDescription, ...]
    latest: Annotated[str | None, Meta(description="The version that `latest` in a URL stands for.")]
    stable: Annotated[str | None, Meta(description="The version that `stable` in a URL stands for.")]
    next: Next


class DocsBeginParameters(ReleaseParameters, frozen=True, kw_only=True):
    """Which release the documentation is for, and what will be sent."""

    size: Annotated[int, Meta(description="Of the ZIP, in bytes; at most 104857600.")]
    sha256: Annotated[str, Meta(description="Of the ZIP, in hex.")]


class DocsCompleteParameters(Parameters, frozen=True, kw_only=True):
    """Which upload has arrived whole."""

    upload: Annotated[str, Meta(description="As `docs.begin` returned it.")]
