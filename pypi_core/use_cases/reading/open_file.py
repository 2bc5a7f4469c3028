"""Serve a file."""

from __future__ import annotations

import msgspec

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.blob_keys import distribution_key
from pypi_core.domain.entities import File
from pypi_core.domain.permissions import require
from pypi_core.errors import FileNotFound
from pypi_core.ports.blobs import BlobLocation, BlobStore
from pypi_core.ports.transactions import OpenSnapshot, Snapshot
from pypi_core.use_cases.permitted import governed_index
from pypi_core.use_cases.reading.stored_content import require_size


class ServedFile(msgspec.Struct, frozen=True, kw_only=True):
    """
    Bytes that may be sent and where to get them.

    *etag* is strong, quotes included.  *private* bytes must not be kept by shared caches.
    """

    file: File
    location: BlobLocation
    etag: str
    private: bool


class OpenFile:
    """
    Find a distribution file that an index lists.

    A file is authorised by index and name, never by its bytes, which another index may
    share; *blake2_256* from the URL has to fit.  Files of a quarantined project are not served.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
        FileNotFound: The index lists no such file.
        StoredContentDamaged: Its bytes are missing, or not as many as were published.
    """

    def __init__(self, open_snapshot: OpenSnapshot, blobs: BlobStore) -> None:
        self._open_snapshot = open_snapshot
        self._blobs = blobs

    def __call__(self, actor: Actor, filename: str, blake2_256: str) -> ServedFile:
        """Return where the file's bytes are."""
        with self._open_snapshot() as snapshot:
            file = readable_file(snapshot, actor, filename, blake2_256)
            private = governed_index(snapshot).is_private
        key = distribution_key(file.digests)
        require_size(self._blobs, key, file.filename, file.size)
        return ServedFile(
            file=file,
            location=self._blobs.locate(key, file.filename),
            etag=f'"{file.digests.sha256[:32]}"',
            private=private,
        )


def readable_file(snapshot: Snapshot, actor: Actor, filename: str, blake2_256: str) -> File:
    """
    Return a file that *actor* may read.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
        FileNotFound: The index lists no such file, or its project is quarantined.
    """
    require(actor, Action.READ, governed_index(snapshot))
    file = snapshot.files.get(filename)
    if file.digests.blake2_256 != blake2_256:
        raise FileNotFound(filename)
    if not snapshot.projects.by_id(file.project_id).status.offers_files:
        raise FileNotFound(filename)
    return file
