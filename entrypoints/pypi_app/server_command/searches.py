"""``pypi-server search``."""

from __future__ import annotations

from pypi_app.server_command.context import CommandContext


def rebuild(index: str | None = None, /, *, context: CommandContext) -> None:
    """
    Rebuild the search from all projects; may run beside a server.

    The worker does it by itself where a search has nothing in it.

    Parameters
    ----------
    index
        The index; all of them unless one is named.
    """
    from pypi_app.server_command.results import RebuiltSearch, RebuiltSearches
    from pypi_core.domain.indexes import parse_index_name

    rebuilt = []
    with context.site() as site:
        names = [each.name for each in site.indexes()] if index is None else [parse_index_name(index)]
        for name in names:
            rebuilt.append(RebuiltSearch(index=name, projects=site.index(name).rebuild_search()))
            context.output.line(f"{name}: {rebuilt[-1].projects} projects")
    context.output.result(RebuiltSearches(searches=tuple(rebuilt)))
