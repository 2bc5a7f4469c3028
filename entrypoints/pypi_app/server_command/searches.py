"""The commands that look after searches."""

from __future__ import annotations

from cyclopts import App

from pypi_app.server_command.options import Common, opened_site
from pypi_core.domain.indexes import parse_index_name

searches = App(name="search", help="Look after what finds projects by words.")


@searches.command
def rebuild(index: str | None = None, /, *, common: Common | None = None) -> None:
    """
    Tell the search of every project again; may run beside a server.

    The worker does it by itself where a search has nothing in it.

    Parameters
    ----------
    index
        The index; all of them unless one is named.
    """
    with opened_site(common) as site:
        names = [each.name for each in site.indexes()] if index is None else [parse_index_name(index)]
        for name in names:
            print(f"{name}: {site.index(name).rebuild_search()} projects", flush=True)
