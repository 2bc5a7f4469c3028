"""The start of ``pypi-server`` and ``pypi-worker``."""

from __future__ import annotations

import sys
from typing import NoReturn

from pypi_app.server_command.application import PROGRAM
from pypi_terminal.starting import start


def main() -> NoReturn:
    """Run one command of ``pypi-server`` and exit with its code."""
    start(PROGRAM, sys.argv[1:])


def worker_main() -> NoReturn:
    """Run ``pypi-worker``, which is ``pypi-server work``."""
    arguments = sys.argv[1:]
    start(PROGRAM, arguments if arguments == ["--version"] else ["work", *arguments])
