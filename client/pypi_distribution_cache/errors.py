"""What goes wrong with a cache; each message is a sentence for a person."""

from __future__ import annotations

from pypi_api_client.errors import ClientError


class CacheError(ClientError):
    """The base of all errors of a cache."""


class NoCache(CacheError):
    """The folder is not a cache, or it cannot be read."""


class FolderInUse(CacheError):
    """The folder holds something else, or another process is changing the cache."""


class OtherContent(CacheError):
    """The cache has a file of this name with other bytes."""


class NotCached(CacheError):
    """The cache has no such project or version."""
