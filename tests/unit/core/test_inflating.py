"""Members whose compressed data end before or behind where they should."""

from __future__ import annotations

import io
from itertools import islice

import pytest

from damage.raw_zips import write_zip, zip_entry
from pypi_core.domain.archives.inflating import inflate
from pypi_core.domain.archives.zip_framing import ZipFrame
from pypi_core.errors import InvalidArchive

MEBIBYTE = 1 << 20


@pytest.mark.parametrize("size", [0, 1, 100, MEBIBYTE, 8 * MEBIBYTE])
@pytest.mark.parametrize("behind", [1, 100, 60_000, 200_000])
def test_bytes_behind_the_compressed_data_are_refused(size: int, behind: int) -> None:
    entry = zip_entry("zeros", bytes(size))
    packed = entry.packed + b"x" * behind
    longer = zip_entry("zeros", bytes(size), packed=packed, packed_size=len(packed))
    frame = ZipFrame(io.BytesIO(write_zip([longer])))
    [member] = frame.walk()

    # A sound member of that size has far fewer pieces, so what goes on for ever is seen.
    with pytest.raises(InvalidArchive, match="bytes behind the compressed data"):
        list(islice(inflate(frame.data_of(member), member), 100))
