"""The catalogue: what is in a cache, and what an index said about it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from pypi_api_client.errors import UnsafeFilename
from pypi_api_client.integrity import check_filename
from pypi_distribution_cache.errors import NoCache
from pypi_protocol.records.files import Yanked

FORMAT = 1
"""The version of the catalogue; a new number says that older programs cannot read it."""


class CachedFile(msgspec.Struct, frozen=True, kw_only=True):
    """
    A distribution in a cache.

    ``project`` is the normalised name, ``size`` in bytes, ``sha256`` and ``metadata_sha256`` hex
    digests of the file and of the metadata beside it, which wheels have.  ``requires_python``,
    ``upload_time`` and ``yanked`` are what the index said at ``source``; a file that came from this
    machine has no ``source``.
    """

    filename: str
    project: str
    version: str
    size: int
    sha256: str
    metadata_sha256: str | None = None
    summary: str = ""
    requires_python: str | None = None
    upload_time: datetime | None = None
    yanked: Yanked = False
    source: str = ""


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """All files of a cache, by project, then by name."""

    format: int
    files: tuple[CachedFile, ...] = ()


def read_catalogue(path: Path) -> Catalogue:
    """
    Read the catalogue of a cache.

    Raises:
        NoCache: The folder is not a cache, or it is damaged or of a later version.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise NoCache(
            f"{path.parent} is not a cache: it has no {path.name}. Create one with cache create."
        ) from error
    try:
        version = msgspec.json.decode(content, type=_Format).format
        if version != FORMAT:
            raise NoCache(
                f"{path} is of format {version}, this program reads format {FORMAT}: use a newer one."
            )
        catalogue = msgspec.json.decode(content, type=Catalogue)
        for each in catalogue.files:
            check_filename(each.filename)
            check_filename(each.project)
    except (msgspec.MsgspecError, UnicodeDecodeError, UnsafeFilename) as error:
        raise NoCache(f"{path} is damaged: {error}. Create the cache anew.") from error
    return catalogue


def encode_catalogue(files: Iterable[CachedFile]) -> bytes:
    """Return the content of a catalogue."""
    ordered = tuple(sorted(files, key=lambda each: (each.project, each.filename)))
    content = msgspec.json.encode(Catalogue(format=FORMAT, files=ordered))
    return msgspec.json.format(content, indent=1) + b"\n"


class _Format(msgspec.Struct, frozen=True):
    format: int
