"""``pypi-server search``."""

from __future__ import annotations

from pypi_app.server_command.context import CommandContext
from pypi_app.server_command.results import RebuiltSearch, RebuiltSearches
from pypi_core.domain.indexes import parse_index_name
from pypi_terminal.quantities import counted


def rebuild(index: str | None = None, /, *, context: CommandContext) -> None:
    """
    Rebuild the search from all projects; may run beside a server.

    The worker does it by itself if a search is empty.

    Parameters
    ----------
    index
        The index (default: all of them).
    """
    rebuilt = []
    with context.site() as site:
        names = [each.name for each in site.indexes()] if index is None else [parse_index_name(index)]
        for name in names:
            rebuilt.append(RebuiltSearch(index=name, projects=site.index(name).rebuild_search()))
            context.output.line(f"{name}: {counted(rebuilt[-1].projects, 'project')}")
    context.output.result(RebuiltSearches(searches=tuple(rebuilt)))
