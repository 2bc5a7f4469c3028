"""Projects and versions as a person names them on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypi_app.cli.failures import UsageError

if TYPE_CHECKING:
    from packaging.requirements import Requirement


def parse_requirement(text: str) -> Requirement:
    """
    Read a project's name with or without version specifiers.

    Raises:
        UsageError: It is none, or more than can be meant here.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise UsageError(
            f"{text!r} names no project: write NAME, NAME==VERSION or 'NAME>=1,<2' (in quotes)."
        ) from error
    if requirement.url or requirement.marker or requirement.extras:
        raise UsageError(f"{text!r}: extras, markers and URLs mean nothing here. Write {requirement.name!r}.")
    return requirement


def parse_name(text: str) -> str:
    """
    Read a project's name.

    Raises:
        UsageError: It is none, or says which version too.
    """
    requirement = parse_requirement(text)
    if requirement.specifier:
        raise UsageError(f"{text!r}: versions mean nothing here. Write {requirement.name!r}.")
    return requirement.name


def parse_one_version(text: str) -> tuple[str, str]:
    """
    Read ``NAME==VERSION``.

    Raises:
        UsageError: It is something else.
    """
    name, version = parse_pinned(text)
    if version is None:
        raise UsageError(f"{text!r} names no version: write {name}==VERSION.")
    return name, version


def parse_pinned(text: str) -> tuple[str, str | None]:
    """
    Read ``NAME`` or ``NAME==VERSION``.

    Raises:
        UsageError: It is neither.
    """
    requirement = parse_requirement(text)
    specifiers = list(requirement.specifier)
    if not specifiers:
        return requirement.name, None
    only = specifiers[0]
    if len(specifiers) > 1 or only.operator not in {"==", "==="} or only.version.endswith("*"):
        raise UsageError(f"{text!r} names no one version: write {requirement.name}==VERSION.")
    return requirement.name, only.version
