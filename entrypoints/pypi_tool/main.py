"""The start of ``pypi-cli``."""

from __future__ import annotations

import sys
from typing import NoReturn

from pypi_terminal.starting import start
from pypi_tool.application import PROGRAM


def main() -> NoReturn:
    """Run one command of ``pypi-cli`` and exit with its code."""
    # httpx goes without its own command line: click, pygments and rich take as long to import as the rest.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    start(PROGRAM, sys.argv[1:])
