"""The start of ``pypi-cli``."""

from __future__ import annotations

import sys
from typing import NoReturn

from pypi_terminal.starting import start
from pypi_tool.application import PROGRAM


def main() -> NoReturn:
    """Run one command of ``pypi-cli`` and exit with its code."""
    start(PROGRAM, sys.argv[1:])
