"""How large what is in an archive may be; shared by wheels and sdists."""

from __future__ import annotations

from typing import Final

from pypi_core.domain.archives.contents import refusal

LARGEST_METADATA: Final = 8 * 1024 * 1024
"""In bytes.  METADATA carries the long description; the largest real ones are a few hundred kB."""

MOST_MEMBERS: Final = 100_000
LONGEST_NAMES: Final = 16 * 1024 * 1024
"""In bytes, of all names in an archive together."""

# Below this, nobody is hurt; above it, no honest archive is packed so densely.
_HARMLESS: Final = 64 * 1024 * 1024
_HIGHEST_RATIO: Final = 50


def check_inflation(inflated: int, compressed: int) -> None:
    """
    Accept that *compressed* bytes give *inflated* ones.

    Raises:
        InvalidArchive: It is a decompression bomb.
    """
    if inflated > _HARMLESS and inflated > _HIGHEST_RATIO * compressed:
        raise refusal(
            f"it unpacks to more than {_HIGHEST_RATIO} times its size: it looks like a decompression bomb"
        )
