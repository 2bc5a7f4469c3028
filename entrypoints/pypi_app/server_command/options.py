"""Options that every command of ``pypi-server`` has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pypi_app.container import Container, assemble
from pypi_app.settings import Settings
from pypi_app.settings_sources import load_settings
from pypi_core.site import Site


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Common:
    """
    Where the server's settings and data are.

    Attributes:
        settings: A TOML file with settings.
        data: The folder with everything the server stores (default: data).
        database: SQLAlchemy URL of the database (default: SQLite in the data folder).
    """

    settings: Annotated[Path | None, Parameter(env_var="PYPI_SETTINGS")] = None
    data: Annotated[str | None, Parameter()] = None
    database: Annotated[str | None, Parameter()] = None

    def load(self, **options: object) -> Settings:
        """Return the settings with *options* of the command line on top."""
        return load_settings(self.settings, {"data": self.data, "database": self.database, **options})


@contextmanager
def opened_site(common: Common | None) -> Iterator[Site]:
    """Open the site for one command, its tables up to date."""
    with opened_container(common) as container:
        yield container.site()


@contextmanager
def opened_container(common: Common | None) -> Iterator[Container]:
    """Open everything for one command, the tables up to date."""
    settings = (common or Common()).load()
    settings.make_data_folder()
    container = assemble(settings)
    database = container.database()
    try:
        database.migrate()
        yield container
    finally:
        database.dispose()
