"""Every claim, option and exit code of the conformance kit stands in the reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from pypi_conformance.options import (
    PASSWORD_VARIABLE,
    TOKEN_VARIABLE,
    USERNAME_VARIABLE,
    build_parser,
)
from pypi_conformance.outcomes import Outcome
from pypi_conformance.registry import Level
from reference.claims import renewed

PAGE = (Path(__file__).parents[3] / "docs/reference/conformance.md").read_text(encoding="utf-8")


def test_the_tables_of_claims_are_current() -> None:
    assert renewed(PAGE) == PAGE, "Run make reference."


@pytest.mark.parametrize("level", Level)
def test_every_level_has_a_table(level: Level) -> None:
    assert f"\n### {level}\n" in PAGE


def test_every_option_is_described() -> None:
    options = {name for action in build_parser()._actions for name in action.option_strings}

    assert [each for each in sorted(options - {"-h", "--help"}) if f"`{each}" not in PAGE] == []


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_described(outcome: Outcome) -> None:
    assert f"\n| {outcome} | " in PAGE


@pytest.mark.parametrize("word", [TOKEN_VARIABLE, USERNAME_VARIABLE, PASSWORD_VARIABLE])
def test_every_variable_is_described(word: str) -> None:
    assert f"`{word}`" in PAGE
