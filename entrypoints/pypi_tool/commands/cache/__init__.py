"""``pypi-cli cache``: a folder of distributions that installers read without an index."""

from __future__ import annotations

from cyclopts import App

from pypi_tool.commands.cache.filling import add, create
from pypi_tool.commands.cache.reading import list_files, search, verify
from pypi_tool.commands.cache.serving import serve
from pypi_tool.commands.cache.tidying import clean, remove

app = App(name="cache", help="Keep distributions in a folder that installers read without a network.")

app.command(create)
app.command(add)
app.command(list_files, name="list")
app.command(search)
app.command(verify)
app.command(remove)
app.command(clean)
app.command(serve)
