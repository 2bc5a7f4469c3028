"""A package index inside another program, without a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path

from dependency_injector import providers

from pypi_app.builders import build_search
from pypi_app.container import Container, assemble
from pypi_app.current_search import CurrentSearch
from pypi_app.settings import Settings
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName, IndexSettings, parse_index_name
from pypi_core.errors import IndexAlreadyExists
from pypi_core.index import Index
from pypi_core.ports.search import SearchEngine
from pypi_core.site import Site


@contextmanager
def open_local_index(folder: str | PathLike[str], name: str = DEFAULT_INDEX) -> Iterator[Index]:
    """
    Open the index *name* in *folder*, on SQLite and local disk; both are made if missing.

    A server may use the same folder at the same time, and no worker is needed: a search finds what
    was committed before it, by any process, and the end of the block does what is left, such as
    unpacking documentation.  Act as `pypi_core.domain.accounts.OPERATOR`, who may do everything.
    Leaving the block closes what was opened.

    Raises:
        StartError: *folder* cannot be made.
    """
    settings = Settings(data=str(Path(folder)))
    settings.make_data_folder()
    container = assemble(settings)
    container.search.override(providers.Factory(_current_search, settings, container))
    database = container.database()
    try:
        database.migrate()
        site = container.site()
        with suppress(IndexAlreadyExists):
            site.create_index(OPERATOR, name, IndexSettings(title=name))
        yield site.index(parse_index_name(name))
        _work_off(site)
    finally:
        database.dispose()


def _current_search(settings: Settings, container: Container, name: IndexName) -> SearchEngine:
    def bring_up_to_date() -> None:
        site = container.site()
        # A file that was lost, or is of an older version, is empty.
        site.index(name).rebuild_search(only_if_empty=True)
        _work_off(site)

    engine = build_search(settings, container.search_server(), name)
    return CurrentSearch(engine, container.database().change_signal, bring_up_to_date)


def _work_off(site: Site) -> None:
    """Do what commits left to do; what fails is tried again later."""
    while site.work_off_outbox():
        pass
