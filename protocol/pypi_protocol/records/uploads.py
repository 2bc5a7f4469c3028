"""Upload sessions: the files of a release on their way."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from pypi_protocol.records.parameters import Parameters


class FileToUpload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that will be sent."""

    filename: Annotated[str, Meta(description="Its own name, without a path.")]
    size: Annotated[int, Meta(description="In bytes.")]
    sha256: Annotated[str, Meta(description="The digest of its bytes, 64 hexadecimal digits.")]


class DocumentationToUpload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Documentation that will be sent: a ZIP with `index.html` at its top level."""

    size: Annotated[int, Meta(description="Of the ZIP, in bytes; at most 104857600.")]
    sha256: Annotated[str, Meta(description="Of the ZIP, in hex.")]


class UploadingFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an upload session."""

    filename: Annotated[str, Meta(description="As declared; documentation.zip for the documentation.")]
    kind: Literal["distribution", "documentation"]
    size: Annotated[int, Meta(description="In bytes, as declared.")]
    sha256: Annotated[str, Meta(description="As declared.")]
    received: Annotated[int, Meta(description="How many bytes have arrived: the offset to go on from.")]
    url: Annotated[
        str,
        Meta(description="Where its bytes go by PUT; percent-encoded, relative to the root of the index."),
    ]


class ProblemDescription(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a file."""

    field: Annotated[str, Meta(description="The file name.")]
    message: str


class UploadDescription(msgspec.Struct, frozen=True, kw_only=True):
    """An upload session."""

    session: Annotated[
        str,
        Meta(description="Its identifier; a caller who knows it and may upload can continue the session."),
    ]
    state: Annotated[str, Meta(description="open, completed, published or cancelled.")]
    project: Annotated[str, Meta(description="The project's name as its owner spells it.")]
    version: str
    expires: Annotated[datetime, Meta(description="In UTC: when an unpublished session expires.")]
    files: tuple[UploadingFile, ...]
    problems: Annotated[
        tuple[ProblemDescription, ...], Meta(description="What the last look at the files found.")
    ]
    warnings: Annotated[
        tuple[str, ...], Meta(description="What is to be said of the files that were published.")
    ]

    def file(self, filename: str) -> UploadingFile:
        """
        Return the file of this name.

        Raises:
            KeyError: The session has none.
        """
        for each in self.files:
            if each.filename == filename:
                return each
        raise KeyError(filename)


class UploadBeginParameters(Parameters, frozen=True, kw_only=True):
    """Which files of which release will be sent."""

    name: Annotated[str, Meta(description="The name of the project, which need not be there yet.")]
    version: Annotated[str, Meta(description="The version of the release, which need not be there yet.")]
    files: Annotated[tuple[FileToUpload, ...], Meta(description="From 1 to 100 of them.")]
    documentation: Annotated[
        DocumentationToUpload | None, Meta(description="The documentation of the release, if it is sent too.")
    ] = None


class UploadParameters(Parameters, frozen=True, kw_only=True):
    """Which upload session."""

    session: Annotated[str, Meta(description="Its name, as upload.begin gave it.")]
