"""Files and the metadata beside them, to be sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from io import BytesIO

import msgspec

from pypi_core.domain.accounts import Actor
from pypi_core.domain.blob_keys import core_metadata_key, distribution_key
from pypi_core.domain.entities import File
from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import FileNotFound, Forbidden, MetadataNotFound, NotFound, TooMany, Unauthenticated
from pypi_core.ports.blobs import BlobLocation, BlobStore, Streamed
from pypi_core.use_cases.reading.access import Reading
from pypi_core.use_cases.reading.files import file_and_project
from pypi_core.use_cases.reading.stored_content import located, read_verified


class ServedFile(msgspec.Struct, frozen=True, kw_only=True):
    """
    Bytes that may be sent and where to get them.

    *etag* is strong, quotes included.  *private* bytes must not be kept by shared caches.
    *project* is the one that *file* belongs to.
    """

    file: File
    project: NormalizedName
    location: BlobLocation
    etag: str
    private: bool


class Downloads:
    """
    Find what an index lists and serves to callers who may read it (`Reading`).

    A file is authorised by index and name, never by its bytes, which another index may
    share; *blake2_256* from the URL has to match.  Files of a quarantined project are not served.
    """

    def __init__(self, reading: Reading, blobs: BlobStore) -> None:
        self._reading = reading
        self._blobs = blobs

    @property
    def origins(self) -> Sequence[str]:
        """Return the scheme, host and port of all addresses that clients may be sent to for files."""
        return self._blobs.origins

    def file(self, actor: Actor, filename: str, blake2_256: str) -> ServedFile:
        """
        Return where a distribution file's bytes are.

        Raises:
            FileNotFound: The index lists no such file.
            StoredContentDamaged: Its bytes are missing, or not as many as were published.
        """
        file, project, private = self._offered(actor, filename, blake2_256)
        key = distribution_key(file.digests)
        return ServedFile(
            file=file,
            project=project,
            location=located(self._blobs, key, file.filename, file.size),
            etag=f'"{file.digests.sha256[:32]}"',
            private=private,
        )

    def metadata(self, actor: Actor, filename: str, blake2_256: str) -> ServedFile:
        """
        Return where the METADATA of the wheel *filename* is, which is served beside it (PEP 658).

        Raises:
            FileNotFound: The index lists no such file.
            MetadataNotFound: The file is an sdist.
            StoredContentDamaged: The bytes are missing or changed.
        """
        file, project, private = self._offered(actor, filename, blake2_256)
        if file.metadata_sha256 is None:
            raise MetadataNotFound(filename)
        key, name = core_metadata_key(file.digests), f"{file.filename}.metadata"
        # No row says how long they are; they are short.
        content = read_verified(self._blobs, key, name, file.metadata_sha256)
        return ServedFile(
            file=file,
            project=project,
            location=Streamed(len(content), partial(BytesIO, content)),
            etag=f'"{file.metadata_sha256[:32]}"',
            private=private,
        )

    def _offered(self, actor: Actor, filename: str, blake2_256: str) -> tuple[File, NormalizedName, bool]:
        with self._reading(actor) as snapshot:
            file, project = file_and_project(snapshot, filename)
            if file.digests.blake2_256 != blake2_256:
                raise FileNotFound(filename)
            return file, project.name, snapshot.record.settings.is_private


class SharedDownloads:
    """
    Find a file that any index lists which the actor may read.

    The URLs of the legacy JSON need it: mirrors accept only paths below ``/packages``
    (docs/reference/standards/files.md#file-urls).
    """

    def __init__(
        self,
        listing: Callable[[str, str], Sequence[IndexName]],
        downloads_of: Callable[[IndexName], Downloads],
    ) -> None:
        self._listing = listing
        self._downloads_of = downloads_of

    def file(self, actor: Actor, filename: str, blake2_256: str) -> ServedFile:
        """
        Return where a distribution file's bytes are.

        Raises:
            FileNotFound: No index that *actor* may read lists such a file.
        """
        return self._first(lambda index: index.file(actor, filename, blake2_256), filename, blake2_256)

    def metadata(self, actor: Actor, filename: str, blake2_256: str) -> ServedFile:
        """
        Return where the METADATA of the wheel *filename* is.

        Raises:
            FileNotFound: No index that *actor* may read lists such a file.
            MetadataNotFound: The file is an sdist.
        """
        return self._first(lambda index: index.metadata(actor, filename, blake2_256), filename, blake2_256)

    def _first(self, find: Callable[[Downloads], ServedFile], filename: str, blake2_256: str) -> ServedFile:
        refusal: Exception = FileNotFound(filename)
        for index in self._listing(filename, blake2_256):
            try:
                return find(self._downloads_of(index))
            except MetadataNotFound as error:
                refusal = error
            except (Unauthenticated, Forbidden, TooMany, NotFound):
                # A file of an index that the actor may not read is like one that is not there.
                continue
        raise refusal
