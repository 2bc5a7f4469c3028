"""The platform tags of wheels, and which of them an index takes."""

from __future__ import annotations

import re

from pypi_core.domain.filenames import DistributionFilename, FileType
from pypi_core.domain.platform_tag_patterns import PLATFORM_TAG_PATTERNS
from pypi_core.domain.rules import UploadRules
from pypi_core.errors import InvalidFilename, shown
from pypi_protocol.errors import Problem


def check_platform_tags(filename: DistributionFilename, rules: UploadRules) -> None:
    """Refuse a wheel for a platform that this index does not take wheels for, naming every such tag."""
    if filename.filetype is not FileType.WHEEL or rules.allow_any_platform_tag:
        return
    tags = _tags(filename)
    problems = [
        Problem("content", _refusal(tag))
        for tag in tags
        if tag not in rules.platform_tags and not _SUPPORTED.match(tag)
    ]
    if problems:
        raise InvalidFilename(*problems)


def is_for_linux_alone(wheel: DistributionFilename) -> bool:
    """Return whether no other system installs *wheel*."""
    return all(tag.startswith(_LINUX) for tag in _tags(wheel))


def _tags(wheel: DistributionFilename) -> list[str]:
    return wheel.text.removesuffix(".whl").rpartition("-")[2].split(".")


def _refusal(tag: str) -> str:
    hint = ""
    if tag.startswith("linux_"):
        hint = " Wheels for Linux are made portable by auditwheel, which names them manylinux or musllinux."
    elif tag.startswith("macosx_"):
        hint = " From macOS 11 on the minor version in a tag is 0."
    return f"The wheel has the unsupported platform tag {shown(tag)}.{hint}"


def _expression(pattern: str) -> str:
    def choice(found: re.Match[str]) -> str:
        inner = _NUMBER if found[1] == "number" else found[1].replace(",", "|")
        return f"(?:{inner})"

    return re.sub(r"\{([a-z0-9_,]+)\}", choice, pattern)


_LINUX = ("linux_", "manylinux", "musllinux")
_NUMBER = "0|[1-9][0-9]{0,3}"
_SUPPORTED = re.compile(rf"(?:{'|'.join(map(_expression, PLATFORM_TAG_PATTERNS))})\Z")
