"""Holding a cache against its catalogue."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import msgspec

from pypi_distribution_cache.cache import DistributionCache
from pypi_distribution_cache.catalogue import CachedFile
from pypi_distribution_cache.layout import Layout
from pypi_distribution_cache.pages import pages_of


class Damage(StrEnum):
    """What can be wrong with a path of a cache."""

    MISSING = "missing"
    OTHER_CONTENT = "other content"
    OUTDATED = "outdated page"
    STRANGER = "does not belong"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wrong; ``path`` is relative to the cache."""

    path: str
    damage: Damage
    why: str


def verify(cache: DistributionCache) -> Iterator[Finding]:
    """
    Yield everything that is wrong: files by size and digest, pages, and what does not belong.

    Raises:
        NoCache: The catalogue itself cannot be read.
    """
    layout, files = cache.layout, cache.files()
    for each in files:
        yield from _file(layout, each)
    expected = {layout.simple / path: content for path, content in pages_of(files).items()}
    for path, content in expected.items():
        if not path.is_file():
            yield _finding(layout, path, Damage.MISSING, "the page is not there")
        elif path.read_bytes() != content:
            yield _finding(layout, path, Damage.OUTDATED, "the page is not what the catalogue makes of it")
    for path in strangers(cache):
        yield _finding(layout, path, Damage.STRANGER, "the catalogue does not know it")


def strangers(cache: DistributionCache) -> Iterator[Path]:
    """Yield the files in the folders of files and pages that the catalogue does not know."""
    layout, files = cache.layout, cache.files()
    known = {layout.simple / path for path in pages_of(files)}
    for each in files:
        known |= {layout.file(each.filename), layout.metadata(each.filename)}
    for folder in (layout.files, layout.simple):
        yield from sorted(each for each in folder.rglob("*") if not each.is_dir() and each not in known)


def _file(layout: Layout, file: CachedFile) -> Iterator[Finding]:
    yield from _content(layout, layout.file(file.filename), file.sha256, file.size)
    if file.metadata_sha256:
        yield from _content(layout, layout.metadata(file.filename), file.metadata_sha256, None)


def _content(layout: Layout, path: Path, sha256: str, size: int | None) -> Iterator[Finding]:
    if path.is_symlink():
        yield _finding(layout, path, Damage.OTHER_CONTENT, "it is a link, which may lead anywhere")
    elif not path.is_file():
        yield _finding(layout, path, Damage.MISSING, "it is not there")
    elif size is not None and path.stat().st_size != size:
        yield _finding(
            layout, path, Damage.OTHER_CONTENT, f"it has {path.stat().st_size} bytes, {size} are listed"
        )
    else:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != sha256:
            yield _finding(layout, path, Damage.OTHER_CONTENT, f"its SHA-256 is {found}, {sha256} is listed")


def _finding(layout: Layout, path: Path, damage: Damage, why: str) -> Finding:
    return Finding(path=path.relative_to(layout.folder).as_posix(), damage=damage, why=why)
