"""Typed keys: the one place that knows where a stored object lies and how it is served."""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from pypi_core.domain.digests import Digests


class BlobKind(StrEnum):
    """What a stored object is; the value is its top-level folder."""

    DISTRIBUTION = "distributions"
    CORE_METADATA = "metadata"
    DOCUMENTATION = "documentation"
    DOCUMENTATION_PAGE = "documentation-pages"


class BlobKey(msgspec.Struct, frozen=True, order=True):
    """
    The address of a stored object: what it is, and the BLAKE2b-256 it is filed under.

    A distribution is filed under its own digest, its core metadata (PEP 658) under that
    of the distribution they were read from.  A ZIP of documentation and its pages are filed under
    their own.  Keys are ordered by kind, then by digest.
    """

    kind: BlobKind
    blake2_256: str

    @property
    def path(self) -> str:
        """The object's path in a store, ``/`` between its parts, safe on every file system."""
        return f"{self.kind}/{_spread(self.blake2_256)}"


def distribution_key(digests: Digests) -> BlobKey:
    """Return the key of a distribution file."""
    return BlobKey(BlobKind.DISTRIBUTION, digests.blake2_256)


def core_metadata_key(digests: Digests) -> BlobKey:
    """Return the key of the core metadata read from the distribution with *digests*."""
    return BlobKey(BlobKind.CORE_METADATA, digests.blake2_256)


def documentation_key(blake2_256: str) -> BlobKey:
    """Return the key of a ZIP of documentation."""
    return BlobKey(BlobKind.DOCUMENTATION, blake2_256)


def documentation_page_key(blake2_256: str) -> BlobKey:
    """Return the key of a page, which all documentation that has it shares."""
    return BlobKey(BlobKind.DOCUMENTATION_PAGE, blake2_256)


def parse_blob_path(path: str) -> BlobKey | None:
    """Return the key whose path is *path*; ``None`` where no key has it."""
    match = _PATH.match(path)
    return BlobKey(BlobKind(match["kind"]), match["a"] + match["b"] + match["c"]) if match else None


def file_path(digests: Digests, filename: str) -> str:
    """
    Return where an index serves a file, relative to its root; not percent-encoded.

    See docs/reference/standards/files.md#file-urls.
    """
    return f"packages/{_spread(digests.blake2_256)}/{filename}"


def _spread(blake2_256: str) -> str:
    return f"{blake2_256[:2]}/{blake2_256[2:4]}/{blake2_256[4:]}"


_PATH = re.compile(
    rf"(?P<kind>{'|'.join(BlobKind)})/(?P<a>[0-9a-f]{{2}})/(?P<b>[0-9a-f]{{2}})/(?P<c>[0-9a-f]{{60}})\Z"
)
