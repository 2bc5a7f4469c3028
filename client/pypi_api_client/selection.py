"""Which of a project's versions is meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from pypi_protocol.records.releases import VersionDescription


def latest_version(versions: Iterable[VersionDescription]) -> VersionDescription | None:
    """Return the version to show: one not yanked first, then a final one, then the highest."""
    parsed = [(version, each) for each in versions if (version := _parsed(each.version))]
    if not parsed:
        return None
    return max(parsed, key=lambda pair: (not pair[1].yanked, not pair[0].is_prerelease, pair[0]))[1]


def newest_first(versions: Iterable[VersionDescription]) -> tuple[VersionDescription, ...]:
    """Return *versions* from the highest down; those that do not follow PEP 440 come last."""

    def order(each: VersionDescription) -> tuple[bool, Version, str]:
        parsed = _parsed(each.version)
        return parsed is not None, parsed or Version("0"), each.version

    return tuple(sorted(versions, key=order, reverse=True))


def same_release(one: str | None, other: str) -> bool:
    """Return whether two spellings name the same version."""
    parsed = _parsed(one or "")
    return one == other or (parsed is not None and parsed == _parsed(other))


def same_version(versions: Iterable[VersionDescription], text: str) -> VersionDescription | None:
    """Return the version that *text* names in any spelling."""
    return next((each for each in versions if same_release(each.version, text)), None)


def best_version(
    versions: Sequence[VersionDescription], specifiers: SpecifierSet, *, pre_releases: bool = False
) -> VersionDescription | None:
    """
    Return the highest version that has files and that *specifiers* permit.

    Pre-releases count where they are asked for, or where there is nothing else; a yanked
    version (PEP 592) only where it is pinned exactly and nothing else matches.
    """
    parsed = {version: each for each in versions if each.files and (version := _parsed(each.version))}
    offered = {version: each for version, each in parsed.items() if not each.yanked}
    for candidates in (offered, parsed) if is_pin(specifiers) else (offered,):
        permitted = list(specifiers.filter(candidates, prereleases=True if pre_releases else None))
        if permitted:
            return parsed[max(permitted)]
    return None


def is_pin(specifiers: SpecifierSet) -> bool:
    """Return whether some part of *specifiers* names one version."""
    return any(
        each.operator == "===" or (each.operator == "==" and not each.version.endswith(".*"))
        for each in specifiers
    )


def _parsed(text: str) -> Version | None:
    try:
        return Version(text)
    except (InvalidVersion, ValueError):
        return None
