"""Serve a file from the root, whichever index lists it."""

from __future__ import annotations

from collections.abc import Callable

from pypi_core.domain.accounts import Actor
from pypi_core.domain.indexes import IndexName
from pypi_core.errors import FileNotFound, Forbidden, MetadataNotFound, NotFound, TooMany, Unauthenticated
from pypi_core.ports.accounts import OpenSiteSnapshot
from pypi_core.use_cases.reading.open_file import OpenFile, ServedFile
from pypi_core.use_cases.reading.read_core_metadata import ReadCoreMetadata

OpenerOf = Callable[[IndexName], OpenFile | ReadCoreMetadata]
"""Finds what opens a file, or its metadata, on an index."""


class OpenSharedFile:
    """
    Find a file that any index lists which the actor may read.

    The URLs of the legacy JSON need it: mirrors accept only paths below ``/packages``
    (docs/reference/standards/files.md#file-urls).

    Raises:
        FileNotFound: No index that *actor* may read lists such a file.
        MetadataNotFound: The metadata of an sdist were asked for.
    """

    def __init__(self, open_snapshot: OpenSiteSnapshot, opener_of: OpenerOf) -> None:
        self._open_snapshot = open_snapshot
        self._opener_of = opener_of

    def __call__(self, actor: Actor, filename: str, blake2_256: str) -> ServedFile:
        """Return where the bytes are."""
        with self._open_snapshot() as snapshot:
            listing = snapshot.references.indexes_listing(filename, blake2_256)
        refusal: Exception = FileNotFound(filename)
        for index in listing:
            try:
                return self._opener_of(index)(actor, filename, blake2_256)
            except MetadataNotFound as error:
                refusal = error
            except (Unauthenticated, Forbidden, TooMany, NotFound):
                # A file of an index that the actor may not read is like one that is not there.
                continue
        raise refusal
