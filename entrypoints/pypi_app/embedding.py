"""A package index inside another program, without a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path

from pypi_app.container import assemble
from pypi_app.settings import Settings
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings, parse_index_name
from pypi_core.errors import IndexAlreadyExists
from pypi_core.index import Index


@contextmanager
def open_local_index(folder: str | PathLike[str], name: str = DEFAULT_INDEX) -> Iterator[Index]:
    """
    Open the index *name* in *folder*, on SQLite and local disk; both are made if missing.

    A server may use the same folder at the same time.  Act as
    `pypi_core.domain.accounts.OPERATOR`, who may do everything.  Leaving the block
    closes what was opened.

    Raises:
        StartError: *folder* cannot be made.
    """
    settings = Settings(data=str(Path(folder)))
    settings.make_data_folder()
    container = assemble(settings)
    database = container.database()
    try:
        database.migrate()
        site = container.site()
        with suppress(IndexAlreadyExists):
            site.create_index(OPERATOR, name, IndexSettings(title=name))
        yield site.index(parse_index_name(name))
    finally:
        database.dispose()
