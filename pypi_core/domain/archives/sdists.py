"""Sdists: tar archives that are safe to unpack (docs/reference/standards/sdists.md#tar-archives)."""

from __future__ import annotations

import re
from typing import BinaryIO

from pypi_core.domain.archives.contents import ArchiveContents, refusal
from pypi_core.domain.archives.gzip_stream import GzipStream
from pypi_core.domain.archives.tar_members import TarMembers
from pypi_core.domain.archives.tar_tree import TarTree
from pypi_core.domain.filenames import DistributionFilename
from pypi_core.domain.metadata.bounds import LARGEST_METADATA
from pypi_core.domain.names import escaped
from pypi_core.errors import shown

_PKG_INFO = "PKG-INFO"
_PYPROJECT = "pyproject.toml"
# PEP 643: from here on an sdist says which of its metadata is final.
_STANDARD_METADATA = (2, 2)
_METADATA_VERSION = re.compile(rb"^Metadata-Version:[ \t]*(\d{1,3})\.(\d{1,3})", re.IGNORECASE | re.MULTILINE)


def read_sdist(filename: DistributionFilename, archive: BinaryIO) -> ArchiveContents:
    """
    Read an sdist to its end.

    Memory is bounded by a small multiple of what its names take, 16 MiB at the most, and by its PKG-INFO.
    """
    tree = TarTree()
    pkg_info: bytes | None = None
    members = TarMembers(GzipStream(archive))
    for member in members:
        path = tree.add(member)
        if path == _PKG_INFO:
            if not tree.is_file(path):
                raise refusal(f"its {_PKG_INFO} is not a regular file")
            pkg_info = members.read(LARGEST_METADATA)
            if pkg_info is None:
                raise refusal(f"its {_PKG_INFO} is larger than {LARGEST_METADATA // 2**20} MiB")
    tree.check_places()
    if pkg_info is None:
        raise refusal(f"it has no {_PKG_INFO} in its top-level folder")
    return ArchiveContents(
        metadata_file=pkg_info,
        license_paths=tree.paths(),
        warnings=_warnings(filename, tree, pkg_info),
    )


def _warnings(filename: DistributionFilename, tree: TarTree, pkg_info: bytes) -> tuple[str, ...]:
    warnings = []
    expected = f"{escaped(filename.name)}-{filename.version}"
    if tree.top != expected:
        found = shown(tree.top, 100)
        warnings.append(f"The top-level folder of {filename.text} should be {expected!r}, not {found}.")
    if not tree.is_file(_PYPROJECT):
        warnings.append(f"{filename.text} has no {_PYPROJECT}, which says how it is built (PEP 517).")
    version = _METADATA_VERSION.search(pkg_info)
    if version and (int(version[1]), int(version[2])) < _STANDARD_METADATA:
        warnings.append(
            f"The {_PKG_INFO} of {filename.text} has metadata version {version[1].decode()}."
            f"{version[2].decode()}; from 2.2 on installers need not build it to know what it requires."
        )
    return tuple(warnings)
