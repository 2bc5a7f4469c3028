"""How large what is in an archive may be; shared by wheels and sdists."""

from __future__ import annotations

from typing import Final

from pypi_core.domain.archives.contents import refusal

MOST_MEMBERS: Final = 100_000
LONGEST_NAMES: Final = 16 * 1024 * 1024
"""In bytes of memory, of all names in an archive together."""

LONGEST_PATH: Final = 4096
"""In bytes of UTF-8, of one name; no file system takes a longer path."""

DEEPEST_PATH: Final = 256
"""In folders, empty ones included."""

# Below this, nobody is hurt; above it, no honest archive is packed so densely.
_HARMLESS: Final = 64 * 1024 * 1024
_HIGHEST_RATIO: Final = 50


def path_fault(name: str, raw_name: bytes) -> str:
    """Return why a member cannot have this name, as the end of a sentence; empty where it can."""
    if len(raw_name) > LONGEST_PATH:
        return f"is longer than {LONGEST_PATH} bytes"
    if name.count("/") > DEEPEST_PATH:
        return f"is more than {DEEPEST_PATH} folders deep"
    return ""


def memory_of(name: str) -> int:
    """Return how many bytes *name* takes in memory: one wide character makes all of them wide."""
    return len(name) if name.isascii() else 4 * len(name)


def check_inflation(inflated: int, compressed: int) -> None:
    """Refuse a decompression bomb: *compressed* bytes that give *inflated* ones."""
    if inflated > _HARMLESS and inflated > _HIGHEST_RATIO * compressed:
        raise refusal(
            f"it unpacks to more than {_HIGHEST_RATIO} times its size: it looks like a decompression bomb"
        )
