"""``pypi-cli project``: create, archive and delete projects."""

from __future__ import annotations

from typing import Literal

from pypi_terminal.parameters import Yes
from pypi_tool.context import CommandContext
from pypi_tool.parameters import ProjectName, Reason

StatusName = Literal["active", "archived", "quarantined", "deprecated"]


def create(project: str, /, *, context: CommandContext) -> None:
    """
    Create an empty project that you own.

    ```
    pypi-cli project create Hello.Index
    ```

    Parameters
    ----------
    project
        The name, spelled as it should be shown.
    """
    with context.client(asking=True) as client:
        made = client.create_project(project)
    context.output.result(made, done=[f"{made.display_name}: created"])


def status(
    project: ProjectName, status: StatusName | None = None, /, *, reason: Reason = "", context: CommandContext
) -> None:
    """
    Show the status of a project, or change it.

    ```
    pypi-cli project status hello-index
    pypi-cli project status hello-index archived --reason "no longer developed"
    ```

    Parameters
    ----------
    status
        The new status; only administrators may quarantine.
    """
    from pypi_tool.results import ProjectState

    with context.client(asking=status is not None) as client:
        if status is not None:
            client.set_project_status(project, status, reason)
        found = client.project(project)
    state = ProjectState(name=found.name, status=found.status, reason=found.status_reason)
    why = f": {state.reason}" if state.reason else ""
    context.output.result(state, [f"{found.display_name}: {state.status}{why}"])


def archive(project: ProjectName, /, *, reason: Reason = "", context: CommandContext) -> None:
    """
    Archive a project: it accepts no more uploads, and everything in it stays.

    ```
    pypi-cli project archive hello-index --reason "no longer developed"
    ```
    """
    status(project, "archived", reason=reason, context=context)


def unarchive(project: ProjectName, /, *, context: CommandContext) -> None:
    """
    Make a project active again.

    ```
    pypi-cli project unarchive hello-index
    ```
    """
    status(project, "active", context=context)


def delete(project: ProjectName, /, *, yes: Yes = False, context: CommandContext) -> None:
    """
    Delete a project with everything in it, for good; anyone can then take its name.

    ```
    pypi-cli project delete hello-index
    ```
    """
    context.confirm(f"Delete {project} with all its releases and files, for good?", yes=yes)
    with context.client(asking=True) as client:
        serial = client.delete_project(project)
    context.changed(serial, f"{project}: deleted")
