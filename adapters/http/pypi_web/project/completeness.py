"""How complete a release is, and what would make it more so."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from pypi_core.domain.entities import File
from pypi_core.domain.filenames import FileType
from pypi_core.domain.metadata import CoreMetadata
from pypi_web.project.wheel_tags import wheel_tags

_ENOUGH_WORDS = 200
_PYTHON = re.compile(r"Programming Language :: Python :: (3\.\d+)")
_DOCUMENTED = {"documentation", "docs", "documentation-url"}
_SOURCES = {"source", "repository", "code", "sourcecode", "github", "gitlab", "homepage", "sources"}


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a complete release has: whether this one does, and how to get it (keys of messages)."""

    key: str
    is_met: bool


class Completeness(msgspec.Struct, frozen=True, kw_only=True):
    """The checks of a release, in the order in which people care for them."""

    checks: Sequence[Check]

    @property
    def percent(self) -> int:
        """Return how much of it is there."""
        return round(100 * sum(each.is_met for each in self.checks) / len(self.checks))

    @property
    def missing(self) -> Sequence[str]:
        """Return the keys of what is not there."""
        return [each.key for each in self.checks if not each.is_met]


def completeness_of(
    metadata: CoreMetadata, files: Sequence[File], *, has_documentation: bool
) -> Completeness:
    """Return how complete a release with *files* is."""
    labels = {label.lower().replace(" ", "") for label in metadata.project_urls}
    wheels = [each for each in files if each.filetype is FileType.WHEEL]
    met = {
        "summary": bool(metadata.summary),
        "readme": len(metadata.description) >= _ENOUGH_WORDS,
        "licence": bool(metadata.license_expression),
        "licence_files": bool(metadata.license_files),
        "python": bool(metadata.requires_python),
        "source_link": bool(labels & _SOURCES or metadata.home_page),
        "documentation": has_documentation or bool(labels & _DOCUMENTED),
        "types": "Typing :: Typed" in metadata.classifiers,
        "sdist": any(each.filetype is FileType.SDIST for each in files),
        "wheels": bool(wheels) and _serves_all(metadata, wheels),
        "sbom": any(each.sboms for each in files),
    }
    return Completeness(checks=[Check(key=key, is_met=is_met) for key, is_met in met.items()])


def _serves_all(metadata: CoreMetadata, wheels: Sequence[File]) -> bool:
    """Return whether there is a wheel for every Python that the classifiers name."""
    declared = {found[1] for each in metadata.classifiers if (found := _PYTHON.fullmatch(each))}
    served = {python for each in wheels if (tags := wheel_tags(each.filename)) for python in tags.pythons}
    if any(each.startswith("Python 3") or each.endswith("and later") for each in served):
        return True
    return all(f"CPython {version}" in served for version in declared)
