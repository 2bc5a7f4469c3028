"""Downloads: the bytes that pages promise, by the rules of HTTP."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib

import httpx

from pypi_conformance.pages import Listed, offered
from pypi_conformance.registry import Claims, Level, NotChecked
from pypi_conformance.subject import ACCEPT_ANY, Subject, listed, media_type

claim = Claims(Level.FILES)

_LARGEST_READ = 64 * 1024 * 1024
_MOST_FILES = 4
_AS_STORED = {"Accept-Encoding": "identity"}
_COMPARED = ("content-type", "content-length", "etag", "accept-ranges")


def is_offered(index: Subject) -> bool:
    """Return whether there is a project whose page lists files."""
    response = index.read(index.sample_url, ACCEPT_ANY)
    return response.status_code == 200 and bool(listed(response))


def _some(index: Subject) -> list[Listed]:
    """Return a few files, wheels and others, that are small enough to read whole."""
    small = [each for each in index.files if (each.size or 0) <= _LARGEST_READ]
    wheels = [each for each in small if each.is_wheel]
    others = [each for each in small if not each.is_wheel]
    half = _MOST_FILES // 2
    return (wheels[:half] + others[:half]) or small


def _one(index: Subject) -> Listed:
    found = _some(index)
    if not found:
        raise NotChecked("All files of the project are too large: name another with --project.")
    return found[0]


def _content(index: Subject, url: str) -> httpx.Response:
    response = index.read(url, "*/*")
    assert response.status_code == 200, f"{url} answers {response.status_code}."
    return response


def _range(index: Subject, wanted: str, **headers: str) -> httpx.Response:
    sent = {**_AS_STORED, "Range": wanted, **{each.replace("_", "-"): headers[each] for each in headers}}
    return index.follow("GET", _one(index).url, sent)


@claim.must("digest", "PEP 503", "The bytes of a file have the digests that its page lists")
def test_digest(index: Subject) -> None:
    checked = False
    for each in _some(index):
        for name, digest in each.hashes.items():
            if name not in hashlib.algorithms_guaranteed or name.startswith("shake"):
                continue
            found = hashlib.new(name, _content(index, each.url).content, usedforsecurity=False).hexdigest()
            assert found == digest.lower(), f"The {name} of {each.filename} is {found}, not {digest}."
            checked = True
    offered(checked, "The page lists no digests.")


@claim.must("size", "PEP 700", "A file is as long as its page says")
def test_size(index: Subject) -> None:
    sized = [each for each in _some(index) if each.size is not None]
    offered(sized, "The page says no sizes.")
    for each in sized:
        found = len(_content(index, each.url).content)
        assert found == each.size, f"{each.filename} has {found} bytes, not {each.size}."


@claim.must("not-encoded", "clients (pip)", "Files are sent as they are, without `Content-Encoding`")
def test_not_encoded(index: Subject) -> None:
    for each in _some(index):
        found = _content(index, each.url).headers.get("content-encoding", "identity")
        assert found == "identity", f"{each.filename} is sent as {found}."


@claim.should("content-length", "RFC 9110", "Answers with a file have a `Content-Length`")
def test_content_length(index: Subject) -> None:
    response = index.follow("GET", _one(index).url, _AS_STORED)
    assert response.status_code == 200, f"It is answered with {response.status_code}."
    found = response.headers.get("content-length")
    assert found == str(len(response.content)), f"It is {found!r}, of {len(response.content)} bytes."


@claim.should(
    "content-type", "RFC 9110", "Answers with a file have a `Content-Type` other than that of a page"
)
def test_content_type(index: Subject) -> None:
    found = media_type(_content(index, _one(index).url))
    assert found and found not in {"text/html", "application/xhtml+xml"}, f"It is {found!r}."


@claim.must("head", "RFC 9110", "HEAD answers with the same headers as GET, without a body")
def test_head(index: Subject) -> None:
    url = _one(index).url
    wanted, found = index.follow("GET", url, _AS_STORED), index.follow("HEAD", url, _AS_STORED)
    assert found.status_code == 200, f"HEAD is answered with {found.status_code}."
    assert not found.content, "HEAD is answered with a body."
    for name in _COMPARED:
        here, there = found.headers.get(name), wanted.headers.get(name)
        assert here == there, f"{name} is {here!r} by HEAD and {there!r} by GET."


@claim.should("ranges", "RFC 9110, clients (pip, uv)", "A part of a file can be asked for: 206")
def test_ranges(index: Subject) -> None:
    whole = _content(index, _one(index).url).content
    response = _range(index, "bytes=10-19")
    assert response.status_code == 206, f"It is answered with {response.status_code}."
    assert response.content == whole[10:20], "Other bytes come than were asked for."
    found = response.headers.get("content-range")
    assert found == f"bytes 10-19/{len(whole)}", f"Content-Range is {found!r}."


@claim.should("range-suffix", "RFC 9110, clients (uv)", "The last bytes can be asked for: `bytes=-22`")
def test_range_suffix(index: Subject) -> None:
    whole = _content(index, _one(index).url).content
    response = _range(index, "bytes=-22")
    assert response.status_code == 206, f"It is answered with {response.status_code}."
    assert response.content == whole[-22:], "Other bytes come than were asked for."


@claim.should("range-unsatisfiable", "RFC 9110", "A part beyond the end is a 416")
def test_range_unsatisfiable(index: Subject) -> None:
    offered(_range(index, "bytes=0-0").status_code == 206, "Parts cannot be asked for.")
    response = _range(index, "bytes=999999999999-")
    assert response.status_code == 416, f"It is answered with {response.status_code}."


@claim.must("if-range", "RFC 9110", "With an `If-Range` of another version the whole file comes")
def test_if_range(index: Subject) -> None:
    offered(_range(index, "bytes=0-0").status_code == 206, "Parts cannot be asked for.")
    response = _range(index, "bytes=10-19", if_range='"another"')
    whole = _content(index, _one(index).url).content
    assert response.status_code == 200, f"It is answered with {response.status_code}."
    assert response.content == whole, "Not the whole file comes."


@claim.must("range-bounded", "this project", "A thousand ranges in one request do not break the server")
def test_range_bounded(index: Subject) -> None:
    response = _range(index, "bytes=" + ",".join(f"{each}-{each}" for each in range(0, 2000, 2)))
    assert response.status_code in {200, 206, 416, 400, 431}, (
        f"They are answered with {response.status_code}."
    )


@claim.should("conditional", "RFC 9110", "Files have an `ETag`, and a client that has it is answered 304")
def test_conditional(index: Subject) -> None:
    url = _one(index).url
    etag = _content(index, url).headers.get("etag")
    assert etag, "The file has no ETag."
    response = index.follow("GET", url, {"If-None-Match": etag})
    assert response.status_code == 304, f"If-None-Match is answered with {response.status_code}."


@claim.may("immutable", "clients", "Files may be kept for ever: `Cache-Control: immutable`")
def test_immutable(index: Subject) -> None:
    found = _content(index, _one(index).url).headers.get("cache-control", "")
    assert "immutable" in found, f"It is {found!r}."


@claim.must("unknown-404", "RFC 9110", "An unknown file is a 404")
def test_unknown(index: Subject) -> None:
    url = re.sub(r"[^/]+$", "no_such_file-1.0.tar.gz", _one(index).url)
    response = index.follow("GET", url)
    assert response.status_code == 404, f"{url} answers {response.status_code}."


# -------------------------------------------------------------------- core metadata


def _with_metadata(index: Subject) -> list[Listed]:
    found = [each for each in _some(index) if each.metadata is not None]
    offered(found, "No file has core metadata beside it.")
    return found


@claim.must(
    "metadata", "PEP 658, 714", "A file with core metadata listed has it at its URL followed by `.metadata`"
)
def test_metadata(index: Subject) -> None:
    for each in _with_metadata(index):
        _content(index, f"{each.url}.metadata")


@claim.must("metadata-digest", "PEP 658, 714", "The metadata has the digests that the page lists")
def test_metadata_digest(index: Subject) -> None:
    for each in _with_metadata(index):
        for name, digest in (each.metadata or {}).items():
            content = _content(index, f"{each.url}.metadata").content
            found = hashlib.new(name, content, usedforsecurity=False).hexdigest()
            assert found == digest, f"The {name} of {each.filename}.metadata is {found}, not {digest}."


@claim.must("metadata-bytes", "PEP 658", "The metadata is byte for byte the METADATA in the wheel")
def test_metadata_bytes(index: Subject) -> None:
    wheels = [each for each in _with_metadata(index) if each.is_wheel]
    offered(wheels, "No wheel has core metadata beside it.")
    for each in wheels:
        wanted = _metadata_in(_content(index, each.url).content)
        found = _content(index, f"{each.url}.metadata").content
        assert found == wanted, f"{each.filename}.metadata is something else than the wheel has."


def _metadata_in(wheel: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
            names = [each for each in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", each)]
            assert names, "The wheel has no METADATA."
            return archive.read(names[0])
    except (zipfile.BadZipFile, zlib.error) as error:
        raise AssertionError(f"The wheel cannot be read: {error}.") from error
