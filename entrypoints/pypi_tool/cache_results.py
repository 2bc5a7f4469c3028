"""What ``--json`` prints of caches."""

from __future__ import annotations

import msgspec

from pypi_distribution_cache.catalogue import CachedFile
from pypi_distribution_cache.verifying import Finding


class FilledCache(msgspec.Struct, frozen=True, kw_only=True):
    """What was put into a cache, what was there already, and what could not be put in, by file name."""

    folder: str
    added: tuple[str, ...]
    there: tuple[str, ...]
    refused: tuple[str, ...]


class CacheContent(msgspec.Struct, frozen=True, kw_only=True):
    """Files of a cache, by project and name."""

    folder: str
    files: tuple[CachedFile, ...]


class VerifiedCache(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is wrong with a cache of so many files, and whether pages were rewritten."""

    folder: str
    files: int
    findings: tuple[Finding, ...]
    repaired: bool


class TidiedCache(msgspec.Struct, frozen=True, kw_only=True):
    """What was deleted from a cache: distributions, and other files by their paths in it."""

    folder: str
    removed: tuple[str, ...]
    deleted: tuple[str, ...]


class ServedCache(msgspec.Struct, frozen=True, kw_only=True):
    """Where the Simple API of a cache is."""

    folder: str
    url: str
