"""``pypi-server role``."""

from __future__ import annotations

from pypi_app.server_command.context import CommandContext
from pypi_app.server_command.parameters import Holder, ProjectName, Username
from pypi_app.server_command.results import ChangedRole, Roles
from pypi_core.domain.accounts import OPERATOR, Role
from pypi_core.domain.names import parse_project_name
from pypi_protocol.records.projects import RoleDescription
from pypi_terminal.errors import UsageError


def list_(project: ProjectName, /, *, index: Holder = "pypi", context: CommandContext) -> None:
    """
    List who owns and maintains a project.
    """
    name = parse_project_name(project)
    with context.index(index) as opened:
        members = opened.projects.read(OPERATOR, name).members
    found = tuple(RoleDescription(username=username, role=role.value) for username, role in members)
    context.output.result(
        Roles(name=name, roles=found), (f"{each.username}: {each.role.lower()}" for each in found)
    )


def grant(
    project: ProjectName, username: Username, role: str, /, *, index: Holder = "pypi", context: CommandContext
) -> None:
    """
    Give an account a role in a project, replacing the one it has.

    ```
    pypi-server role grant sample bob owner
    ```

    Parameters
    ----------
    role
        owner, who may do everything, or maintainer, who may upload and yank.
    """
    if role.capitalize() not in set(Role):
        raise UsageError(f"There is no role {role!r}: write owner or maintainer.")
    name, granted = parse_project_name(project), Role(role.capitalize())
    with context.index(index) as opened:
        opened.grant_role(OPERATOR, name, username, granted)
    context.output.result(
        ChangedRole(name=name, username=username, role=granted), [f"{username}: {granted.lower()}"]
    )


def revoke(
    project: ProjectName, username: Username, /, *, index: Holder = "pypi", context: CommandContext
) -> None:
    """
    Revoke an account's role in a project; the last owner cannot be removed.
    """
    name = parse_project_name(project)
    with context.index(index) as opened:
        opened.revoke_role(OPERATOR, name, username)
    line = f"{username} no longer has a role in {name}."
    context.output.result(ChangedRole(name=name, username=username, role=None), [line])
