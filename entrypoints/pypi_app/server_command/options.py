"""Options that every command of ``pypi-server`` has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

from pypi_terminal.parameters import Flag

_OF_EVERY_COMMAND = Group("Options of every command", sort_key=99)


@Parameter(name="*", group=_OF_EVERY_COMMAND)
@dataclass(frozen=True, kw_only=True)
class CommonOptions:
    """
    Options that may stand before and after every command.

    Attributes:
        settings: A TOML file with settings.
        data: The folder with everything the server stores (default: data).
        database: SQLAlchemy URL of the database (default: SQLite in the data folder).
        json: Print the result as JSON, for programs.
    """

    settings: Annotated[Path | None, Parameter(env_var="PYPI_SETTINGS", show_default=False)] = None
    data: Annotated[str | None, Parameter(show_default=False)] = None
    database: Annotated[str | None, Parameter(show_default=False)] = None
    json: Flag = False
