"""``pypi-cli open``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pypi_terminal.errors import UsageError
from pypi_terminal.exit_codes import ExitCode
from pypi_terminal.parameters import Flag
from pypi_tool.context import CommandContext
from pypi_tool.parameters import OwnVersion, ProjectOrRelease
from pypi_tool.work.requirements import parse_pinned

if TYPE_CHECKING:
    from pypi_api_client import Client


def open_page(
    project: ProjectOrRelease,
    version: OwnVersion = None,
    /,
    *,
    docs: Flag = False,
    source: Flag = False,
    home: Flag = False,
    no_browser: Flag = False,
    context: CommandContext,
) -> int:
    """
    Open the page of a project in a browser, or its documentation, its repository or its home page.

    The address is printed too. Without a terminal it is only printed.

    ```
    pypi-cli open hello-index
    pypi-cli open hello-index==1.0 --docs
    pypi-cli open hello-index --source --no-browser
    ```

    Parameters
    ----------
    docs
        Open the documentation: that on the index or, without any, the one the project names.
    source
        Open the repository of the source code that the project names.
    home
        Open the home page that the project names.
    no_browser
        Only print the address.
    """
    from pypi_tool.results import Address

    if docs + source + home > 1:
        raise UsageError("Open one at a time: --docs, --source or --home.")
    name, pinned = parse_pinned(project, version)
    with context.client() as client:
        url, what = _address(client, name, pinned, docs=docs, source=source, home=home)
    if not url:
        context.output.problem(f"{name} has no {what}, as far as {client.url} knows.")
        return ExitCode.NOT_FOUND
    context.output.result(Address(name=name, url=url), [url])
    if not no_browser and context.output.is_terminal and sys.stdin.isatty():
        import webbrowser

        if not webbrowser.open(url):
            context.output.note("No browser was found: open the address yourself.")
    return ExitCode.DONE


def _address(
    client: Client, name: str, version: str | None, *, docs: bool, source: bool, home: bool
) -> tuple[str, str]:
    from pypi_tool.work import addresses

    found = client.project(name, version)
    if docs:
        on_index = addresses.documentation_address(client, name, version)
        return on_index or addresses.own_documentation_address(found.metadata), "documentation"
    if source:
        return addresses.repository_address(found.metadata), "repository"
    if home:
        return addresses.home_page_address(found.metadata), "home page"
    return addresses.page_address(client, name, version), "page"
