"""What goes by ``PUT`` to the URL of a file that was announced."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from pypi_api_client.conformance.calling import call_of, post
from pypi_api_client.conformance.subject import Subject


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


def refused(
    index: Subject, method: str, params: Mapping[str, object], *, anonymous: bool = False
) -> Mapping[str, Any]:
    """
    Call a method and return the error; what HTTP refuses for want of credentials is 1002.

    Raises:
        AssertionError: It is carried out.
    """
    response = post(index, call_of(method, params), anonymous=anonymous)
    if anonymous and response.status_code in {401, 403}:
        return {"code": 1002}
    assert response.status_code == 200, f"HTTP answers {response.status_code}."
    error: Mapping[str, Any] | None = json.loads(response.content).get("error")
    assert error is not None, f"{method} is carried out."
    return error
