"""What goes by ``PUT`` to the URL of a file that was announced."""

from __future__ import annotations

import httpx

from pypi_conformance.subject import Subject


def send(index: Subject, url: str, content: bytes, offset: int = 0) -> httpx.Response:
    """Send the bytes of a file from *offset* on."""
    return index.send("PUT", url, {"Upload-Offset": str(offset)}, content)


def arrived(index: Subject, url: str) -> int:
    """
    Ask how many bytes of a file have arrived.

    Raises:
        AssertionError: The index does not tell.
    """
    response = index.send("HEAD", url)
    offset = str(response.headers.get("upload-offset"))
    assert response.status_code == 204, f"HEAD is answered with {response.status_code}."
    assert offset.isdecimal(), f"HEAD is answered with Upload-Offset: {offset}."
    return int(offset)
