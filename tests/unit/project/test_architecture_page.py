"""The page on the architecture names files and definitions that are there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
PATHS = sorted(set(re.findall(r"`((?:[a-z_]+/)[\w/.-]+|pyproject\.toml)`", PAGE)))
# `path.py` (`Name`): the file defines it.
DEFINITIONS = re.findall(r"`([\w/]+\.py)`\s+\(`(\w+)`\)", PAGE)
ACTS = [
    "A file is published",
    "A page is rendered",
    "pip is answered from memory",
    "Somebody searches",
    "An upload session is finished",
    "A token is revoked",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_named_path_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize(("path", "name"), DEFINITIONS)
def test_a_named_definition_stands_in_its_file(path: str, name: str) -> None:
    source = (ROOT / path).read_text(encoding="utf-8")

    assert re.search(rf"^(?:class|def) {name}\b", source, re.MULTILINE)


@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_followed_through_files(act: str) -> None:
    walk = PAGE.partition(f"## {act}\n")[2].partition("\n## ")[0]

    assert len(re.findall(r"`[\w/]+\.py`", walk)) >= 3


def test_every_import_package_has_its_room() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = settings["tool"]["importlinter"]["root_packages"]

    assert [each for each in packages if each not in PAGE] == []


def test_the_layers_are_those_that_are_checked() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (direction,) = [
        each for each in settings["tool"]["importlinter"]["contracts"] if each["id"] == "direction"
    ]
    drawn = PAGE.partition("```\n")[2].partition("```")[0].splitlines()

    assert [set(re.findall(r"pypi_\w+", line)) for line in drawn] == [
        set(re.findall(r"pypi_\w+", layer)) for layer in direction["layers"]
    ]
