"""The start of ``pypi-cli``: what can be answered without loading the rest is answered here."""

from __future__ import annotations

import sys
from typing import NoReturn

from pypi_tool.terminal.streams import complain, is_all_written


def main() -> NoReturn:
    """Run one command of ``pypi-cli`` and exit with its code."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        import pypi_core

        print(pypi_core.__version__)
        sys.exit(0 if is_all_written() else 1)

    try:
        from pypi_tool.running import run

        code = run(arguments)
    except KeyboardInterrupt:
        # Loading takes long enough to be interrupted too.
        complain("interrupted.")
        code = 130
    sys.exit(code)
