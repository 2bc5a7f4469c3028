"""Attestations that a signing tool wrote beside a distribution are sent with it, as they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from pypi_api_client import Client
from pypi_api_client.attestations import attestations_beside
from pypi_api_client.errors import InvalidAttestation
from pypi_contracts.builders import build_wheel

MakeClient = Callable[..., Client]
WHEEL = build_wheel(name="foo", version="1.0")
ATTESTATION = {
    "version": 1,
    "verification_material": {"certificate": "MII=", "transparency_entries": [{"logIndex": "1"}]},
    "envelope": {"statement": "e30=", "signature": "c2ln"},
}


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / WHEEL.filename
    path.write_bytes(WHEEL.content)
    return path


def test_attestations_are_found_by_their_file_names(wheel: Path) -> None:
    for ending in ("publish.attestation", "slsa.attestation", "sig", "attestation.txt"):
        (wheel.parent / f"{wheel.name}.{ending}").touch()
    (wheel.parent / "bar-1.0-py3-none-any.whl.publish.attestation").touch()

    assert [each.name.removeprefix(wheel.name) for each in attestations_beside(wheel)] == [
        ".publish.attestation", ".slsa.attestation",
    ]  # fmt: skip


def test_attestations_are_sent_as_a_field_of_the_form(make_client: MakeClient, wheel: Path) -> None:
    (wheel.parent / "a").write_text(json.dumps(ATTESTATION))
    sent: list[bytes] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            sent.append(request.read())
        return httpx.Response(200 if request.url.path == "/legacy/" else 404)

    client = make_client("https://index.example/", transport=httpx.MockTransport(handle))
    client.upload(wheel, attestations=[wheel.parent / "a"])

    [body] = sent
    field = body.split(b'name="attestations"\r\n\r\n')[1].partition(b"\r\n")[0]
    assert json.loads(field) == [ATTESTATION]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not a JSON object"),
        (b"[1]", "not a JSON object"),
        (b"[" * 100_000, "not a JSON object"),
        (b"\xff", "not a JSON object"),
        (json.dumps({**ATTESTATION, "version": 2}).encode(), "not an attestation of version 1"),
        (b'{"version": 1}', "not an attestation of version 1"),
        (b" " * (1024 * 1024 + 1), "is larger than"),
        (None, "cannot be read"),
    ],
    ids=["empty", "list", "deep", "no text", "version", "members", "large", "missing"],
)
def test_an_invalid_attestation_is_not_sent(
    make_client: MakeClient, wheel: Path, content: bytes | None, why: str
) -> None:
    if content is not None:
        (wheel.parent / "a").write_bytes(content)

    def handle(_request: httpx.Request) -> httpx.Response:
        raise AssertionError("Something was sent.")

    client = make_client("https://index.example/", transport=httpx.MockTransport(handle))
    with pytest.raises(InvalidAttestation, match=why):
        client.upload(wheel, attestations=[wheel.parent / "a"])
