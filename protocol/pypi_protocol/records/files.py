"""Files to download."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from pypi_protocol.records.parameters import Filename, Parameters, Reason

Yanked = Annotated[
    bool | str, Meta(description="Whether it is yanked (PEP 592): false, true, or the reason why.")
]


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


class FileParameters(Parameters, frozen=True, kw_only=True):
    """Which file."""

    filename: Filename


class FileFindParameters(Parameters, frozen=True, kw_only=True):
    """By which digest to find a file."""

    sha256: Annotated[str, Meta(description="Of its bytes: 64 hexadecimal digits, in lower case.")]


class FoundFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file, and what it belongs to."""

    project: Annotated[str, Meta(description="The normalised name of its project.")]
    version: str
    file: FileDescription


class FileStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What has become of a file name."""

    filename: str
    state: Annotated[str, Meta(description="offered, yanked, quarantined, deleted, uploading, or unknown.")]
    visible: Annotated[bool, Meta(description="Whether installers see it.")]
    why: Annotated[str, Meta(description="A sentence.")]
    yanked: Yanked
    size: Annotated[int | None, Meta(description="In bytes; null if there is no such file.")]
    hashes: Annotated[dict[str, str], Meta(description="Hex digests by algorithm.")]
    metadata_sha256: Annotated[
        str | None, Meta(description="Digest of the core metadata beside a wheel (PEP 658).")
    ]


class FileYankParameters(FileParameters, frozen=True, kw_only=True):
    """Which file to yank, and why."""

    reason: Reason = ""
