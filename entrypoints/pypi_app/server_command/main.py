"""``pypi-server``: everything its operator does."""

from __future__ import annotations

import sys
from typing import NoReturn

from cyclopts import App, Parameter

import pypi_core
from pypi_app.server_command.audit import audit
from pypi_app.server_command.indexes import indexes
from pypi_app.server_command.projects import projects
from pypi_app.server_command.run import migrate, serve, work
from pypi_app.server_command.searches import searches
from pypi_app.server_command.tokens import tokens
from pypi_app.server_command.upkeep import check, sweep
from pypi_app.server_command.users import users
from pypi_app.settings import SettingsError
from pypi_core.errors import PackageIndexError

_HELP = """
Run a Python package index.

`pypi-server serve` is all it takes: on its first start it creates the database, an owner
account and an upload token, and prints how to publish and install.

Every setting can be given in a TOML file (--settings), as an environment variable
(PYPI_PORT=8080) or, the most common ones, as an option; the later wins.
"""

app = App(
    name="pypi-server",
    help=_HELP,
    version=pypi_core.__version__,
    help_format="markdown",
    default_parameter=Parameter(negative_iterable=()),
)
for _command in (serve, work, migrate, check, sweep, audit):
    app.command(_command)
for _group in (indexes, projects, users, tokens, searches):
    app.command(_group)


def main() -> NoReturn:
    """Run one command of ``pypi-server``; what is wrong is said in a sentence, with exit code 1."""
    _run(sys.argv[1:])


def worker_main() -> NoReturn:
    """Run ``pypi-worker``, which is ``pypi-server work``."""
    _run(["work", *sys.argv[1:]])


def _run(arguments: list[str]) -> NoReturn:
    try:
        app(arguments)
    except (PackageIndexError, SettingsError) as error:
        print(f"pypi-server: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)
