"""``pypi-cli index``: the indexes that have names."""

from __future__ import annotations

from cyclopts import App

from pypi_app.cli.context import Surroundings
from pypi_app.cli.exit_codes import ExitCode

app = App(name="index", help="Look at the indexes that have names.")


@app.command(name="list")
def list_indexes(*, context: Surroundings) -> int:
    """
    List the indexes that the configuration and .pypirc name; the one meant otherwise has a star.

    With --json each has its URL and where its name comes from.
    """
    from pypi_app.cli.index_choice import named_indexes
    from pypi_app.cli.results import Indexes

    chosen = context.index()
    indexes = named_indexes(chosen)
    width = max((len(each.name) for each in indexes), default=0)
    lines = (
        f"{'*' if each.chosen else ' '} {each.name:<{width}}  {each.url}  {context.output.dim(each.source)}"
        for each in indexes
    )
    context.output.result(Indexes(indexes=indexes), lines)
    return ExitCode.DONE
