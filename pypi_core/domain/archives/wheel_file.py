"""WHEEL: what a wheel says of its own format (PEP 427)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from packaging.utils import parse_wheel_filename

from pypi_core.domain.filenames import DistributionFilename
from pypi_core.errors import shown

LARGEST: Final = 64 * 1024
"""In bytes; 500 tags, the most that a file name may stand for, take a third of it."""

_MAJOR: Final = "1"
_MOST_TAGS: Final = 500


class WheelFile(msgspec.Struct, frozen=True, kw_only=True):
    """What WHEEL says; each field may stand there several times."""

    versions: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def parse_wheel_file(content: bytes) -> WheelFile:
    """
    Return what WHEEL says.

    Raises:
        UnicodeDecodeError: It is not UTF-8.
    """
    fields: dict[str, list[str]] = {}
    for line in content.decode().splitlines():
        key, colon, value = line.partition(":")
        if colon:
            fields.setdefault(key.strip().lower(), []).append(value.strip())
    return WheelFile(
        versions=tuple(fields.get("wheel-version", ())),
        builds=tuple(fields.get("build", ())),
        tags=tuple(fields.get("tag", ())),
    )


def wheel_file_faults(wheel: WheelFile, filename: DistributionFilename) -> Iterator[str]:
    """Yield why installers could not trust or not understand this wheel."""
    if len(wheel.versions) != 1:
        yield "its WHEEL does not give one Wheel-Version"
    elif wheel.versions[0].partition(".")[0] != _MAJOR:
        yield f"its Wheel-Version is {shown(wheel.versions[0])}: only {_MAJOR}.x is understood"
    parts = filename.text.split("-")
    builds = tuple(parts[2:3]) if len(parts) == 6 else ()
    if wheel.builds != builds:
        yield f"its WHEEL gives the build {_listed(wheel.builds)}, its file name {_listed(builds)}"


def tag_warnings(wheel: WheelFile, filename: DistributionFilename) -> Iterator[str]:
    """Yield how the tags in WHEEL differ from those of the file name, which installers go by."""
    told = _expanded(wheel.tags)
    named = {str(tag) for tag in parse_wheel_filename(filename.text)[3]}
    if told != named:
        yield "The tags in the wheel's WHEEL are not those of its file name, which installers go by."


def _expanded(tags: Iterable[str]) -> set[str]:
    expanded: set[str] = set()
    for tag in tags:
        pythons, _dash, rest = tag.lower().partition("-")
        abis, _dash, platforms = rest.partition("-")
        if (
            len(expanded) + (pythons.count(".") + 1) * (abis.count(".") + 1) * (platforms.count(".") + 1)
            > _MOST_TAGS
        ):
            break
        expanded.update(
            f"{python}-{abi}-{platform}"
            for python in pythons.split(".")
            for abi in abis.split(".")
            for platform in platforms.split(".")
        )
    return expanded


def _listed(builds: tuple[str, ...]) -> str:
    return ", ".join(shown(build) for build in builds[:3]) or "none"
