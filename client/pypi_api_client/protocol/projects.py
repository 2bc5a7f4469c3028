"""Creating and governing projects: each operation raises `NotSpoken` where there is no JSON-RPC."""

from __future__ import annotations

from pypi_api_client.protocol.json_rpc import call
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange
from pypi_protocol import methods
from pypi_protocol.records.downloads import ProjectDownloads
from pypi_protocol.records.projects import CreatedProject, RoleDescription, RoleName, StatusName


def create_project(index: KnownIndex, name: str) -> Exchange[CreatedProject]:
    """
    Create an empty project, whose first owner is the caller.

    Raises:
        Conflict: There is one by this name, or one that could be mistaken for it.
    """
    return (yield from call(index, methods.PROJECT_CREATE, name=name))


def set_project_status(index: KnownIndex, name: str, status: StatusName, reason: str = "") -> Exchange[int]:
    """Give a project a status (PEP 792): active, archived, deprecated or quarantined."""
    return (
        yield from call(index, methods.PROJECT_SET_STATUS, name=name, status=status, reason=reason)
    ).serial


def delete_project(index: KnownIndex, name: str) -> Exchange[int]:
    """Delete a project with everything in it; the names of its files can never be used again."""
    return (yield from call(index, methods.PROJECT_DELETE, name=name)).serial


def roles(index: KnownIndex, name: str) -> Exchange[tuple[RoleDescription, ...]]:
    """List who has which role in a project."""
    return (yield from call(index, methods.PROJECT_ROLES, name=name)).roles


def project_downloads(index: KnownIndex, name: str, *, days: int = 30) -> Exchange[ProjectDownloads]:
    """Count the downloads of a project, in detail those of the last *days* days, today included."""
    return (yield from call(index, methods.PROJECT_DOWNLOADS, name=name, days=days))


def add_role(index: KnownIndex, name: str, username: str, role: RoleName) -> Exchange[int]:
    """Give an account a role, ``Owner`` or ``Maintainer``, in place of the one it has."""
    return (yield from call(index, methods.PROJECT_ADD_ROLE, name=name, username=username, role=role)).serial


def remove_role(index: KnownIndex, name: str, username: str) -> Exchange[int]:
    """
    Take an account's role away.

    Raises:
        Conflict: It is the last owner.
    """
    return (yield from call(index, methods.PROJECT_REMOVE_ROLE, name=name, username=username)).serial
