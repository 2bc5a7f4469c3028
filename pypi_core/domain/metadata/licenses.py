"""License, License-Expression (SPDX) and License-File (PEP 639)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from pypi_core.domain.metadata.fields import FieldValues, single
from pypi_core.domain.metadata.problems import invalid
from pypi_protocol.errors import Problem

# Python's own parser sees to the parentheses; no real expression comes near this.
_LONGEST_EXPRESSION = 4096
_DRIVE = re.compile(r"[A-Za-z]:")
_GLOB = re.compile(r"[*?\[\]]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


def license_problems(values: FieldValues) -> Iterator[Problem]:
    """Yield what is wrong with the licence, however it is told."""
    yield from license_file_problems(values.get("license_file", ()))
    expression = single(values, "license_expression")
    if not expression:
        return
    if values.get("license"):
        yield Problem(
            "license", "License is deprecated in favor of License-Expression: give only the latter."
        )
    try:
        canonical_expression(expression)
    except InvalidLicenseExpression as error:
        why = f"Use a valid SPDX license expression, as in 'MIT OR Apache-2.0': {str(error)[:100]}."
        yield invalid("license_expression", expression, why)


def canonical_expression(expression: str) -> str:
    """
    Return *expression* with its identifiers spelt as SPDX does.

    Raises:
        InvalidLicenseExpression: It is not one.
    """
    if len(expression) > _LONGEST_EXPRESSION:
        raise InvalidLicenseExpression(f"it is longer than {_LONGEST_EXPRESSION} characters")
    if not expression.isascii():
        # Some other characters are ASCII once they are lower-case.
        raise InvalidLicenseExpression("identifiers are ASCII")
    try:
        return canonicalize_license_expression(expression)
    except (RecursionError, MemoryError):
        raise InvalidLicenseExpression("it is nested too deeply") from None


def license_file_problems(paths: Iterable[str]) -> Iterator[Problem]:
    """Yield what is wrong with the paths of License-File, but for whether the files are there."""
    for path in paths:
        if why := _why_no_path(path):
            yield invalid("license_file", path, why)


def _why_no_path(path: str) -> str:
    if "\\" in path:
        return "Separate folders by '/'."
    if path.startswith("/") or _DRIVE.match(path):
        return "Use a path that is relative to the project."
    if _GLOB.search(path):
        return "Name each file by itself, without a pattern."
    if _CONTROL.search(path):
        return "Control characters are not allowed in paths."
    parts = path.split("/")
    if ".." in parts:
        return "'..' is not allowed in paths."
    if "." in parts or "" in parts:
        return "Write the path without '.' and empty parts."
    return ""
