"""The application that reads a command line; a command's module is loaded when it is run."""

from __future__ import annotations

from cyclopts import App, Group, Parameter

import pypi_core
from pypi_app.server_command.commands import COMMANDS


def build_application() -> App:
    """Return the app, without the options that every command has."""
    application = App(
        name="pypi-server",
        help="Run a Python package index.",
        version=pypi_core.__version__,
        help_format="markdown",
        default_parameter=Parameter(negative_iterable=()),
        result_action="return_value",
        print_error=False,
        exit_on_error=False,
    )
    groups = {
        name: Group(name, sort_key=at) for at, name in enumerate(dict.fromkeys(c.group for c in COMMANDS))
    }
    for command in COMMANDS:
        application.command(
            f"pypi_app.server_command.{command.function}", name=command.names, group=groups[command.group]
        )
    return application
