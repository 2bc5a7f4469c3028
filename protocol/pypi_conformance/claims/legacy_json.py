"""The legacy JSON of a project, which mirrors and bots read."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from pypi_conformance.pages import offered
from pypi_conformance.registry import Claims, Level
from pypi_conformance.subject import Subject, is_json

claim = Claims(Level.LEGACY_JSON)

_UNKNOWN = "conformance-kit-no-such-project"


def is_offered(index: Subject) -> bool:
    """Return whether the sample has a description in JSON."""
    response = index.read(_url(index), "application/json")
    return response.status_code == 200 and is_json(response)


def _url(index: Subject, *, version: str = "") -> str:
    return index.url(f"pypi/{index.sample}/{version + '/' if version else ''}json")


def _document(index: Subject) -> dict[str, Any]:
    document = index.read(_url(index), "application/json").json()
    assert isinstance(document, dict), "The document is not an object."
    return document


def _all_files(index: Subject) -> list[dict[str, Any]]:
    return [file for files in _document(index).get("releases", {}).values() for file in files]


@claim.must("info", "clients (bandersnatch, renovate)", "`info` has the name, the version and the summary")
def test_info(index: Subject) -> None:
    info = _document(index).get("info", {})
    for key in ("name", "version", "summary"):
        assert key in info, f"{key} is missing."


@claim.must("releases", "clients (bandersnatch, renovate)", "`releases` has the files of each version")
def test_releases(index: Subject) -> None:
    found = _document(index).get("releases")
    assert isinstance(found, dict) and found, f"It is {type(found).__name__}."
    for version, files in found.items():
        assert isinstance(files, list), f"That of {version} is {files!r}."


@claim.must("last-serial", "clients (bandersnatch)", "`last_serial` is an integer")
def test_last_serial(index: Subject) -> None:
    found = _document(index).get("last_serial")
    assert type(found) is int, f"It is {found!r}."


@claim.must(
    "files", "clients (bandersnatch)", "Files have what a mirror copies: name, URL, sha256, size, type, time"
)
def test_files(index: Subject) -> None:
    for each in _all_files(index):
        for key in ("filename", "url", "digests", "size", "packagetype", "upload_time_iso_8601", "yanked"):
            assert key in each, f"{each.get('filename')} has no {key}."
        assert "sha256" in each["digests"], f"{each['filename']} has no sha256."


@claim.must(
    "absolute-urls",
    "clients (bandersnatch)",
    "The URLs of files are absolute, and `/packages` follows the host or a folder of the index's root",
)
def test_absolute_urls(index: Subject) -> None:
    folders = urlsplit(index.root).path.split("/")[1:-1]
    # A server below a path, or with several indexes, names them as the whole index or its root serves them.
    possible = {"/".join(["", *folders[:count], "packages", ""]) for count in range(len(folders) + 1)}
    for each in _all_files(index):
        url = urlsplit(str(each.get("url")))
        begins = any(url.path.startswith(start) for start in possible)
        assert url.scheme in {"http", "https"} and begins, f"One is {each.get('url')!r}."


@claim.must("agreement", "this project", "The Simple API lists the same files with the same digests")
def test_agreement(index: Subject) -> None:
    here = {each.get("filename"): each.get("digests", {}).get("sha256") for each in _all_files(index)}
    there = {each.filename: each.hashes.get("sha256") for each in index.files}
    assert here == there, f"They differ in {sorted(map(str, {*here.items()} ^ {*there.items()}))[:2]}."


@claim.must("version", "clients", "A version has a document of its own, without `releases`")
def test_version(index: Subject) -> None:
    version = str(_document(index).get("info", {}).get("version"))
    response = index.read(_url(index, version=version), "application/json")
    assert response.status_code == 200, f"That of {version} answers {response.status_code}."
    found = response.json()
    assert found.get("info", {}).get("version") == version, "It is of another version."
    assert "releases" not in found, "It has the files of all versions."


@claim.must("unknown-404", "clients (bandersnatch)", "An unknown project is a 404")
def test_unknown(index: Subject) -> None:
    response = index.get(index.url(f"pypi/{_UNKNOWN}/json"))
    assert response.status_code == 404, f"It is answered with {response.status_code}."


@claim.should("conditional", "RFC 9110", "Documents have an `ETag`, and a client that has it is answered 304")
def test_conditional(index: Subject) -> None:
    etag = index.read(_url(index), "application/json").headers.get("etag")
    assert etag, "The document has no ETag."
    response = index.get(_url(index), accept="application/json", if_none_match=etag)
    assert response.status_code == 304, f"If-None-Match is answered with {response.status_code}."


@claim.should(
    "serial-header", "clients (bandersnatch)", "`X-PyPI-Last-Serial` says the same as `last_serial`"
)
def test_serial_header(index: Subject) -> None:
    found = index.read(_url(index), "application/json").headers.get("x-pypi-last-serial")
    offered(found is not None, "There is no such header.")
    assert found == str(_document(index).get("last_serial")), f"It is {found}."
