"""The start of a program: what can be answered without loading the rest is answered here."""

from __future__ import annotations

import pkgutil
import sys
from typing import NoReturn

from pypi_terminal.program import Program
from pypi_terminal.streams import complain, is_all_written


def start(program: Program, arguments: list[str]) -> NoReturn:
    """Run one command of *program* and exit with its code."""
    if arguments == ["--version"]:
        print(program.version)
        sys.exit(0 if is_all_written() else 1)
    try:
        code = pkgutil.resolve_name(program.runner)(arguments)
    except KeyboardInterrupt:
        # Loading takes long enough to be interrupted too.
        complain(program.name, "interrupted.")
        code = 130
    sys.exit(code)
