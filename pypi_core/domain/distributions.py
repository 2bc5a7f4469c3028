"""A distribution inspected whole: file name, archive and metadata seen together."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

import msgspec

from pypi_core.domain.archives.reading import read_archive
from pypi_core.domain.digests import ClaimedDigests, Digests
from pypi_core.domain.filenames import (
    DistributionFilename,
    FileType,
    check_spelling,
    parse_filename,
)
from pypi_core.domain.metadata import DistributionMetadata, parse_metadata
from pypi_core.domain.names import normalize
from pypi_core.domain.rules import PUBLIC, UploadRules
from pypi_core.domain.uploads import Upload
from pypi_core.domain.versions import release_key
from pypi_core.errors import InvalidFilename, Problem


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """A file that may be published; ``metadata_file`` is its METADATA or PKG-INFO to the byte."""

    filename: DistributionFilename
    metadata: DistributionMetadata
    metadata_file: bytes
    warnings: tuple[str, ...] = ()

    @property
    def metadata_sha256(self) -> str | None:
        """The digest of the metadata as served beside a wheel (PEP 658), ``None`` for an sdist."""
        if self.filename.filetype is FileType.SDIST:
            return None
        return hashlib.sha256(self.metadata_file).hexdigest()


def inspect_distribution(filename: str, archive: BinaryIO, rules: UploadRules) -> Distribution:
    """
    Read a wheel or sdist and hold it against every rule for new files.

    The one function that server and tools share.  *archive* is seekable; nothing is
    extracted, memory is bounded.

    Raises:
        InvalidFilename: The file name is none, or not the one this distribution must have.
        InvalidArchive: The bytes are no such archive.
        InvalidMetadata: What it says of itself breaks a rule.
    """
    parsed = parse_filename(filename)
    contents = read_archive(parsed, archive, rules)
    metadata = parse_metadata(contents.metadata_file, rules)
    _check_name(parsed, metadata)
    return Distribution(
        filename=parsed,
        metadata=metadata,
        metadata_file=contents.metadata_file,
        warnings=(*contents.warnings, *metadata.warnings),
    )


def describe_upload(
    filename: str, archive: BinaryIO, digests: Digests, rules: UploadRules = PUBLIC
) -> Upload:
    """
    Say of a file what its uploader would, from its own archive: for programs that publish by themselves.

    Raises:
        Invalid: The file breaks a rule, as `inspect_distribution` says.
    """
    distribution = inspect_distribution(filename, archive, rules)
    return Upload(
        filename=filename,
        filetype=distribution.filename.filetype,
        name=distribution.metadata.name,
        version=distribution.metadata.version,
        digests=ClaimedDigests(sha256=digests.sha256, blake2_256=digests.blake2_256),
        python_version=distribution.filename.python_version,
    )


def _check_name(filename: DistributionFilename, metadata: DistributionMetadata) -> None:
    name = normalize(metadata.name)
    if filename.name != name or release_key(filename.version) != release_key(metadata.version):
        raise InvalidFilename(
            Problem(
                "content",
                f"The file name {filename.text!r} says {filename.name} {filename.version}, "
                f"its metadata say {metadata.name} {metadata.version}: rename nothing, rebuild the file.",
            )
        )
    check_spelling(filename, metadata.version)
