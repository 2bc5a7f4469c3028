"""The methods that find projects and releases, and people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from pypi_core.domain.names import parse_project_name
from pypi_core.errors import InvalidName, NotFound
from pypi_core.use_cases.reading.field_search import FIELDS, FieldQuery
from pypi_xmlrpc_api.faults import APPLICATION_ERROR, Fault, wrong_argument
from pypi_xmlrpc_api.methods import Caller, Method


def search(caller: Caller, spec: dict[str, Any], operator: str = "and") -> Sequence[Mapping[str, object]]:
    """
    Return up to 100 projects whose fields hold the words of spec, the best first.

    spec gives for each field a string, or several of which one is enough. With the operator
    "and" every field has to match, with "or" one of them. Unknown fields are ignored.
    """
    if operator not in {"and", "or"}:
        raise Fault(APPLICATION_ERROR, "ValueError: Invalid operator, must be one of 'and' or 'or'.")
    fields = {name: _values(name, value) for name, value in spec.items() if name in FIELDS}
    found = caller.index.search.by_fields(caller.actor, FieldQuery(fields=fields, any_field=operator == "or"))
    return [
        # Legacy pip sorts by the last of these, the highest first.
        {
            "name": each.name,
            "version": each.version,
            "summary": each.summary,
            "_pypi_ordering": len(found) - place,
        }
        for place, each in enumerate(found)
    ]


def browse(caller: Caller, classifiers: list[str]) -> Sequence[tuple[str, str]]:
    """Return name and version of the releases that carry all of the classifiers."""
    found = caller.index.releases.with_classifiers(caller.actor, classifiers)
    return [(each.project, str(each.version)) for each in found]


def user_packages(caller: Caller, user: str) -> Sequence[tuple[str, str]]:
    """Return the roles of a user and the projects they are for: as Owner first, then by name."""
    return [(role.value, name) for role, name in caller.index.roles.of_user(caller.actor, user)]


def package_roles(caller: Caller, name: str) -> Sequence[tuple[str, str]]:
    """Return the roles in a project and who has them: owners first, then by name."""
    try:
        members = caller.index.roles.in_project(caller.actor, parse_project_name(name))
    except (NotFound, InvalidName):
        return []
    return [(role.value, user) for user, role in members]


def _values(field: str, value: object) -> list[str]:
    try:
        return [value] if isinstance(value, str) else msgspec.convert(value, list[str])
    except msgspec.ValidationError as error:
        raise wrong_argument("spec", f"{field}: a string or an array of strings is expected") from error


METHODS = (
    Method.of(search, costly=True),
    Method.of(browse, costly=True),
    Method.of(user_packages, costly=True),
    Method.of(package_roles),
)
