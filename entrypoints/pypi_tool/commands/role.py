"""``pypi-cli role``: who may do what in a project."""

from __future__ import annotations

from typing import Literal

from pypi_terminal.columns import Row, Table
from pypi_tool.context import CommandContext
from pypi_tool.parameters import ProjectName, Username

RoleName = Literal["Owner", "Maintainer"]


def list_roles(project: ProjectName, /, *, context: CommandContext) -> None:
    """
    List who has which role in a project.

    ```
    pypi-cli role list hello-index
    ```
    """
    from pypi_tool.results import Roles

    with context.client() as client:
        found = client.roles(project)
    lines = (f"{each.username}  {each.role}" for each in found)
    table = Table(("User", "Role"), [Row((each.username, each.role)) for each in found])
    context.output.result(Roles(name=project, roles=found), lines, table=table)


def grant(project: ProjectName, username: Username, role: RoleName, /, *, context: CommandContext) -> None:
    """
    Give an account a role in a project, replacing the one it has.

    ```
    pypi-cli role grant hello-index ada Maintainer
    ```

    Parameters
    ----------
    role
        Owners may do everything, maintainers upload and yank.
    """
    with context.client(asking=True) as client:
        serial = client.add_role(project, username, role)
    context.changed(serial, f"{username}: {role} of {project}")


def revoke(project: ProjectName, username: Username, /, *, context: CommandContext) -> None:
    """
    Revoke an account's role in a project; the last owner cannot be removed.

    ```
    pypi-cli role revoke hello-index ada
    ```
    """
    with context.client(asking=True) as client:
        serial = client.remove_role(project, username)
    context.changed(serial, f"{username}: no role in {project}")
