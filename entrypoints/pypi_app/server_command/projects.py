"""``pypi-server project``."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from pypi_app.server_command.context import CommandContext
from pypi_app.server_command.parameters import Holder, ProjectName
from pypi_app.server_command.results import ChangedProject, ProjectState
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.entities import ProjectStatus, Status, Yank
from pypi_core.domain.names import parse_project_name
from pypi_core.domain.versions import parse_version
from pypi_terminal.errors import UsageError
from pypi_terminal.parameters import Yes

StatusName = Literal["active", "archived", "quarantined", "deprecated"]
Reason = Annotated[str, Parameter(show_default=False)]


def status(
    project: ProjectName,
    status: StatusName | None = None,
    /,
    *,
    reason: Reason = "",
    index: Holder = "pypi",
    context: CommandContext,
) -> None:
    """
    Show the status of a project, or change it.

    Archived: no uploads. Quarantined: no uploads, no files, not listed, not found; only
    administrators can change it. Deprecated: as active, and clients may warn.

    Parameters
    ----------
    status
        The status to give.
    reason
        Why, on one line; anyone can read it.
    """
    if status is None and reason:
        raise UsageError("Say which status the reason is for.")
    name = parse_project_name(project)
    with context.index(index) as opened:
        if status is not None:
            opened.set_project_status(OPERATOR, name, ProjectStatus(Status(status), reason))
        now = opened.projects.read(OPERATOR, name).project.status
    state = ProjectState(name=name, status=now.state, reason=now.reason)
    context.output.result(state, [f"{name}: {now.state}{': ' if now.reason else ''}{now.reason}"])


def delete(
    project: ProjectName,
    version: str | None = None,
    filename: str | None = None,
    /,
    *,
    yes: Yes = False,
    index: Holder = "pypi",
    context: CommandContext,
) -> None:
    """
    Delete a project, or one release or one file of it, for good.

    The names of deleted files can never be used again. Anyone can take the name of a deleted
    project: to prevent that, quarantine the project instead.

    Parameters
    ----------
    version
        Delete only this release.
    filename
        Delete only this file of the release.
    """
    name = parse_project_name(project)
    parsed = None if version is None else parse_version(version)
    what = f"project {name}" if version is None else f"release {version} of project {name}"
    if filename is not None:
        what = f"file {filename} of {what}"
    context.confirm(f"Delete {what} for good?", yes=yes)
    with context.index(index) as opened:
        if parsed is None:
            opened.delete_project(OPERATOR, name)
        elif filename is None:
            opened.delete_release(OPERATOR, name, parsed)
        else:
            opened.delete_file(OPERATOR, name, filename, parsed)
    line = f"Deleted {what}; `pypi-server sweep` frees the bytes."
    context.output.result(_changed(name, version, filename), [line])


def yank(
    project: ProjectName,
    version: str,
    filename: str | None = None,
    /,
    *,
    reason: Reason = "",
    index: Holder = "pypi",
    context: CommandContext,
) -> None:
    """
    Yank a release, or one file of it: installers skip it unless it is pinned exactly (PEP 592).

    Parameters
    ----------
    version
        The release.
    filename
        Yank only this file.
    reason
        Why, on one line; installers show it.
    """
    name, parsed = parse_project_name(project), parse_version(version)
    with context.index(index) as opened:
        opened.yank_release(OPERATOR, name, parsed, Yank(reason), filename)
    line = f"Yanked {filename or f'{project} {version}'}."
    context.output.result(_changed(name, version, filename), [line])


def unyank(
    project: ProjectName,
    version: str,
    filename: str | None = None,
    /,
    *,
    index: Holder = "pypi",
    context: CommandContext,
) -> None:
    """
    Unyank a release, or one file of it: installers choose it again.

    Parameters
    ----------
    version
        The release.
    filename
        Unyank only this file.
    """
    name, parsed = parse_project_name(project), parse_version(version)
    with context.index(index) as opened:
        opened.unyank_release(OPERATOR, name, parsed, filename)
    line = f"Unyanked {filename or f'{project} {version}'}."
    context.output.result(_changed(name, version, filename), [line])


def _changed(name: str, version: str | None, filename: str | None) -> ChangedProject:
    return ChangedProject(name=name, version=version, filename=filename)
