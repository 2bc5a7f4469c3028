"""Creating and governing projects: each operation raises `NotSpoken` where there is no JSON-RPC."""

from __future__ import annotations

import msgspec

from pypi_api_client.protocol.json_rpc import call, change
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange
from pypi_api_client.records import CreatedProject, Role


class _Roles(msgspec.Struct, frozen=True):
    roles: tuple[Role, ...]


def create_project(index: KnownIndex, name: str) -> Exchange[CreatedProject]:
    """
    Create an empty project, whose first owner is the caller.

    Raises:
        Conflict: There is one by this name, or one that could be mistaken for it.
    """
    return (yield from call(index, "project.create", {"name": name}, CreatedProject, is_repeatable=False))


def set_project_status(index: KnownIndex, name: str, status: str, reason: str = "") -> Exchange[int]:
    """Give a project a status (PEP 792): active, archived, deprecated or quarantined."""
    params = {"name": name, "status": status, "reason": reason}
    return (yield from change(index, "project.set_status", params, is_repeatable=True))


def delete_project(index: KnownIndex, name: str) -> Exchange[int]:
    """Delete a project with everything in it; the names of its files can never be used again."""
    return (yield from change(index, "project.delete", {"name": name}, is_repeatable=False))


def roles(index: KnownIndex, name: str) -> Exchange[tuple[Role, ...]]:
    """List who has which role in a project."""
    return (yield from call(index, "project.roles", {"name": name}, _Roles)).roles


def add_role(index: KnownIndex, name: str, username: str, role: str) -> Exchange[int]:
    """Give an account a role, ``Owner`` or ``Maintainer``, in place of the one it has."""
    params = {"name": name, "username": username, "role": role}
    return (yield from change(index, "project.add_role", params, is_repeatable=True))


def remove_role(index: KnownIndex, name: str, username: str) -> Exchange[int]:
    """
    Take an account's role away.

    Raises:
        Conflict: It is the last owner.
    """
    params = {"name": name, "username": username}
    return (yield from change(index, "project.remove_role", params, is_repeatable=False))
