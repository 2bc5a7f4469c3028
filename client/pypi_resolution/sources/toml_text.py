"""TOML that others wrote."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from pypi_resolution.errors import BadRequirements

_MOST_PARTS = 100
# A string, closed or not, or a comment: dots within these separate no parts of a key.
_OPAQUE = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"""|\Z)'
    r"|'''(?:[^']|'(?!''))*+(?:'''|\Z)"
    r'|"(?:[^"\\\n]|\\[^\n])*+"?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*+",
    re.DOTALL,
)


def read_toml(text: str, path: Path) -> dict[str, Any]:
    """Return the table that a TOML file at *path* is; no line has keys of more than 100 parts."""
    # tomllib remembers the beginnings of a dotted key, so that what it needs grows with their square.
    bare = _OPAQUE.sub("_", text)
    if any(line.count(".") > _MOST_PARTS for line in bare.split("\n")):
        raise BadRequirements(f"{path} has a line with keys or numbers of more than {_MOST_PARTS} parts.")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRequirements(f"{path} is not TOML: {str(error)[:300]}.") from error
    except RecursionError as error:
        raise BadRequirements(f"{path} is nested too deeply.") from error
    except ValueError as error:
        # A number of thousands of digits, or a date that does not exist.
        raise BadRequirements(f"{path} is not TOML: {str(error)[:300]}.") from error
