"""Fuzz the reading of core metadata: nothing but `Invalid` may be raised."""

from __future__ import annotations

from itertools import chain

from tests.fuzz.fuzzing import instrumented, run

with instrumented("pypi_core"):
    from pypi_core.domain.metadata import parse_metadata
    from pypi_core.domain.rules import LENIENT, PUBLIC
    from pypi_core.errors import Invalid

from tests.fuzz import costly, seeds


def strictly(data: bytes) -> None:
    """Read *data* as METADATA by the rules of a public index."""
    try:
        parse_metadata(data, PUBLIC)
    except Invalid as error:
        assert len(str(error)) < 100_000


def leniently(data: bytes) -> None:
    """Read *data* as METADATA by rules that allow everything an index can allow."""
    try:
        parse_metadata(data, LENIENT)
    except Invalid as error:
        assert len(str(error)) < 100_000


if __name__ == "__main__":
    run(
        {
            b"p": (strictly, lambda: chain(seeds.metadata(), costly.metadata())),
            b"l": (leniently, lambda: chain(seeds.metadata(), costly.metadata())),
        }
    )
