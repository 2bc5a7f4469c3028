"""Lock files (PEP 751)."""

from __future__ import annotations

from pathlib import Path

from packaging.pylock import Pylock, PylockUnsupportedVersionError, PylockValidationError
from packaging.utils import canonicalize_name

from pypi_resolution.errors import BadRequirements
from pypi_resolution.sources.requirements_file import read_text
from pypi_resolution.sources.toml_text import read_toml
from pypi_resolution.wanted import Wanted, WantedLock


def read(wanted: Wanted, path: Path, groups: frozenset[str], extras: frozenset[str]) -> None:
    """Take in a lock file."""
    try:
        lock = Pylock.from_dict(read_toml(read_text(path, "utf-8"), path))
    except PylockUnsupportedVersionError as error:
        raise BadRequirements(f"{path} is a lock file of a version that is not known: {error}.") from error
    except (PylockValidationError, ValueError, RecursionError) as error:
        # Versions and markers that others wrote may be of any size and depth.
        raise BadRequirements(f"{path} is not a lock file: {str(error)[:300]}.") from error
    wanted.locks.append(
        WantedLock(
            lock=lock,
            source=str(path),
            extras=frozenset(canonicalize_name(each) for each in extras),
            groups=frozenset(canonicalize_name(each) for each in groups) if groups else None,
        )
    )
