"""Creating and governing projects."""

from __future__ import annotations

import msgspec

from pypi_api_client.protocol.json_rpc import call, change
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange
from pypi_api_client.records import CreatedProject, Role


class _Roles(msgspec.Struct, frozen=True):
    roles: tuple[Role, ...]


def create(index: KnownIndex, name: str) -> Exchange[CreatedProject]:
    """Create an empty project."""
    return (yield from call(index, "project.create", {"name": name}, CreatedProject, is_repeatable=False))


def set_status(index: KnownIndex, name: str, status: str, reason: str) -> Exchange[int]:
    """Give a project a status."""
    params = {"name": name, "status": status, "reason": reason}
    return (yield from change(index, "project.set_status", params, is_repeatable=True))


def delete(index: KnownIndex, name: str) -> Exchange[int]:
    """Delete a project."""
    return (yield from change(index, "project.delete", {"name": name}, is_repeatable=False))


def roles(index: KnownIndex, name: str) -> Exchange[tuple[Role, ...]]:
    """Tell who has which role in a project."""
    return (yield from call(index, "project.roles", {"name": name}, _Roles)).roles


def add_role(index: KnownIndex, name: str, username: str, role: str) -> Exchange[int]:
    """Give an account a role."""
    params = {"name": name, "username": username, "role": role}
    return (yield from change(index, "project.add_role", params, is_repeatable=True))


def remove_role(index: KnownIndex, name: str, username: str) -> Exchange[int]:
    """Take an account's role away."""
    params = {"name": name, "username": username}
    return (yield from change(index, "project.remove_role", params, is_repeatable=False))
