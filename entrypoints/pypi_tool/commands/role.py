"""``pypi-cli role``: who may do what in a project."""

from __future__ import annotations

from typing import Literal

from cyclopts import App

from pypi_tool.context import Surroundings
from pypi_tool.terminal.columns import Row, Table
from pypi_tool.terminal.exit_codes import ExitCode

app = App(name="role", help="List, grant and revoke roles in projects.")

RoleName = Literal["Owner", "Maintainer"]


@app.command(name="list")
def list_roles(project: str, /, *, context: Surroundings) -> int:
    """
    List who has which role in a project.

    ```
    pypi-cli role list hello-index
    ```

    Parameters
    ----------
    project
        The project's name.
    """
    from pypi_tool.results import Roles

    with context.client() as client:
        found = client.roles(project)
    lines = (f"{each.username}  {each.role}" for each in found)
    table = Table(("User", "Role"), [Row((each.username, each.role)) for each in found])
    context.output.result(Roles(name=project, roles=found), lines, table=table)
    return ExitCode.DONE


@app.command
def grant(project: str, username: str, role: RoleName, /, *, context: Surroundings) -> int:
    """
    Give an account a role in a project, in place of the one it has.

    ```
    pypi-cli role grant hello-index ada Maintainer
    ```

    Parameters
    ----------
    project
        The project's name.
    username
        The account.
    role
        Owners may do everything, maintainers upload and yank.
    """
    from pypi_tool.results import Changed

    with context.client(asking=True) as client:
        serial = client.add_role(project, username, role)
    context.output.result(Changed(serial=serial), done=[f"{username}: {role} of {project}"])
    return ExitCode.DONE


@app.command
def revoke(project: str, username: str, /, *, context: Surroundings) -> int:
    """
    Take an account's role in a project away; the last owner stays.

    ```
    pypi-cli role revoke hello-index ada
    ```

    Parameters
    ----------
    project
        The project's name.
    username
        The account.
    """
    from pypi_tool.results import Changed

    with context.client(asking=True) as client:
        serial = client.remove_role(project, username)
    context.output.result(Changed(serial=serial), done=[f"{username}: no role in {project}"])
    return ExitCode.DONE
