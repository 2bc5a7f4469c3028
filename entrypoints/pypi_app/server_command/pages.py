"""``pypi-server pages``."""

from __future__ import annotations

from pypi_app.server_command.context import CommandContext
from pypi_app.server_command.progress import Progress
from pypi_app.server_command.results import RebuiltIndexPages, RebuiltPages
from pypi_core.domain.indexes import parse_index_name
from pypi_terminal.quantities import counted


def rebuild(index: str | None = None, /, *, context: CommandContext) -> None:
    """
    Render the Simple pages of all projects anew; may run beside a server, whose readers notice nothing.

    It is needed only where kept pages may be wrong; a page that is missing is rendered when it is asked for.

    Parameters
    ----------
    index
        The index (default: all of them).
    """
    rebuilt = []
    progress = Progress(context.output)
    with context.site() as site:
        names = [each.name for each in site.indexes()] if index is None else [parse_index_name(index)]
        for name in names:
            count = site.index(name).rebuild_pages(progress.projects_of(name))
            rebuilt.append(RebuiltIndexPages(index=name, projects=count))
            context.output.line(f"{name}: {counted(count, 'project')}")
    context.output.result(RebuiltPages(pages=tuple(rebuilt)))
