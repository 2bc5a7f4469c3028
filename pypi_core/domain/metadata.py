"""Core metadata as read from an archive's METADATA or PKG-INFO: the truth about a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec
from packaging.metadata import RawMetadata, parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from pypi_core.domain.names import DisplayName, parse_display_name
from pypi_core.domain.rules import UploadRules
from pypi_core.domain.versions import parse_version
from pypi_core.errors import Invalid, InvalidMetadata, Problem, shown

T = TypeVar("T")


class CoreMetadata(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The descriptive part of core metadata 1.0-2.6, as text; absent fields are empty."""

    metadata_version: str = "1.0"
    summary: str = ""
    description: str = ""
    description_content_type: str = ""
    keywords: tuple[str, ...] = ()
    author: str = ""
    author_email: str = ""
    maintainer: str = ""
    maintainer_email: str = ""
    license: str = ""
    license_expression: str = ""
    license_files: tuple[str, ...] = ()
    classifiers: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    supported_platforms: tuple[str, ...] = ()
    home_page: str = ""
    download_url: str = ""
    project_urls: dict[str, str] = msgspec.field(default_factory=dict)
    requires_python: str = ""
    requires_dist: tuple[str, ...] = ()
    requires_external: tuple[str, ...] = ()
    provides_dist: tuple[str, ...] = ()
    obsoletes_dist: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    obsoletes: tuple[str, ...] = ()
    provides_extra: tuple[str, ...] = ()
    dynamic: tuple[str, ...] = ()
    import_names: tuple[str, ...] = ()
    import_namespaces: tuple[str, ...] = ()


class DistributionMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive says of itself; ``warnings`` are sentences about what was let pass."""

    name: DisplayName
    version: Version
    core: CoreMetadata
    warnings: tuple[str, ...] = ()


def parse_metadata(content: bytes, rules: UploadRules) -> DistributionMetadata:
    """
    Read the bytes of a METADATA or PKG-INFO file.

    Lenient where real packages of good standing break the letter: unknown headers are
    ignored and values equal to ``UNKNOWN`` count as absent.

    Raises:
        InvalidMetadata: With every problem found.
    """
    raw, _unparsed = parse_email(content)
    core = _core_metadata(raw)
    problems = _specifier_problems(core)
    name = _parsed(parse_display_name, raw.get("name", ""), problems)
    version = _parsed(parse_version, raw.get("version", ""), problems)
    if problems or name is None or version is None:
        raise InvalidMetadata(*problems)
    return DistributionMetadata(name=name, version=version, core=core)


def _parsed(parse: Callable[[str], T], text: str, problems: list[Problem]) -> T | None:
    """Parse *text*, or put what is wrong with it before the other problems."""
    try:
        return parse(text)
    except Invalid as error:
        problems[:0] = error.problems
        return None


def canonical_requirement(text: str) -> str:
    """
    Return a requirement in a form in which two spellings of the same one are equal.

    Raises:
        InvalidMetadata: *text* is not by PEP 508.
    """
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise InvalidMetadata(_requirement_problem(text, error)) from error
    name = canonicalize_name(requirement.name)
    extras = ",".join(sorted(canonicalize_name(each) for each in requirement.extras))
    specifiers = ",".join(sorted(str(each) for each in requirement.specifier))
    return f"{name}[{extras}]{specifiers}@{requirement.url or ''};{requirement.marker or ''}"


def _core_metadata(raw: RawMetadata) -> CoreMetadata:
    stored = {
        field: _without_unknown(value)
        for field, value in raw.items()
        if field in CoreMetadata.__struct_fields__ and value != _UNKNOWN
    }
    return msgspec.convert(stored, CoreMetadata)


def _without_unknown(value: object) -> object:
    return [each for each in value if each != _UNKNOWN] if isinstance(value, list) else value


def _specifier_problems(core: CoreMetadata) -> list[Problem]:
    problems = []
    try:
        SpecifierSet(core.requires_python)
    except InvalidSpecifier:
        problems.append(
            Problem(
                "requires_python", f"{shown(core.requires_python)} is an invalid value for Requires-Python."
            )
        )
    for text in core.requires_dist:
        try:
            Requirement(text)
        except InvalidRequirement as error:
            problems.append(_requirement_problem(text, error))
    return problems


def _requirement_problem(text: str, error: InvalidRequirement) -> Problem:
    # The reason may repeat the whole requirement.
    why = str(error).splitlines()[0][:200]
    return Problem("requires_dist", f"{shown(text)} is an invalid value for Requires-Dist. Error: {why}")


# What setuptools and distutils of old wrote where they knew nothing.
_UNKNOWN = "UNKNOWN"
