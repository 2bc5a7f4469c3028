"""A file that the server has to read from its store and send itself."""

from __future__ import annotations

from functools import partial
from typing import Any

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_core.domain.blob_keys import BlobKey
from pypi_core.ports.blobs import BlobLocation, Streamed

WHEEL = build_wheel("sample", "1.0")
DIGEST = WHEEL.blake2_256
PATH = f"/packages/{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST[4:]}/{WHEEL.filename}"


def test_a_streamed_file_is_sent_whole_and_in_part(wire: Any, memory: InMemorySite) -> None:
    memory.publish(memory.actor("alice"), WHEEL)
    blobs = memory.blobs

    def streamed(key: BlobKey, filename: str) -> BlobLocation:
        found = blobs.find(key)
        assert found
        return Streamed(found.size, partial(blobs.open, key))

    blobs.locate = streamed  # type: ignore[method-assign]

    whole, part = wire.get(PATH), wire.get(PATH, {"range": "bytes=2-5"})
    metadata = wire.get(f"{PATH}.metadata")

    assert (whole.status, whole.body) == (200, WHEEL.content)
    assert (part.status, part.body) == (206, WHEEL.content[2:6])
    assert (metadata.status, metadata.body[:17]) == (200, b"Metadata-Version:")
