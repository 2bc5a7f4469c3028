"""``pypi-cli index``: indexes that have names."""

from __future__ import annotations

from pypi_terminal.columns import Row, Table
from pypi_tool.context import CommandContext


def list_indexes(*, context: CommandContext) -> None:
    """
    List the indexes that the configuration and .pypirc name; a star marks the one used without --index.

    ```
    pypi-cli index list
    ```
    """
    from pypi_tool.results import Indexes
    from pypi_tool.settings.index_choice import named_indexes

    chosen = context.index()
    indexes = named_indexes(chosen)
    width = max((len(each.name) for each in indexes), default=0)
    lines = (
        f"{'*' if each.chosen else ' '} {each.name:<{width}}  {each.url}  {context.output.dim(each.source)}"
        for each in indexes
    )
    rows = [Row(("*" if each.chosen else "", each.name, each.source, each.url)) for each in indexes]
    table = Table(("", "Name", "From", "Address"), rows)
    context.output.result(Indexes(indexes=indexes), lines, table=table)
