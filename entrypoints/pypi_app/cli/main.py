"""The start of ``pypi-cli``: what can be answered without loading the rest is answered here."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run one command of ``pypi-cli`` and exit with its code."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        import pypi_core

        print(pypi_core.__version__)
        sys.exit(0)

    from pypi_app.cli.running import run

    sys.exit(run(arguments))
