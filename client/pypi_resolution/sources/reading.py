"""Reading everything that is asked for: names and files of every kind."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from packaging.pylock import is_valid_pylock_path

from pypi_resolution.errors import BadRequirements
from pypi_resolution.sources import lock_file, project_file, requirements_file, script
from pypi_resolution.sources.named import read_names
from pypi_resolution.sources.requirements_file import read_text
from pypi_resolution.wanted import Wanted

_LOCK_VERSION = re.compile(r"^lock-version\s*=", re.MULTILINE)


def read_wanted(
    names: Sequence[str],
    files: Sequence[Path] = (),
    *,
    groups: Collection[str] = (),
    extras: Collection[str] = (),
    constraints: Sequence[Path] = (),
    environment: Mapping[str, str] | None = None,
) -> Wanted:
    """
    Read what is asked for.

    *files* are requirements files, lock files, project files and scripts, recognised by their names and
    contents; *groups* and *extras* are those of their project and lock files; *constraints* are
    requirements files that only say which versions; *environment* has the variables that
    requirements files may use, those of this process unless given.

    Raises:
        BadRequirements: Something cannot be read or is unavailable; every problem of a file is reported.
    """
    wanted = Wanted()
    variables = os.environ if environment is None else environment
    read_names(wanted, names)
    takes_groups = False
    for path in files:
        takes_groups |= _read(wanted, path, frozenset(groups), frozenset(extras), variables)
    for path in constraints:
        requirements_file.read(wanted, path, variables, as_constraints=True)
    if (groups or extras) and not takes_groups:
        word = "group" if groups else "extra"
        name = next(iter(groups or extras))
        raise BadRequirements(
            f"There is nothing to find the {word} {name!r} in: name a pyproject.toml or a pylock.toml."
        )
    return wanted


def _read(
    wanted: Wanted,
    path: Path,
    groups: frozenset[str],
    extras: frozenset[str],
    variables: Mapping[str, str],
) -> bool:
    """Read one file; return whether groups and extras could be in it."""
    if is_valid_pylock_path(path):
        lock_file.read(wanted, path, groups, extras)
        return True
    if path.suffix == ".toml":
        text = read_text(path, "utf-8")
        if _LOCK_VERSION.search(text):
            lock_file.read(wanted, path, groups, extras)
        else:
            project_file.read(wanted, path, text, groups, extras)
        return True
    if path.suffix in {".py", ".pyw"} or script.is_script(path):
        script.read(wanted, path, read_text(path, "utf-8"))
    else:
        requirements_file.read(wanted, path, variables)
    return False
