"""What a project depends on, as its ``pyproject.toml`` says (PEP 621, PEP 735)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from packaging.dependency_groups import DependencyGroupResolver
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from pypi_resolution.errors import BadRequirements
from pypi_resolution.sources.toml_text import TomlDependencies, read_toml
from pypi_resolution.wanted import Wanted


class _Project(msgspec.Struct, frozen=True, rename="kebab"):
    name: str = ""
    dependencies: list[str] = msgspec.field(default_factory=list)
    optional_dependencies: dict[str, list[str]] = msgspec.field(default_factory=dict)
    requires_python: str = ""
    dynamic: list[str] = msgspec.field(default_factory=list)


class _File(msgspec.Struct, frozen=True, rename="kebab"):
    project: _Project | None = None
    dependency_groups: dict[str, Any] = msgspec.field(default_factory=dict)


def read(wanted: Wanted, path: Path, text: str, groups: frozenset[str], extras: frozenset[str]) -> None:
    """Take in what the project depends on, by itself, with *extras*, and in *groups*."""
    try:
        file = msgspec.convert(read_toml(text, path), _File)
    except msgspec.ValidationError as error:
        raise BadRequirements(f"{path} is not valid: {error}.") from error
    if file.project is None and not file.dependency_groups:
        raise BadRequirements(f"{path} names no dependencies: it has no [project] and no groups.")
    dependencies = TomlDependencies(wanted, path, text)
    if file.project is not None:
        _want_project(dependencies, path, file.project, extras)
    elif extras:
        dependencies.problems.append(f"{path} has no [project], so it has no extras.")
    if groups:
        try:
            resolver = DependencyGroupResolver(file.dependency_groups)
            for each in sorted(groups):
                dependencies.want(map(str, resolver.resolve(each)))
        except ExceptionGroup as errors:
            dependencies.problems += (f"{path}: {each}." for each in _leaves(errors))
    dependencies.finish()


def _want_project(
    dependencies: TomlDependencies, path: Path, project: _Project, extras: frozenset[str]
) -> None:
    fields = ["dependencies", *(["optional-dependencies"] if extras else [])]
    computed = [each for each in fields if each in project.dynamic]
    if computed:
        dependencies.problems.append(
            f"{dependencies.where('dynamic')}: {' and '.join(computed)} are only known when the project is "
            "built, and nothing is built here."
        )
        return
    dependencies.want_python(project.requires_python)
    dependencies.want(project.dependencies)
    known: dict[str, list[str]] = {
        canonicalize_name(name): each for name, each in project.optional_dependencies.items()
    }
    for extra in sorted(canonicalize_name(each) for each in extras):
        if extra in known:
            dependencies.want(_expanded(extra, known, canonicalize_name(project.name), set()))
        else:
            dependencies.problems.append(f"{path} has no extra {extra!r}.")


def _expanded(extra: str, known: Mapping[str, list[str]], project: str, seen: set[str]) -> Iterator[str]:
    """Yield what an extra needs; an extra may name others of its own project."""
    seen.add(extra)
    for text in known[extra]:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            yield text
            continue
        if canonicalize_name(requirement.name) != project:
            yield text
            continue
        for each in sorted(canonicalize_name(each) for each in requirement.extras):
            if each in known and each not in seen:
                yield from _expanded(each, known, project, seen)


def _leaves(errors: BaseExceptionGroup[Any]) -> Iterator[str]:
    for each in errors.exceptions:
        if isinstance(each, BaseExceptionGroup):
            yield from _leaves(each)
        else:
            yield str(each.args[0]).rstrip(".") if each.args else str(each)
