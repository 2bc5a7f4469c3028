"""The documentation of releases: which there is, its pages, and its ZIP."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import BinaryIO

import msgspec
from packaging.version import Version

from pypi_core.domain.accounts import Actor
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
from pypi_core.errors import DocumentationNotFound, ReleaseNotFound
from pypi_core.ports.blobs import BlobStore
from pypi_core.ports.transactions import Snapshot
from pypi_core.use_cases.reading.access import Reading
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


class ListedDocumentation(msgspec.Struct, frozen=True, kw_only=True):
    """
    The sets of a project, the oldest version first, and the versions that the aliases stand for.

    A release that gets other documentation has two: the one shown, then the one being unpacked.
    """

    project: NormalizedName
    sets: tuple[DocumentationSet, ...]
    aliases: dict[Alias, str]


class DocumentationQueries:
    """
    Questions about documentation, for callers who may read the index (`Reading`).

    One snapshot says which set is shown and which page it has, so that no answer mixes two
    sets.  A project under quarantine shows none.
    """

    def __init__(self, reading: Reading, blobs: BlobStore) -> None:
        self._reading = reading
        self._blobs = blobs

    def of_project(self, actor: Actor, name: NormalizedName) -> ListedDocumentation:
        """
        List the documentation of a project.

        Raises:
            ProjectNotFound: There is no such project.
        """
        with self._reading(actor) as snapshot:
            project = snapshot.projects.get(name)
            if not project.status.offers_files:
                return ListedDocumentation(project=name, sets=(), aliases={})
            documented = snapshot.documentation.documented(project.id)
            sets = snapshot.documentation.of(project.id)
        meant = {alias: meant_by(alias, documented) for alias in Alias}
        return ListedDocumentation(
            project=name,
            sets=tuple(sets),
            aliases={alias: str(release.version) for alias, release in meant.items() if release},
        )

    def page(
        self, actor: Actor, name: NormalizedName, version: Version | Alias, path: str
    ) -> ServedDocumentation:
        """
        Return the page at *path*; for a folder, with a slash at its end or without, its front page.

        Raises:
            ProjectNotFound: There is no such project.
            ReleaseNotFound: The project has no such release.
            DocumentationNotFound: The release shows none, or none at that path.
            StoredContentDamaged: The bytes are missing, or not as many as were published.
        """
        with self._reading(actor) as snapshot:
            shown = _shown(snapshot, name, version)
            private = snapshot.record.settings.is_private
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
        """
        Return the ZIP that brought what is shown, to the byte.

        Raises:
            ProjectNotFound: There is no such project.
            ReleaseNotFound: The project has no such release.
            DocumentationNotFound: The release shows none.
            StoredContentDamaged: The bytes are missing, or not as many as were published.
        """
        with self._reading(actor) as snapshot:
            shown = _shown(snapshot, name, version)
            private = snapshot.record.settings.is_private
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


def _shown(snapshot: Snapshot, name: NormalizedName, version: Version | Alias) -> DocumentationSet:
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
