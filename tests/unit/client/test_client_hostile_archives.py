"""Archives of an index that means harm, which a client looks into for their metadata."""

from __future__ import annotations

import gzip
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import httpx
import pytest

from pypi_api_client import Client
from pypi_api_client.archives import read_metadata
from pypi_api_client.errors import InvalidDistribution, NotSpoken
from pypi_protocol.records.search import SearchPage
from pypi_resolution.target import parse_target

pytestmark = pytest.mark.slow

MIB = 1024 * 1024


def refusal_of(path: Path, most: int = 48 * MIB) -> str:
    """Return why the metadata of *path* are not read, at little cost."""
    tracemalloc.start()
    try:
        with pytest.raises(InvalidDistribution) as caught:
            read_metadata(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < most
    assert len(str(caught.value)) < 1000
    return str(caught.value)


def compressed(path: Path, header: bytes, zeros: int) -> Path:
    """Write *header* and so many MiB of nothing."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    with path.open("wb") as stream:
        stream.write(deflater.compress(header))
        for _ in range(zeros):
            stream.write(deflater.compress(bytes(MIB)))
        stream.write(deflater.flush())
    return path


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.XGLTYPE])
def test_a_huge_member_header_is_not_read(tmp_path: Path, kind: bytes) -> None:
    member = tarfile.TarInfo("long")
    member.type, member.size = kind, 256 * MIB

    path = compressed(tmp_path / "foo-1.0.tar.gz", member.tobuf(tarfile.USTAR_FORMAT), 256)

    assert "a header of more than 16 MiB" in refusal_of(path)


def test_the_search_through_members_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "foo-1.0.tar.gz"
    one = tarfile.TarInfo("foo-1.0/x").tobuf(tarfile.USTAR_FORMAT)
    with gzip.open(path, "wb", compresslevel=1) as stream:
        for _ in range(101):
            stream.write(one * 1000)

    assert "among its first 100000 members" in refusal_of(path, most=16 * MIB)


def test_a_member_with_a_huge_size_is_not_skipped(tmp_path: Path) -> None:
    member = tarfile.TarInfo("foo-1.0/x")
    member.size = 3 * 1024**3
    path = compressed(tmp_path / "foo-1.0.tar.gz", member.tobuf(tarfile.GNU_FORMAT), 1)

    assert "no PKG-INFO in its first 2147483648 bytes" in refusal_of(path)


def test_a_huge_list_of_members_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "foo-1.0-py3-none-any.whl"
    with path.open("wb") as stream:
        stream.write(bytes(32 * MIB))
        stream.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, 32 * MIB, 0, 0))

    assert "list of members of foo-1.0-py3-none-any.whl is larger than 16 MiB" in refusal_of(path, most=MIB)


def test_unpacked_metadata_in_a_wheel_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "foo-1.0-py3-none-any.whl"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("foo-1.0.dist-info/METADATA", "w", force_zip64=True) as member,
    ):
        for _ in range(64):
            member.write(bytes(MIB))

    assert "larger than 16 MiB" in refusal_of(path, most=MIB)


@pytest.mark.parametrize("requires_python", [">=" + "9" * 50_000, "~=3." + "1" * 50_000, "x" * 50_000])
def test_an_unreadable_requires_python_excludes_nothing(requires_python: str) -> None:
    assert parse_target("3.12", (), (), None).takes_python(requires_python)


def test_a_hit_with_an_unreadable_version_is_kept() -> None:
    version = "1" * 50_000
    hit = (
        f"<struct><member><name>name</name><value><string>foo</string></value></member>"
        f"<member><name>version</name><value><string>{version}</string></value></member></struct>"
    )
    found = search_answered(f"<array><data><value>{hit}</value><value>{hit}</value></data></array>")

    assert [each.name for each in found.hits] == ["foo"]


@pytest.mark.parametrize(
    "value",
    [
        "<int>" + "9" * 50_000 + "</int>",
        "<array><data>" * 20_000,
        "<array><data>" + "<value/>" * 1_100_000 + "</data></array>",
        "<double>1e999999</double>",
        "<dateTime.iso8601>x</dateTime.iso8601>",
        "<base64>x</base64>",
        "<struct><member><value/></member></struct>",
        "</value></param>",
    ],
    ids=["digits", "deep", "many", "double", "date", "base64", "member", "ends"],
)
def test_a_senseless_answer_of_xml_rpc_is_ignored(value: str) -> None:
    with pytest.raises(NotSpoken):
        search_answered(value)


def test_entities_are_not_resolved() -> None:
    declared = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'

    with pytest.raises(NotSpoken):
        search_answered("<string>&b;</string>", declared)


def search_answered(value: str, declared: str = "") -> SearchPage:
    body = (
        f'<?xml version="1.0"?>{declared}<methodResponse><params><param><value>{value}</value>'
        "</param></params></methodResponse>"
    )

    def handle(request: httpx.Request) -> httpx.Response:
        is_xml = request.headers.get("content-type") == "text/xml"
        return httpx.Response(200, text=body) if is_xml else httpx.Response(404)

    with Client("https://index.example/", transport=httpx.MockTransport(handle)) as client:
        return client.search("foo")
