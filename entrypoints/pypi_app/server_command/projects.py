"""``pypi-server project``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cyclopts import App

from pypi_app.server_command.options import Common, opened_site
from pypi_core.domain.accounts import OPERATOR, Role
from pypi_core.domain.entities import ProjectStatus, Status, Yank
from pypi_core.domain.indexes import DEFAULT_INDEX, parse_index_name
from pypi_core.domain.names import parse_project_name
from pypi_core.domain.versions import parse_version
from pypi_core.index import Index

projects = App(name="project", help="Change the status, roles and releases of projects, and delete them.")


@projects.command
def status(
    name: str,
    state: Status | None = None,
    *,
    reason: str = "",
    index: str = DEFAULT_INDEX,
    common: Common | None = None,
) -> None:
    """
    Show the status of a project, or give it one.

    Archived: no uploads. Quarantined: no uploads, no files, not listed, not found; only
    administrators change anything of it. Deprecated: as active, and clients may warn.

    Parameters
    ----------
    name
        The project's name in any spelling.
    state
        The status to give.
    reason
        Why, on one line; everybody reads it.
    index
        The index that has the project.
    """
    if state is None and reason:
        print("pypi-server: Say which status the reason is for.", file=sys.stderr)
        sys.exit(2)
    project = parse_project_name(name)
    with _opened(index, common) as opened:
        if state is not None:
            opened.set_project_status(OPERATOR, project, ProjectStatus(state, reason))
        now = opened.read_project(OPERATOR, project).project.status
        print(f"{project}: {now.state}{': ' if now.reason else ''}{now.reason}")


@projects.command
def delete(
    name: str,
    version: str | None = None,
    filename: str | None = None,
    *,
    yes: bool = False,
    index: str = DEFAULT_INDEX,
    common: Common | None = None,
) -> None:
    """
    Delete a project, or one release or one file of it, for good.

    The names of deleted files can never be used again. The name of a deleted project is
    free for everybody: to keep it from others, quarantine the project instead.

    Parameters
    ----------
    name
        The project's name in any spelling.
    version
        Delete this release alone.
    filename
        Delete this file of the release alone.
    yes
        Really do it.
    index
        The index that has the project.
    """
    project = parse_project_name(name)
    parsed = None if version is None else parse_version(version)
    what = f"project {project}" if version is None else f"release {version} of project {project}"
    if filename is not None:
        what = f"file {filename} of {what}"
    if not yes:
        print(f"pypi-server: This deletes {what} for good: add --yes to do it.", file=sys.stderr)
        sys.exit(1)
    with _opened(index, common) as opened:
        if parsed is None:
            opened.delete_project(OPERATOR, project)
        elif filename is None:
            opened.delete_release(OPERATOR, project, parsed)
        else:
            opened.delete_file(OPERATOR, project, filename, parsed)
        print(f"Deleted {what}; `pypi-server sweep` frees the bytes.")


@projects.command
def yank(
    name: str,
    version: str,
    filename: str | None = None,
    *,
    reason: str = "",
    index: str = DEFAULT_INDEX,
    common: Common | None = None,
) -> None:
    """
    Withdraw a release, or one file of it: installers skip it unless it is pinned exactly.

    Parameters
    ----------
    name
        The project's name in any spelling.
    version
        The release.
    filename
        Withdraw this file alone.
    reason
        Why, on one line; installers show it.
    index
        The index that has the project.
    """
    with _opened(index, common) as opened:
        parsed = parse_version(version)
        opened.yank_release(OPERATOR, parse_project_name(name), parsed, Yank(reason), filename)
        print(f"Yanked {filename or f'{name} {version}'}.")


@projects.command
def unyank(
    name: str,
    version: str,
    filename: str | None = None,
    *,
    index: str = DEFAULT_INDEX,
    common: Common | None = None,
) -> None:
    """Offer a release, or one file of it, again. The parameters are those of `yank`."""
    with _opened(index, common) as opened:
        opened.unyank_release(OPERATOR, parse_project_name(name), parse_version(version), filename)
        print(f"Unyanked {filename or f'{name} {version}'}.")


@projects.command
def roles(name: str, *, index: str = DEFAULT_INDEX, common: Common | None = None) -> None:
    """List who owns and maintains a project."""
    with _opened(index, common) as opened:
        for username, role in opened.read_project(OPERATOR, parse_project_name(name)).members:
            print(f"{username}: {role.lower()}")


@projects.command
def grant(
    name: str, username: str, role: Role, *, index: str = DEFAULT_INDEX, common: Common | None = None
) -> None:
    """
    Give somebody a role in a project, in place of the one they have.

    Parameters
    ----------
    name
        The project's name in any spelling.
    username
        Who gets it; they have an account.
    role
        Owners do everything, maintainers upload and yank.
    index
        The index that has the project.
    """
    with _opened(index, common) as opened:
        opened.grant_role(OPERATOR, parse_project_name(name), username, role)
        print(f"{username}: {role.lower()}")


@projects.command
def revoke(name: str, username: str, *, index: str = DEFAULT_INDEX, common: Common | None = None) -> None:
    """Take somebody's role in a project away; its last owner stays."""
    with _opened(index, common) as opened:
        opened.revoke_role(OPERATOR, parse_project_name(name), username)
        print(f"{username} has no role in {name} any more.")


@contextmanager
def _opened(index: str, common: Common | None) -> Iterator[Index]:
    """Open one index for one command."""
    with opened_site(common) as site:
        yield site.index(parse_index_name(index))
