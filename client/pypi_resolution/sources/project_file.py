"""What a project depends on, as its ``pyproject.toml`` says (PEP 621, PEP 735)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from packaging.dependency_groups import DependencyGroupResolver
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from pypi_resolution.errors import BadRequirements
from pypi_resolution.sources.toml_text import read_toml
from pypi_resolution.wanted import Wanted, WantedPython


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
    reader = _Reader(path, text)
    if file.project is not None:
        reader.project(wanted, file.project, extras)
    elif extras:
        reader.problems.append(f"{path} has no [project], so it has no extras.")
    reader.groups(wanted, file.dependency_groups, groups)
    if reader.problems:
        raise BadRequirements(*reader.problems)


class _Reader:
    """Reads the parts of a project file and collects what is wrong."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()
        self.problems: list[str] = []

    def project(self, wanted: Wanted, project: _Project, extras: frozenset[str]) -> None:
        fields = ["dependencies", *(["optional-dependencies"] if extras else [])]
        computed = [each for each in fields if each in project.dynamic]
        if computed:
            self.problems.append(
                f"{self._where('dynamic')}: {' and '.join(computed)} are only known when the project is "
                "built, and nothing is built here."
            )
            return
        if project.requires_python:
            self._python(wanted, project.requires_python)
        self._want(wanted, project.dependencies)
        known: dict[str, list[str]] = {
            canonicalize_name(name): each for name, each in project.optional_dependencies.items()
        }
        for extra in sorted(canonicalize_name(each) for each in extras):
            if extra in known:
                self._want(wanted, _expanded(extra, known, canonicalize_name(project.name), set()))
            else:
                self.problems.append(f"{self._path} has no extra {extra!r}.")

    def _python(self, wanted: Wanted, text: str) -> None:
        try:
            wanted.pythons.append(WantedPython(specifier=SpecifierSet(text), source=str(self._path)))
        except InvalidSpecifier:
            self.problems.append(f"{self._where(text)}: {text!r} does not specify versions of Python.")

    def groups(self, wanted: Wanted, table: Mapping[str, Any], groups: frozenset[str]) -> None:
        if not groups:
            return
        try:
            resolver = DependencyGroupResolver(table)
            for each in sorted(groups):
                self._want(wanted, map(str, resolver.resolve(each)))
        except ExceptionGroup as errors:
            self.problems += (f"{self._path}: {each}." for each in _leaves(errors))

    def _want(self, wanted: Wanted, texts: Iterator[str] | Sequence[str]) -> None:
        for text in texts:
            try:
                requirement = Requirement(text)
            except InvalidRequirement:
                self.problems.append(f"{self._where(text)}: {text!r} is not a requirement.")
                continue
            if requirement.url:
                self.problems.append(
                    f"{self._where(text)}: {requirement.name} points to a URL: only what an index lists can "
                    "be downloaded."
                )
            else:
                wanted.want([requirement], self._where(text))

    def _where(self, text: str) -> str:
        number = next((at for at, line in enumerate(self._lines, start=1) if text in line), None)
        return f"{self._path} (line {number})" if number else str(self._path)


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
