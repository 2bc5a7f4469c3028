"""Serve the documentation of a release: its pages, and its ZIP."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import BinaryIO

import msgspec
from packaging.version import Version

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.blob_keys import documentation_key, documentation_page_key
from pypi_core.domain.documentation import (
    FRONT_PAGE,
    Alias,
    DocumentationPage,
    DocumentationSet,
    DocumentationState,
    meant_by,
)
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.permissions import require
from pypi_core.errors import DocumentationNotFound, ReleaseNotFound
from pypi_core.ports.blobs import BlobStore
from pypi_core.ports.transactions import OpenSnapshot, Snapshot
from pypi_core.use_cases.permitted import governed_index
from pypi_core.use_cases.reading.stored_content import require_size


class ServedDocumentation(msgspec.Struct, frozen=True, kw_only=True):
    """
    Bytes that may be sent: those of a page, or of the ZIP for an empty *path*.

    *version* is the release's own spelling.  *etag* is strong, quotes included.  *private* bytes
    must not be kept by shared caches.  *open* opens them, seekable, for the caller to close.
    """

    version: str
    path: str
    size: int
    etag: str
    private: bool
    open: Callable[[], BinaryIO]


class OpenDocumentation:
    """
    Find a page in the documentation that a release shows, or its whole ZIP.

    One snapshot says which set is shown and which page it has, so that no answer mixes two
    sets.  A project under quarantine shows none.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
        ProjectNotFound: There is no such project.
        ReleaseNotFound: The project has no such release.
        DocumentationNotFound: The release shows none, or none at that path.
        StoredContentDamaged: The bytes are missing, or not as many as were published.
    """

    def __init__(self, open_snapshot: OpenSnapshot, blobs: BlobStore) -> None:
        self._open_snapshot = open_snapshot
        self._blobs = blobs

    def page(
        self, actor: Actor, name: NormalizedName, version: Version | Alias, path: str
    ) -> ServedDocumentation:
        """Return the page at *path*; for a folder, with a slash at its end or without, its front page."""
        with self._open_snapshot() as snapshot:
            shown = _shown(snapshot, actor, name, version)
            private = governed_index(snapshot).is_private
            page = _page(snapshot, shown, path)
        if page is None:
            raise DocumentationNotFound(name, str(shown.version), path or FRONT_PAGE)
        key = documentation_page_key(page.blake2_256)
        require_size(self._blobs, key, f"{name} {shown.version} {page.path}", page.size)
        return ServedDocumentation(
            version=str(shown.version),
            path=page.path,
            size=page.size,
            etag=f'"{page.blake2_256[:32]}"',
            private=private,
            open=partial(self._blobs.open, key),
        )

    def archive(self, actor: Actor, name: NormalizedName, version: Version | Alias) -> ServedDocumentation:
        """Return the ZIP that brought what is shown, to the byte."""
        with self._open_snapshot() as snapshot:
            shown = _shown(snapshot, actor, name, version)
            private = governed_index(snapshot).is_private
        key = documentation_key(shown.blake2_256)
        require_size(self._blobs, key, f"the documentation of {name} {shown.version}", shown.size)
        return ServedDocumentation(
            version=str(shown.version),
            path="",
            size=shown.size,
            etag=f'"{shown.sha256[:32]}"',
            private=private,
            open=partial(self._blobs.open, key),
        )


def _shown(
    snapshot: Snapshot, actor: Actor, name: NormalizedName, version: Version | Alias
) -> DocumentationSet:
    require(actor, Action.READ, governed_index(snapshot))
    project = snapshot.projects.get(name)
    if not project.status.offers_files:
        raise DocumentationNotFound(name, str(version))
    if isinstance(version, Alias):
        release = meant_by(version, snapshot.documentation.documented(project.id))
    else:
        release = snapshot.releases.find(project.id, version)
        if release is None:
            raise ReleaseNotFound(name, str(version))
    for each in snapshot.documentation.of_release(release.id) if release else ():
        if each.state is DocumentationState.READY:
            return each
    raise DocumentationNotFound(name, str(version))


def _page(snapshot: Snapshot, shown: DocumentationSet, path: str) -> DocumentationPage | None:
    if not path or path.endswith("/"):
        return snapshot.documentation.page(shown.id, path + FRONT_PAGE)
    return snapshot.documentation.page(shown.id, path) or snapshot.documentation.page(
        shown.id, f"{path}/{FRONT_PAGE}"
    )
