"""Unpack documentation and show it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.archives.documentation_zips import DocumentationArchive
from pypi_core.domain.archives.zip_records import Member
from pypi_core.domain.blob_keys import documentation_key, documentation_page_key
from pypi_core.domain.documentation import DocumentationPage, DocumentationSet, DocumentationState
from pypi_core.domain.names import NormalizedName
from pypi_core.ports.blobs import BlobStore, Staging
from pypi_core.ports.environment import Clock
from pypi_core.ports.transactions import OpenSnapshot, OpenUnitOfWork

_BATCH = 200
_SMALL = 1024 * 1024
"""Up to how many bytes a page is held in memory; a larger one is staged."""


@dataclass(frozen=True, eq=False)
class UnpackDocumentation:
    """
    Unpack what waits for it in a project, then show it in place of what was shown.

    The pages of a set are its own rows, which nobody reads before the last of them is there: one
    transaction then makes it the set that its release shows.  May run twice, at once too, and go on
    where it was interrupted: a page that is there is not stored again.  Memory is bounded.
    """

    open_snapshot: OpenSnapshot
    open_unit_of_work: OpenUnitOfWork
    blobs: BlobStore
    staging: Staging
    clock: Clock

    def __call__(self, name: NormalizedName) -> None:
        with self.open_snapshot() as snapshot:
            project = snapshot.projects.find(name)
            sets = snapshot.documentation.of(project.id) if project else ()
        for each in sets:
            if each.state is DocumentationState.UNPACKING:
                self._unpack(each)

    def _unpack(self, documentation: DocumentationSet) -> None:
        with self.blobs.open(documentation_key(documentation.blake2_256)) as content:
            archive = DocumentationArchive(content)
            for batch in _batches(archive.pages):
                stored = self.clock.now()
                pages = [self._stored(archive, each) for each in self._missing(documentation, batch)]
                # Bytes first: a row never points at what is not there.
                if pages and not self._listed(documentation, pages, stored):
                    return
        with self.open_unit_of_work(OPERATOR) as uow:
            uow.documentation.make_ready(documentation.id)
            uow.commit()

    def _missing(self, documentation: DocumentationSet, batch: Sequence[Member]) -> Sequence[Member]:
        with self.open_snapshot() as snapshot:
            known = snapshot.documentation.paths_among(documentation.id, [each.name for each in batch])
        return [each for each in batch if each.name not in known]

    def _stored(self, archive: DocumentationArchive, page: Member) -> DocumentationPage:
        pieces = archive.content_of(page)
        if page.size <= _SMALL:
            content = b"".join(pieces)
            blake2_256 = hashlib.blake2b(content, digest_size=32).hexdigest()
            self.blobs.put(documentation_page_key(blake2_256), content)
        else:
            blake2_256 = self._stored_in_pieces(pieces)
        return DocumentationPage(page.name, blake2_256, page.size)

    def _stored_in_pieces(self, pieces: Iterator[bytes]) -> str:
        arrival = self.staging.begin()
        try:
            for piece in pieces:
                arrival.append(piece)
            staged = arrival.finish()
            self.staging.adopt(staged, documentation_page_key(staged.digests.blake2_256))
        finally:
            arrival.discard()
        return staged.digests.blake2_256

    def _listed(
        self, documentation: DocumentationSet, pages: Sequence[DocumentationPage], stored: datetime
    ) -> bool:
        with self.open_unit_of_work(OPERATOR) as uow:
            uow.claim_blobs({documentation_page_key(each.blake2_256) for each in pages}, stored)
            is_wanted = uow.documentation.put_pages(documentation.id, pages)
            uow.commit()
        return is_wanted


def _batches(pages: Sequence[Member]) -> Iterator[Sequence[Member]]:
    waiting = iter(pages)
    while batch := list(islice(waiting, _BATCH)):
        yield batch
