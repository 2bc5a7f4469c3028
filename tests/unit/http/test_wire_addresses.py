"""Addresses that can be made up: of files by their names, and of their provenance."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_core.domain.accounts import OPERATOR

if TYPE_CHECKING:
    from tests.unit.http.conftest import Wire

WHEEL = build_wheel("Foo.Bar", "1!2.0", tag="py2.py3-none-any")
SDIST = build_sdist("Foo.Bar", "1!2.0")


@pytest.fixture
def filled(wire: Wire) -> Wire:
    wire.memory.publish(OPERATOR, WHEEL)
    wire.memory.publish(OPERATOR, SDIST)
    return wire


@pytest.mark.parametrize(
    ("path", "file", "ending"),
    [
        ("/packages/source/f/foo-bar/foo_bar-1!2.0.tar.gz", SDIST, ""),
        ("/packages/source/F/Foo.Bar/foo_bar-1!2.0.tar.gz", SDIST, ""),
        ("/packages/py2.py3/f/foo-bar/foo_bar-1%212.0-py2.py3-none-any.whl", WHEEL, ""),
        ("/packages/py2.py3/f/foo-bar/foo_bar-1%212.0-py2.py3-none-any.whl.metadata", WHEEL, ".metadata"),
    ],
)
def test_a_file_is_found_by_its_name(filled: Wire, path: str, file: BuiltDistribution, ending: str) -> None:
    answer = filled.get(path)

    digest = file.blake2_256
    folder = f"/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/"
    assert answer.status == 302
    assert answer.headers["location"] == folder + quote(file.filename + ending)


@pytest.mark.parametrize(
    "path",
    [
        "/packages/source/x/foo-bar/foo_bar-1!2.0.tar.gz",
        "/packages/py3/f/foo-bar/foo_bar-1!2.0.tar.gz",
        "/packages/source/f/foo-baz/foo_bar-1!2.0.tar.gz",
        "/packages/source/f/foo-bar/foo_bar-3.0.tar.gz",
        "/packages/source/f/foo-bar/nonsense",
        "/packages/source/%0d/%0d/%0d.tar.gz",
    ],
)
def test_a_name_that_does_not_fit_is_not_found(filled: Wire, path: str) -> None:
    assert filled.get(path).status == 404


def test_another_index_is_asked_for_its_own_files(filled: Wire) -> None:
    filled.memory.publish(OPERATOR, SDIST, filled.memory.site.index("test"))  # type: ignore[arg-type]

    answer = filled.get("/i/test/packages/source/f/foo-bar/foo_bar-1!2.0.tar.gz")

    assert answer.headers["location"].startswith("/i/test/packages/")


PROVENANCE = f"/integrity/foo-bar/1!2.0/{WHEEL.filename}/provenance"


@pytest.mark.parametrize(
    "accept",
    ["application/vnd.pypi.integrity.v1+json", "application/json", "*/*", "text/html, application/*;q=0.1"],
)
def test_a_file_without_attestations_has_no_provenance(filled: Wire, accept: str) -> None:
    answer = filled.get(PROVENANCE, {"accept": accept})

    assert answer.status == 404
    assert f"No provenance available for {WHEEL.filename}" in answer.text
    assert "Accept" in answer.headers["vary"]
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "accept", ["text/html", "application/json;q=0", "application/vnd.pypi.integrity.v2+json"]
)
def test_provenance_has_one_media_type(filled: Wire, accept: str) -> None:
    answer = filled.get(PROVENANCE, {"accept": accept})

    assert answer.status == 406
    assert "application/vnd.pypi.integrity.v1+json" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        f"/integrity/other/1!2.0/{WHEEL.filename}/provenance",
        f"/integrity/foo-bar/1.0/{WHEEL.filename}/provenance",
        f"/integrity/foo-bar/x/{WHEEL.filename}/provenance",
        "/integrity/foo-bar/1!2.0/missing-1.0.tar.gz/provenance",
        "/integrity/-/1!2.0/nonsense/provenance",
    ],
)
def test_provenance_of_an_unknown_file_is_not_found(filled: Wire, path: str) -> None:
    answer = filled.get(path)

    assert answer.status == 404
    assert answer.json["message"]


def test_a_private_index_reveals_neither_names_nor_provenance(filled: Wire) -> None:
    filled.make_private()

    for path in (PROVENANCE, "/packages/source/f/foo-bar/foo_bar-1!2.0.tar.gz"):
        assert filled.get(path).status == 401
