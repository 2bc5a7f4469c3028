"""Where what is in a cache."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import msgspec

METADATA = ".metadata"
"""What the name of a wheel's metadata file has more than that of the wheel (PEP 658)."""


class Layout(msgspec.Struct, frozen=True):
    """
    The paths of a cache.

    ::

        cache.json                      the catalogue, which says what is in the cache
        files/NAME-VERSION….whl         all distributions, and the metadata of wheels beside them
        simple/index.html, index.json   the list of projects (PEP 503, PEP 691)
        simple/PROJECT/index.html, …    the files of a project
    """

    folder: Path

    @property
    def catalogue(self) -> Path:
        """The file that says what is in the cache."""
        return self.folder / "cache.json"

    @property
    def lock(self) -> Path:
        """The file that is locked by who changes the cache."""
        return self.folder / ".lock"

    @property
    def files(self) -> Path:
        """The folder of all distributions."""
        return self.folder / "files"

    @property
    def simple(self) -> Path:
        """The folder of all pages."""
        return self.folder / "simple"

    def file(self, filename: str) -> Path:
        """Return where a distribution is."""
        return self.files / filename

    def metadata(self, filename: str) -> Path:
        """Return where the metadata of a wheel are."""
        return self.files / f"{filename}{METADATA}"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that at any time, also after a crash, is the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_if_changed(path: Path, content: bytes) -> None:
    """Write a file unless it has this content."""
    if not path.is_file() or path.read_bytes() != content:
        write_whole(path, content)
