"""Serve the metadata beside a wheel."""

from __future__ import annotations

from pypi_core.domain.accounts import Actor
from pypi_core.domain.blob_keys import core_metadata_key
from pypi_core.errors import MetadataNotFound
from pypi_core.ports.blobs import BlobStore
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.permitted import governed_index
from pypi_core.use_cases.reading.open_file import ServedFile, readable_file
from pypi_core.use_cases.reading.stored_content import require_digest


class ReadCoreMetadata:
    """
    Find the METADATA of a wheel, served beside it (PEP 658).

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
        FileNotFound: The index lists no such file.
        MetadataNotFound: The file is an sdist.
        StoredContentDamaged: The bytes are missing or changed.
    """

    def __init__(self, open_snapshot: OpenSnapshot, blobs: BlobStore) -> None:
        self._open_snapshot = open_snapshot
        self._blobs = blobs

    def __call__(self, actor: Actor, filename: str, blake2_256: str) -> ServedFile:
        """Return where the metadata's bytes are; *filename* is the wheel's."""
        with self._open_snapshot() as snapshot:
            file = readable_file(snapshot, actor, filename, blake2_256)
            private = governed_index(snapshot).is_private
        if file.metadata_sha256 is None:
            raise MetadataNotFound(filename)
        key, name = core_metadata_key(file.digests), f"{file.filename}.metadata"
        # No row says how long they are; they are short.
        require_digest(self._blobs, key, name, file.metadata_sha256)
        return ServedFile(
            file=file,
            location=self._blobs.locate(key, name),
            etag=f'"{file.metadata_sha256[:32]}"',
            private=private,
        )
