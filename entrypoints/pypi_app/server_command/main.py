"""The start of ``pypi-server``: what can be answered without loading the rest is answered here."""

from __future__ import annotations

import sys
from typing import NoReturn

from pypi_app.server_command.terminal import complain, is_all_written


def main() -> NoReturn:
    """Run one command of ``pypi-server`` and exit with its code."""
    _run(sys.argv[1:])


def worker_main() -> NoReturn:
    """Run ``pypi-worker``, which is ``pypi-server work``."""
    arguments = sys.argv[1:]
    _run(arguments if arguments == ["--version"] else ["work", *arguments])


def _run(arguments: list[str]) -> NoReturn:
    match arguments:
        case ["--version"]:
            import pypi_core

            print(pypi_core.__version__)
            sys.exit(0 if is_all_written() else 1)
        case [] | ["--help" | "-h" | "help"]:
            from pypi_app.server_command.listing import list_of_commands

            print(list_of_commands())
            sys.exit(0 if is_all_written() else 1)
        case ["help", *words]:
            arguments = [*words, "--help"]
    try:
        from pypi_app.server_command.running import run

        code = run(arguments)
    except KeyboardInterrupt:
        # Loading takes long enough to be interrupted too.
        complain("interrupted.")
        code = 130
    sys.exit(code)
