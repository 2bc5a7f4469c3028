"""Fuzz the reading of wheels, sdists and their metadata: nothing but `Invalid` may be raised."""

from __future__ import annotations

import gzip
import io

from tests.fuzz.fuzzing import instrumented, run

with instrumented("pypi_core"):
    from pypi_core.domain.descriptions import RenderedDescription
    from pypi_core.domain.distributions import inspect_distribution
    from pypi_core.domain.metadata import parse_metadata
    from pypi_core.domain.rules import LENIENT, PUBLIC
    from pypi_core.errors import Invalid

from tests.fuzz import seeds


def render(text: str, content_type: str) -> RenderedDescription:
    """Render nothing: the renderer is other people's code, in a process of its own."""
    return RenderedDescription("")


def wheel(data: bytes) -> None:
    """Read *data* as a wheel."""
    try:
        inspect_distribution(seeds.WHEEL.filename, io.BytesIO(data), PUBLIC, render)
    except Invalid as error:
        assert str(error)


def sdist(data: bytes) -> None:
    """Read *data* as an sdist."""
    try:
        inspect_distribution(seeds.SDIST.filename, io.BytesIO(data), PUBLIC, render)
    except Invalid as error:
        assert str(error)


def tar(data: bytes) -> None:
    """Read *data* as what an sdist compresses: a damaged gzip would hide most of it."""
    sdist(gzip.compress(data, 1, mtime=0))


def metadata(data: bytes) -> None:
    """Read *data* as METADATA, strictly and leniently."""
    for rules in (PUBLIC, LENIENT):
        try:
            parse_metadata(data, rules)
        except Invalid as error:
            assert str(error)


if __name__ == "__main__":
    run(
        {
            b"w": (wheel, seeds.wheels),
            b"s": (sdist, seeds.sdists),
            b"t": (tar, seeds.tars),
            b"m": (metadata, seeds.metadata),
        }
    )
