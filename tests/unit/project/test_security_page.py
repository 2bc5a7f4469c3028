"""The page on security names every limit with its default, and tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pypi_app.settings import Calls, ConnectionLimits, Limits, Rendering

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "explanation" / "security.md").read_text(encoding="utf-8")
GROUPS = {"limits": Limits(), "rendering": Rendering(), "connections": ConnectionLimits(), "calls": Calls()}
LIMITS = [
    (f"{group}.{name}", getattr(defaults, name))
    for group, defaults in GROUPS.items()
    for name in defaults.__struct_fields__
]
MEBIBYTE = 1024 * 1024


def spellings(default: object) -> set[str]:
    """Return how a default may be written."""
    if isinstance(default, int | float):
        plain = f"{default:g}" if default < MEBIBYTE else str(default)
        return {plain, f"{plain} s", *({f"{int(default) // MEBIBYTE} MiB"} if default >= MEBIBYTE else ())}
    return {str(default)}


@pytest.mark.parametrize(("name", "default"), LIMITS)
def test_a_limit_is_named_with_its_default(name: str, default: object) -> None:
    found = re.search(rf"`{re.escape(name)}` ([0-9/]+(?: MiB| s)?)", PAGE)

    assert found, f"{name} is not on the page"
    assert found[1] in spellings(default)


def test_a_row_of_limits_names_a_test_that_is_there() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|") and "tests/" in line]
    named = [each for line in rows for each in re.findall(r"`(tests/[\w/]+\.py)`", line)]

    assert len(rows) > 25
    assert [each for each in named if not (ROOT / each).is_file()] == []


def test_every_limit_names_a_test() -> None:
    tables = [
        line
        for line in PAGE.splitlines()
        if line.startswith("|") and re.search(r"`(?:limits|rendering|connections|calls)\.", line)
    ]

    assert [line for line in tables if "tests/" not in line] == []
