"""What the name of a distribution file tells (PEP 427, PEP 625)."""

from __future__ import annotations

from packaging import utils
from packaging.version import Version


def name_and_version(filename: str) -> tuple[str, Version] | None:
    """Return the normalised name of the project and the version; ``None`` if the name follows no standard."""
    read = utils.parse_wheel_filename if filename.endswith(".whl") else utils.parse_sdist_filename
    try:
        name, version = read(filename)[:2]
    except (utils.InvalidWheelFilename, utils.InvalidSdistFilename):
        return None
    return name, version
