"""The bytes of upload sessions over HTTP: `PUT /upload/SESSION/FILE` with `Upload-Offset`."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from pypi_contracts.assembly import TEST_INDEX
from pypi_contracts.builders import BuiltDistribution, build_wheel
from pypi_core.domain.accounts import Actor, TokenCredentials
from pypi_core.domain.names import parse_display_name
from pypi_core.domain.upload_sessions import DeclaredFile, UploadSessionId
from pypi_core.domain.versions import parse_version

if TYPE_CHECKING:
    from tests.unit.http.conftest import Answer, Wire

WHEEL = build_wheel("sample", "1.0")
SIZE = len(WHEEL.content)


def alice(wire: Wire) -> Actor:
    return wire.memory.site.authenticate(TokenCredentials(wire.token))


def begin(wire: Wire, wheel: BuiltDistribution = WHEEL, version: str = "1.0") -> UploadSessionId:
    declared = DeclaredFile(filename=wheel.filename, size=len(wheel.content), sha256=wheel.sha256)
    name = parse_display_name(wheel.filename.split("-")[0])
    overview = wire.memory.index.begin_upload(alice(wire), name, parse_version(version), [declared])
    return overview.session.id


def put(
    wire: Wire,
    session: UploadSessionId,
    body: bytes | list[bytes],
    offset: int | str | None = None,
    *,
    wheel: BuiltDistribution = WHEEL,
    leaves: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    sent = {**wire.basic("__token__", wire.token), **(headers or {})}
    if offset is not None:
        sent["upload-offset"] = str(offset)
    return wire.request("PUT", f"/upload/{session}/{quote(wheel.filename)}", sent, body, leaves=leaves)


def test_a_file_arrives_in_one_go(wire: Wire) -> None:
    session = begin(wire)

    answer = put(wire, session, WHEEL.content)

    assert (answer.status, answer.headers["upload-offset"], answer.body) == (204, str(SIZE), b"")
    wire.memory.index.publish_release(alice(wire), session)
    assert wire.get("/simple/sample/").status == 200


def test_a_file_arrives_in_pieces_of_any_size(wire: Wire) -> None:
    large = build_wheel("large", "1.0", padding=3_000_000)
    session = begin(wire, large)
    pieces = random.Random(7)
    offset = 0
    while offset < len(large.content):
        piece = large.content[offset : offset + pieces.randrange(1, 1_200_000)]
        body = [piece[at : at + 65536] for at in range(0, len(piece), 65536)]
        answer = put(wire, session, body, offset, wheel=large)
        offset += len(piece)
        assert (answer.status, answer.headers["upload-offset"]) == (204, str(offset))

    wire.memory.index.publish_release(alice(wire), session)
    assert large.sha256 in wire.get("/simple/large/").text


@pytest.mark.parametrize("arrived", [0, 1, 500, SIZE - 1, SIZE])
def test_bytes_that_arrived_before_the_connection_broke_are_kept(wire: Wire, arrived: int) -> None:
    session = begin(wire)
    put(wire, session, [WHEEL.content[:arrived]], leaves=True)

    told = wire.request("HEAD", f"/upload/{session}/{WHEEL.filename}", wire.basic("__token__", wire.token))
    assert (told.status, told.headers["upload-offset"]) == (204, str(arrived))
    assert told.headers["cache-control"] == "no-store"

    answer = put(wire, session, WHEEL.content[arrived:], arrived)
    assert (answer.status, answer.headers["upload-offset"]) == (204, str(SIZE))
    wire.memory.index.publish_release(alice(wire), session)


@pytest.mark.parametrize("offset", [None, 0, 99, 101, 10**17])
def test_bytes_for_another_place_are_refused_with_the_right_one(wire: Wire, offset: int | None) -> None:
    session = begin(wire)
    put(wire, session, WHEEL.content[:100])

    answer = put(wire, session, b"x", offset)

    assert (answer.status, answer.headers["upload-offset"]) == (409, "100")
    assert "100 bytes have arrived" in answer.phrase
    assert answer.bodies_read == 0


@pytest.mark.parametrize("offset", ["-1", "1.5", "one", "9" * 5000, "१"])
def test_an_offset_is_a_number(wire: Wire, offset: str) -> None:
    session = begin(wire)
    headers = [*wire.basic("__token__", wire.token).items()]
    if not offset.isascii():
        offset = offset.encode().decode("latin-1")

    answer = wire.request(
        "PUT", f"/upload/{session}/{WHEEL.filename}", [*headers, ("upload-offset", offset)], b"x"
    )

    assert answer.status == 400
    assert "Upload-Offset" in answer.json["message"] or "offset" in answer.json["message"]


def test_more_than_was_declared_is_refused_before_it_is_read(wire: Wire) -> None:
    session = begin(wire)

    answer = put(wire, session, WHEEL.content + b"!", headers={"content-length": str(SIZE + 1)})

    assert answer.status == 413
    assert answer.bodies_read == 0


def test_more_than_was_declared_is_refused_when_it_comes(wire: Wire) -> None:
    session = begin(wire)

    assert put(wire, session, [WHEEL.content, b"!"]).status == 413
    # What was declared has arrived.
    assert put(wire, session, b"", SIZE).status == 204
    assert put(wire, session, b"!", SIZE).status == 413


def test_other_bytes_than_declared_begin_again(wire: Wire) -> None:
    session = begin(wire)

    answer = put(wire, session, bytes(SIZE))

    assert answer.status == 400
    assert "Upload-Offset: 0" in answer.phrase
    assert put(wire, session, WHEEL.content, 0).status == 204


def test_a_name_with_odd_characters_is_percent_encoded(wire: Wire) -> None:
    wheel = build_wheel("sample", "1!1.0+local.1")
    session = begin(wire, wheel, "1!1.0+local.1")

    assert put(wire, session, wheel.content, wheel=wheel).status == 204


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_a_request_without_credentials_is_asked_for_some(wire: Wire, method: str) -> None:
    session = begin(wire)

    answer = wire.request(method, f"/upload/{session}/{WHEEL.filename}", {}, b"x")

    assert answer.status == 401
    assert "www-authenticate" in answer.headers
    assert answer.bodies_read == 0


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_another_account_is_refused(wire: Wire, method: str) -> None:
    session = begin(wire)
    stranger = wire.basic("__token__", wire.memory.token("mallory"))

    answer = wire.request(method, f"/upload/{session}/{WHEEL.filename}", stranger, b"x")

    assert answer.status == 403
    assert answer.bodies_read == 0


@pytest.mark.parametrize(
    "path",
    [
        f"/upload/{'0' * 32}/{WHEEL.filename}",
        "/upload/unknown/other.whl",
        "/upload/%FF/%FF",
        "/upload/%00/x",
        "/upload/a/../../etc",
        "/upload/a%2fb/c",
        "/upload/a",
        "/upload/",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_other_addresses_are_404(wire: Wire, method: str, path: str) -> None:
    begin(wire)

    assert wire.request(method, path, wire.basic("__token__", wire.token), b"x").status == 404


def test_a_file_that_was_not_declared_is_not_found(wire: Wire) -> None:
    session = begin(wire)

    assert put(wire, session, b"x", wheel=build_wheel("sample", "1.1")).status == 404


def test_a_closed_session_refuses_bytes(wire: Wire) -> None:
    session = begin(wire)
    wire.memory.index.cancel_upload(alice(wire), session)

    answer = put(wire, session, WHEEL.content)

    assert answer.status == 409
    assert "cancelled" in answer.phrase
    assert answer.bodies_read == 0


def test_a_session_is_of_one_index(wire: Wire) -> None:
    declared = DeclaredFile(filename=WHEEL.filename, size=SIZE, sha256=WHEEL.sha256)
    overview = wire.memory.site.index(TEST_INDEX).begin_upload(
        alice(wire), parse_display_name("sample"), parse_version("1.0"), [declared]
    )
    target = f"/upload/{overview.session.id}/{WHEEL.filename}"
    headers = wire.basic("__token__", wire.token)

    assert wire.request("PUT", target, headers, WHEEL.content).status == 404
    assert wire.request("PUT", f"/i/test{target}", headers, WHEEL.content).status == 204


def test_other_methods_are_named(wire: Wire) -> None:
    answer = wire.request("POST", f"/upload/{begin(wire)}/{WHEEL.filename}", {}, b"x")

    assert answer.status == 405
    assert answer.headers["allow"].replace("OPTIONS, ", "") == "GET, HEAD, PUT"
