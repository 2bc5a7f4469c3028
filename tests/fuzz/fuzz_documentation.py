"""Fuzz the reading of ZIPs of documentation: nothing but `InvalidDocumentation` may be raised."""

from __future__ import annotations

import io
from itertools import chain

from tests.fuzz.fuzzing import instrumented, run

with instrumented("pypi_core"):
    from pypi_core.domain.archives.documentation_zips import DocumentationArchive, check_documentation
    from pypi_core.errors import InvalidDocumentation

from tests.fuzz import costly, seeds


def documentation(data: bytes) -> None:
    """Read *data* as a ZIP of documentation, and each page of one that is accepted."""
    try:
        check_documentation(io.BytesIO(data))
    except InvalidDocumentation as error:
        assert str(error)
        return
    archive = DocumentationArchive(io.BytesIO(data))
    for page in archive.pages:
        for _piece in archive.content_of(page):
            pass


if __name__ == "__main__":
    run({b"z": (documentation, lambda: chain(seeds.documentation(), seeds.wheels(), costly.zips()))})
