"""Errors over HTTP: the reference agrees with the answers, and nothing is told that should not be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pypi_core import errors
from pypi_core.errors import PackageIndexError
from pypi_http_api.problems import STATUSES, Family, status_of

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "errors.md"
FAMILIES = [line.split("|")[1:-1] for line in REFERENCE.read_text(encoding="utf-8").splitlines()
            if re.match(r"\| [a-z ]+ \| .*\| \d{3} \| \d{3} \|\Z", line)]  # fmt: skip


def family_error(name: str) -> type[PackageIndexError]:
    error = getattr(errors, name.title().replace(" ", ""))
    assert isinstance(error, type)
    assert issubclass(error, PackageIndexError)
    return error


def test_the_reference_names_every_family() -> None:
    assert {family_error(row[0].strip()) for row in FAMILIES} == set(PackageIndexError.__subclasses__())


@pytest.mark.parametrize("row", FAMILIES, ids=lambda row: row[0].strip())
def test_the_reference_shows_the_status_of_each_family(row: list[str]) -> None:
    name, _what_to_do, http, legacy_upload = (each.strip() for each in row)

    for family in (Family.SIMPLE, Family.JSON):
        assert status_of(family_error(name), family) == int(http)
    assert status_of(family_error(name), Family.UPLOAD) == int(legacy_upload)


def test_the_reference_lists_exceptions_from_the_families() -> None:
    page = REFERENCE.read_text(encoding="utf-8")
    exceptions = page.partition("Some errors differ from their family")[2].partition("\n|")[0]
    named = {*re.findall(r"`([a-z-]+)`", exceptions)}

    families = {PackageIndexError, *PackageIndexError.__subclasses__()}
    assert named == {error.code for table in STATUSES.values() for error in table if error not in families}
