"""``pypi-cli docs``: the documentation of releases."""

from __future__ import annotations

from pypi_terminal.columns import Row, Table
from pypi_terminal.exit_codes import ExitCode
from pypi_terminal.parameters import Yes
from pypi_tool.context import CommandContext
from pypi_tool.parameters import ProjectName, Release
from pypi_tool.work.requirements import parse_name, parse_one_version


def list_docs(project: ProjectName, /, *, context: CommandContext) -> int:
    """
    List the documentation of a project, newest version first.

    ```
    pypi-cli docs list hello-index
    ```
    """
    from pypi_terminal.quantities import file_size

    with context.client() as client:
        found = client.documentation(parse_name(project))
    output = context.output
    rows = [(each.version, each.state, file_size(each.size), each.url) for each in found.versions]
    table = Table(("Version", "State", "Size", "Address"), list(map(Row, rows)))
    output.result(found, map("  ".join, rows), table=table)
    if not rows:
        output.note(f"{found.name} has no documentation.")
        return ExitCode.NOTHING_MATCHED
    return ExitCode.DONE


def delete(
    release: Release, version: str | None = None, /, *, yes: Yes = False, context: CommandContext
) -> None:
    """
    Delete the documentation of a release; it can be published again.

    ```
    pypi-cli docs delete hello-index==1.0
    ```

    Parameters
    ----------
    version
        The version, if it was not given with the project.
    """
    name, number = parse_one_version(release, version)
    context.confirm(f"Delete the documentation of {name} {number}?", yes=yes)
    with context.client(asking=True) as client:
        serial = client.delete_documentation(name, number)
    context.changed(serial, f"{name}=={number}: documentation deleted")
