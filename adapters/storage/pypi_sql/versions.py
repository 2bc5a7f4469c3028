"""Versions as rows keep them: their canonical text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from packaging.version import Version


@lru_cache(maxsize=8192)
def read_version(text: str) -> Version:
    """Return the version that was stored as *text*; reading one takes as long as fetching its row."""
    return Version(text)


def ranks(texts: Iterable[str]) -> Mapping[str, int]:
    """
    Return the place of each version in their order, the oldest first.

    Files are sorted by these, because there are more of them, and numbers compare faster.
    """
    return {text: rank for rank, text in enumerate(sorted(set(texts), key=read_version))}
