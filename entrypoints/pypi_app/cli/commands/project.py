"""``pypi-cli project``: create projects, and change what they are and whose."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import App, Parameter

from pypi_app.cli.context import Surroundings
from pypi_app.cli.exit_codes import ExitCode
from pypi_app.cli.global_options import Flag

app = App(name="project", help="Create projects, and change what they are and whose.")

StatusName = Literal["active", "archived", "quarantined", "deprecated"]
RoleName = Literal["Owner", "Maintainer"]
Reason = Annotated[str, Parameter(show_default=False)]


@app.command
def create(project: str, /, *, context: Surroundings) -> int:
    """
    Register a name: the project is empty, and yours.

    ```
    pypi-cli project create Hello.Index
    ```

    Parameters
    ----------
    project
        The name, spelt as it is to be shown.
    """
    with context.client(asking=True) as client:
        made = client.create_project(project)
    context.output.result(made, [f"{made.display_name}: created"])
    return ExitCode.DONE


@app.command
def status(
    project: str, status: StatusName | None = None, /, *, reason: Reason = "", context: Surroundings
) -> int:
    """
    Tell the status of a project, or change it.

    ```
    pypi-cli project status hello-index
    pypi-cli project status hello-index archived --reason "no longer developed"
    ```

    Parameters
    ----------
    project
        The project's name.
    status
        What it is to be; only administrators quarantine.
    reason
        Why, in one line.
    """
    from pypi_app.cli.results import ProjectState

    with context.client(asking=status is not None) as client:
        if status is not None:
            client.set_project_status(project, status, reason)
        found = client.project(project)
    state = ProjectState(name=found.name, status=found.status, reason=found.status_reason)
    why = f": {state.reason}" if state.reason else ""
    context.output.result(state, [f"{found.display_name}: {state.status}{why}"])
    return ExitCode.DONE


@app.command
def archive(project: str, /, *, reason: Reason = "", context: Surroundings) -> int:
    """
    Archive a project: it takes no uploads any more, all else stays.

    Parameters
    ----------
    project
        The project's name.
    reason
        Why, in one line.
    """
    return status(project, "archived", reason=reason, context=context)


@app.command
def unarchive(project: str, /, *, context: Surroundings) -> int:
    """
    Make a project active again.

    Parameters
    ----------
    project
        The project's name.
    """
    return status(project, "active", context=context)


@app.command
def delete(project: str, /, *, yes: Flag = False, context: Surroundings) -> int:
    """
    Delete a project with everything in it, for good; its name is free for anybody.

    Parameters
    ----------
    project
        The project's name.
    yes
        Do not ask.
    """
    from pypi_app.cli.results import Changed

    context.confirm(f"Delete {project} with all its releases and files, for good?", yes=yes)
    with context.client(asking=True) as client:
        serial = client.delete_project(project)
    context.output.result(Changed(serial=serial), [f"{project}: deleted"])
    return ExitCode.DONE


@app.command
def roles(project: str, /, *, context: Surroundings) -> int:
    """
    List who has which role in a project.

    Parameters
    ----------
    project
        The project's name.
    """
    from pypi_app.cli.results import Roles

    with context.client() as client:
        found = client.roles(project)
    context.output.result(
        Roles(name=project, roles=found), (f"{each.username}  {each.role}" for each in found)
    )
    return ExitCode.DONE


@app.command(name="add-role")
def add_role(project: str, username: str, role: RoleName, /, *, context: Surroundings) -> int:
    """
    Give somebody a role in a project, in place of the one they have.

    ```
    pypi-cli project add-role hello-index ada Maintainer
    ```

    Parameters
    ----------
    project
        The project's name.
    username
        Who.
    role
        Owners may do everything, maintainers upload and yank.
    """
    from pypi_app.cli.results import Changed

    with context.client(asking=True) as client:
        serial = client.add_role(project, username, role)
    context.output.result(Changed(serial=serial), [f"{username}: {role} of {project}"])
    return ExitCode.DONE


@app.command(name="remove-role")
def remove_role(project: str, username: str, /, *, context: Surroundings) -> int:
    """
    Take somebody's role in a project away.

    Parameters
    ----------
    project
        The project's name.
    username
        Who.
    """
    from pypi_app.cli.results import Changed

    with context.client(asking=True) as client:
        serial = client.remove_role(project, username)
    context.output.result(Changed(serial=serial), [f"{username}: no role in {project}"])
    return ExitCode.DONE
