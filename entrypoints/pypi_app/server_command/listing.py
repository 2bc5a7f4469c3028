"""What ``pypi-server --help`` prints, from the table of commands alone."""

from __future__ import annotations

import shutil
import textwrap
from itertools import groupby

from pypi_app.server_command.commands import COMMANDS

_INTRODUCTION = """
Run a Python package index.

`pypi-server serve` is all it takes: on its first start it creates the database, an owner account
and an upload token, and prints how to publish and install.

Every setting can be given in a TOML file (--settings), as an environment variable (PYPI_PORT=8080)
or, the most common ones, as an option; the later wins.

Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 failed,
2 wrong usage, 3 not found, 4 refused, 5 conflict, 6 the database does not answer.
"""
_EXAMPLES = (
    "pypi-server serve",
    "pypi-server user create alice",
    "pypi-server token create alice --scope upload",
    "pypi-server help token create",
)
_WIDEST = 100


def list_of_commands() -> str:
    """Return the help of ``pypi-server``: how to start, and all commands by group."""
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    names = max(len(command.names[0]) for command in COMMANDS)
    lines = ["Usage: pypi-server COMMAND [OPTIONS]"]
    for paragraph in _INTRODUCTION.strip().split("\n\n"):
        lines += ["", *textwrap.wrap(paragraph, width)]
    lines += ["", "Examples:", *(f"  {each}" for each in _EXAMPLES)]
    for group, commands in groupby(COMMANDS, lambda command: command.group):
        lines += ["", f"{group}:"]
        for command in commands:
            start = f"  {command.names[0]:<{names}}  "
            lines += textwrap.wrap(
                command.summary, width, initial_indent=start, subsequent_indent=" " * len(start)
            )
    return "\n".join(lines)
