"""Hundreds of malformed uploads: each is refused with a sentence, or is what it seems to everybody."""

from __future__ import annotations

import csv
import io
import tarfile
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from damage.malformed import (
    damaged_bytes,
    damaged_fields,
    damaged_metadata,
    damaged_sdists,
    damaged_wheels,
)
from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel

if TYPE_CHECKING:
    from tests.unit.http.conftest import Answer, Uploads

T = TypeVar("T")
UploadsTo = Callable[[InMemorySite], "Uploads"]

WHEEL = build_wheel(
    "sample", "1.0", requires_python=">=3.9", requires_dist=["click>=8"], scripts={"x": "y:z"}
)
SDIST = build_sdist("sample", "1.0", requires_python=">=3.9", requires_dist=["click>=8"])
EITHER = pytest.mark.parametrize("distribution", [WHEEL, SDIST], ids=["wheel", "sdist"])


class Target:
    """A site that gets uploads of all kinds, new after each one that it accepted."""

    def __init__(self, uploads_to: UploadsTo) -> None:
        self._uploads_to = uploads_to
        self._uploads = uploads_to(InMemorySite())
        self.refused = 0

    def upload(self, distribution: BuiltDistribution, fields: list[tuple[str, str]] | None = None) -> None:
        self.judge(self._uploads.wire.upload(distribution, fields=fields))

    def send(self, form: bytes) -> None:
        self.judge(self._uploads.wire.send_form(form))

    def judge(self, answer: Answer) -> None:
        """Find a refusal in order and without effects, or what was accepted sound."""
        assert answer.status == 200 or 400 <= answer.status < 500, (answer.status, answer.text)
        assert self._uploads.leftovers() == 0
        if answer.status == 200:
            self._read_back()
            self._uploads = self._uploads_to(InMemorySite())
            return
        self.refused += 1
        self._uploads.assert_sentence(answer)
        assert len(answer.text) > 20
        assert self._uploads.journal() == []
        assert list(self._uploads.memory.blobs.all()) == []

    def _read_back(self) -> None:
        for filename, content in self._uploads.stored().items():
            read_as_anybody_would(filename, content)


def read_as_anybody_would(filename: str, content: bytes) -> None:
    """Read every member with the standard library."""
    if filename.endswith(".tar.gz"):
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            for each in archive:
                assert each.name.partition("/")[0] == "sample-1.0"
                if each.isreg():
                    archive.extractfile(each).read()  # type: ignore[union-attr]
        return
    with zipfile.ZipFile(io.BytesIO(content)) as wheel:
        assert wheel.testzip() is None
        record = wheel.read("sample-1.0.dist-info/RECORD").decode()
        assert {row[0] for row in csv.reader(io.StringIO(record))} == set(wheel.namelist())


def try_all(cases: st.SearchStrategy[T], attempt: Callable[[T], None], *, examples: int) -> None:
    """Make *attempt* with the same *examples* each time."""

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases)
    def run(case: T) -> None:
        attempt(case)

    run()


def test_damaged_wheels_are_refused_or_sound(uploads_to: UploadsTo) -> None:
    target = Target(uploads_to)

    try_all(damaged_wheels(WHEEL), target.upload, examples=150)

    assert target.refused >= 100


def test_damaged_sdists_are_refused_or_sound(uploads_to: UploadsTo) -> None:
    target = Target(uploads_to)

    try_all(damaged_sdists(SDIST), target.upload, examples=120)

    assert target.refused >= 70


@EITHER
def test_odd_metadata_are_refused_or_sound(uploads_to: UploadsTo, distribution: BuiltDistribution) -> None:
    target, digests = Target(uploads_to), ("md5_digest", "sha256_digest", "blake2_256_digest")

    def upload(damaged: BuiltDistribution) -> None:
        honest = [each for each in distribution.form_fields() if each[0] not in digests]
        target.upload(damaged, [*honest, ("sha256_digest", damaged.sha256)])

    try_all(damaged_metadata(distribution), upload, examples=60)

    assert target.refused >= 20


def test_odd_forms_are_refused_or_published_as_declared(uploads_to: UploadsTo) -> None:
    target = Target(uploads_to)

    try_all(damaged_fields(WHEEL.form_fields()), lambda fields: target.upload(WHEEL, fields), examples=100)

    assert target.refused >= 50


def test_damaged_bodies_are_refused_or_sound(uploads_to: UploadsTo) -> None:
    target, wire = Target(uploads_to), uploads_to(InMemorySite()).wire
    form = wire.multipart(
        WHEEL.form_fields(), [wire.file_part(f'filename="{WHEEL.filename}"', WHEEL.content)]
    )

    try_all(damaged_bytes(form, 2), target.send, examples=100)

    assert target.refused >= 60
