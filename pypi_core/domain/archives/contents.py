"""What reading a distribution archive gives."""

from __future__ import annotations

from typing import Final

import msgspec

from pypi_core.errors import InvalidArchive
from pypi_protocol.errors import Problem

OPENING: Final = "Invalid distribution file. "
"""How every sentence on an archive begins; clients of the legacy upload API know it."""


class ArchiveContents(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is known of an archive that was read to its end.

    Args:
        metadata_file: METADATA or PKG-INFO, to the byte.
        license_paths: The paths that a ``License-File`` may name: in a wheel those below
            ``.dist-info/licenses/``, in an sdist those below the top-level directory.
        sboms: The paths of software bills of materials in a wheel (PEP 770), below ``.dist-info/sboms/``.
        modules: The modules and packages at the top level of a wheel.
        problems: Rules it breaks although its metadata can be read; the file is to be refused.
        warnings: Sentences for the uploader about what is accepted.
    """

    metadata_file: bytes
    license_paths: frozenset[str] = frozenset()
    sboms: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()


def archive_problem(reason: str) -> Problem:
    """Return the problem that *reason* tells, as the rest of a sentence: ``it has no RECORD``."""
    return Problem("content", f"{OPENING}{reason[:1].upper()}{reason[1:]}.")


def refusal(reason: str) -> InvalidArchive:
    """Return the error for an archive that cannot be read any further."""
    return InvalidArchive(archive_problem(reason))
