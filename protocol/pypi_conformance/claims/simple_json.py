"""The Simple API as JSON: PEP 691 and the versions 1.1 to 1.4 that came after it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

from packaging.utils import InvalidName, canonicalize_name, parse_sdist_filename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from pypi_conformance.pages import HTML_TYPE, HTML_TYPES, JSON_TYPE, Listed, offered, version_of
from pypi_conformance.registry import Claims, Level
from pypi_conformance.subject import ACCEPT_HTML, Subject, is_json, media_type

claim = Claims(Level.SIMPLE_JSON)

_STATUSES = {"active", "archived", "quarantined", "deprecated"}
_UNKNOWN = "conformance-kit-no-such-project"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
# The version in which a key came: of a page, and of a file in it.
_PAGE_KEYS = {"versions": 1, "project-status": 4, "namespaces": 5}
_FILE_KEYS = {"size": 1, "upload-time": 1, "provenance": 3}
_MALFORMED = (";;,", "text/html;q=nonsense", "application/json;q=1.5", "a" * 2000, '"', "*")


def is_offered(index: Subject) -> bool:
    """Return whether the list of projects, asked for as JSON, is any JSON."""
    response = index.read(index.list_url, JSON_TYPE)
    return response.status_code == 200 and is_json(response)


def _files(index: Subject) -> list[dict[str, Any]]:
    found = index.json_page.get("files")
    assert isinstance(found, list), f"The files are {found!r}, not an array."
    return found


def _minor(index: Subject) -> int:
    return version_of(index.json_page.get("meta", {}).get("api-version"))[1]


def _since(index: Subject, minor: int) -> None:
    found = _minor(index)
    offered(found >= minor, f"The page is of version 1.{found}.")


# -------------------------------------------------------------------- negotiation


@claim.must("content-type", "PEP 691", "JSON is sent as `application/vnd.pypi.simple.v1+json`")
def test_content_type(index: Subject) -> None:
    for url in (index.list_url, index.sample_url):
        found = media_type(index.read(url, JSON_TYPE))
        assert found == JSON_TYPE, f"{url} is {found or 'without a type'}."


@claim.should("bare-content-type", "clients (devpi, proxpi)", "The type has no parameter such as `charset`")
def test_bare_content_type(index: Subject) -> None:
    found = index.read(index.sample_url, JSON_TYPE).headers.get("content-type", "")
    assert ";" not in found, f"It is {found!r}."


def _answered(index: Subject, accept: str | None) -> str:
    response = index.get(index.sample_url, accept=accept)
    assert response.status_code == 200, f"Accept: {accept} is answered with {response.status_code}."
    return media_type(response)


@claim.must("quality", "PEP 691, RFC 9110", "Of the types in `Accept` the one with the highest `q` is sent")
def test_quality(index: Subject) -> None:
    for accept, wanted in (
        (f"{JSON_TYPE}, text/html;q=0.5", {JSON_TYPE}),
        (f"text/html;q=0.01, {JSON_TYPE};q=0.9, {HTML_TYPE};q=0.2", {JSON_TYPE}),
        (f"{JSON_TYPE}; q=0.1, text/html", HTML_TYPES),
    ):
        found = _answered(index, accept)
        assert found in wanted, f"Accept: {accept} is answered with {found}."


@claim.must("quality-zero", "RFC 9110", "A type with `q=0` is not sent")
def test_quality_zero(index: Subject) -> None:
    accept = f"{JSON_TYPE};q=0, text/html;q=0.1"
    found = _answered(index, accept)
    assert found in HTML_TYPES, f"Accept: {accept} is answered with {found}."


@claim.should(
    "default", "PEP 691", "A client that accepts anything gets HTML, as clients older than JSON expect"
)
def test_default(index: Subject) -> None:
    for accept in (None, "*/*"):
        found = _answered(index, accept)
        assert found in HTML_TYPES, f"Accept: {accept} is answered with {found}."


@claim.must(
    "not-acceptable",
    "PEP 691",
    "Where no type asked for is available, the answer is 406, a choice, or another type",
)
def test_not_acceptable(index: Subject) -> None:
    response = index.get(index.sample_url, accept="application/vnd.pypi.simple.v999+json")
    found = media_type(response)
    assert response.status_code in {200, 300, 406}, f"Version 999 is answered with {response.status_code}."
    if response.status_code == 200:
        assert found in {JSON_TYPE, *HTML_TYPES}, f"Version 999 is answered with {found}."


@claim.may("latest", "PEP 691", "The version `latest` may be asked for, and the answer names the real one")
def test_latest(index: Subject) -> None:
    found = _answered(index, "application/vnd.pypi.simple.latest+json")
    assert found == JSON_TYPE, f"latest is answered with {found}."


@claim.may("format", "PEP 691", "`?format=` decides before `Accept` does")
def test_format(index: Subject) -> None:
    url = f"{index.sample_url}?format=application/vnd.pypi.simple.v1%2Bjson"
    response = index.get(url, accept="text/html")
    assert media_type(response) == JSON_TYPE, f"It is answered with {media_type(response)}."


@claim.must("malformed-accept", "RFC 9110", "An `Accept` that makes no sense does not break the server")
def test_malformed_accept(index: Subject) -> None:
    for each in _MALFORMED:
        response = index.get(index.sample_url, accept=each)
        assert response.status_code < 500, f"Accept: {each[:20]} is answered with {response.status_code}."


@claim.should("vary", "RFC 9110", "`Vary` names `Accept`, so that caches keep both forms apart")
def test_vary(index: Subject) -> None:
    found = index.read(index.sample_url, JSON_TYPE).headers.get("vary", "")
    assert {"accept", "*"} & {each.strip().lower() for each in found.split(",")}, f"Vary is {found!r}."


@claim.should("conditional", "RFC 9110", "Pages have an `ETag`, and a client that has it is answered 304")
def test_conditional(index: Subject) -> None:
    etag = index.read(index.sample_url, JSON_TYPE).headers.get("etag")
    assert etag, "The page has no ETag."
    response = index.get(index.sample_url, accept=JSON_TYPE, if_none_match=etag)
    assert response.status_code == 304, f"If-None-Match is answered with {response.status_code}."


@claim.must("etag-of-the-form", "RFC 9110", "The `ETag` of the HTML page is not that of the JSON page")
def test_etag_of_the_form(index: Subject) -> None:
    etag = index.read(index.sample_url, ACCEPT_HTML).headers.get("etag")
    offered(etag, "The page has no ETag.")
    response = index.get(index.sample_url, accept=JSON_TYPE, if_none_match=etag)
    assert response.status_code == 200, f"JSON, asked for with it, is answered {response.status_code}."


@claim.must("head", "RFC 9110", "HEAD answers as GET does, without a body")
def test_head(index: Subject) -> None:
    response = index.send("HEAD", index.sample_url, {"Accept": JSON_TYPE})
    assert response.status_code == 200, f"HEAD is answered with {response.status_code}."
    assert not response.content, "HEAD is answered with a body."
    wanted = index.read(index.sample_url, JSON_TYPE).headers.get("content-type")
    assert response.headers.get("content-type") == wanted, "HEAD names another type than GET."


@claim.must("unknown-404", "PEP 691", "An unknown project is a 404")
def test_unknown(index: Subject) -> None:
    response = index.get(index.project_url(_UNKNOWN), accept=JSON_TYPE)
    assert response.status_code == 404, f"{_UNKNOWN} is answered with {response.status_code}."


# -------------------------------------------------------------------- shape


@claim.must("api-version", "PEP 691, 629", "`meta.api-version` is a text such as `1.4`")
def test_api_version(index: Subject) -> None:
    for page in (index.json_list, index.json_page):
        version_of(page.get("meta", {}).get("api-version"))


@claim.must("version-keys", "PEP 691", "No key is there that came with a later version than the page is of")
def test_version_keys(index: Subject) -> None:
    minor = _minor(index)
    for key, since in _PAGE_KEYS.items():
        assert minor >= since or key not in index.json_page, (
            f"{key} came with 1.{since}, the page is 1.{minor}."
        )
    for file in _files(index):
        for key, since in _FILE_KEYS.items():
            assert minor >= since or key not in file, f"{key} came with 1.{since}, the page is 1.{minor}."


@claim.must("list", "PEP 691", "`projects` is an array of objects with a `name`")
def test_list(index: Subject) -> None:
    found = index.json_list.get("projects")
    assert isinstance(found, list), f"projects is {type(found).__name__}."
    for each in found:
        assert isinstance(each, dict) and isinstance(each.get("name"), str), f"An entry is {each!r}."


@claim.must("list-contains", "PEP 691", "The list has the project that is read here")
def test_list_contains(index: Subject) -> None:
    index.read_again(index.list_url, JSON_TYPE)
    names = {str(canonicalize_name(str(each.get("name")))) for each in index.json_list.get("projects", ())}
    assert index.sample in names, f"{index.sample} has a page and is not in the list."


@claim.must("name", "PEP 691", "`name` is the normalised name of the project")
def test_name(index: Subject) -> None:
    found = index.json_page.get("name")
    assert found == index.sample, f"It is {found!r}."


@claim.must("files", "PEP 691", "Each file has `filename` and `url`, which are texts")
def test_files(index: Subject) -> None:
    for each in _files(index):
        for key in ("filename", "url"):
            assert isinstance(each.get(key), str), f"{each.get('filename')} has a {key} {each.get(key)!r}."


@claim.must("hashes", "PEP 691", "Each file has `hashes`: names of algorithms and digests in lower-case hex")
def test_hashes(index: Subject) -> None:
    for each in _files(index):
        found = each.get("hashes")
        assert isinstance(found, dict), f"{each.get('filename')} has the hashes {found!r}."
        for name, digest in found.items():
            assert name == name.lower() and re.fullmatch("[0-9a-f]+", str(digest)), f"{name} is {digest!r}."


@claim.should("sha256", "PEP 691", "There is always a `sha256`")
def test_sha256(index: Subject) -> None:
    for each in _files(index):
        found = (each.get("hashes") or {}).get("sha256", "")
        assert re.fullmatch("[0-9a-f]{64}", found), f"{each.get('filename')} has none."


@claim.must("requires-python", "PEP 691", "`requires-python`, if there, is a text or null")
def test_requires_python(index: Subject) -> None:
    for each in _files(index):
        found = each.get("requires-python")
        assert found is None or isinstance(found, str), f"It is {found!r}."


@claim.must("yanked", "PEP 691, 592", "`yanked`, if there, is a boolean or a reason that is not empty")
def test_yanked(index: Subject) -> None:
    for each in _files(index):
        found = each.get("yanked", False)
        assert isinstance(found, bool) or (isinstance(found, str) and found), f"It is {found!r}."


@claim.must("core-metadata", "PEP 714", "`core-metadata`, if there, is a boolean or an object of digests")
def test_core_metadata(index: Subject) -> None:
    for each in _files(index):
        found = each.get("core-metadata", False)
        assert isinstance(found, bool) or _is_digests(found), f"It is {found!r}."


def _is_digests(found: object) -> bool:
    return isinstance(found, dict) and all(re.fullmatch("[0-9a-f]+", str(each)) for each in found.values())


@claim.should(
    "no-dist-info-metadata", "clients (pip before 23.2)", "The old key `dist-info-metadata` is not there"
)
def test_no_dist_info_metadata(index: Subject) -> None:
    for each in _files(index):
        assert "dist-info-metadata" not in each, f"{each.get('filename')} has it."


# -------------------------------------------------------------------- versions 1.1 to 1.4


@claim.must("versions", "PEP 700 (1.1)", "`versions` is an array of texts, each once")
def test_versions(index: Subject) -> None:
    _since(index, 1)
    found = index.json_page.get("versions")
    assert isinstance(found, list) and all(isinstance(each, str) for each in found), f"It is {found!r}."
    assert len({*found}) == len(found), "A version is there twice."


@claim.must("versions-complete", "PEP 700 (1.1)", "The version of each file is among `versions`")
def test_versions_complete(index: Subject) -> None:
    _since(index, 1)
    versions = {_parsed(each) for each in index.json_page.get("versions", ())}
    for each in _files(index):
        found = _version_of_file(str(each.get("filename")))
        assert found is None or found in versions, f"{found} of {each['filename']} is not."


def _parsed(version: object) -> Version | None:
    try:
        return Version(str(version))
    except InvalidVersion:
        return None


def _version_of_file(filename: str) -> Version | None:
    try:
        return (parse_wheel_filename if filename.endswith(".whl") else parse_sdist_filename)(filename)[1]
    except (ValueError, InvalidName, InvalidVersion):
        return None


@claim.must("size", "PEP 700 (1.1)", "Each file has a `size`, an integer")
def test_size(index: Subject) -> None:
    _since(index, 1)
    for each in _files(index):
        found = each.get("size")
        assert type(found) is int and found >= 0, f"That of {each.get('filename')} is {found!r}."


@claim.must("upload-time", "PEP 700 (1.1)", "`upload-time`, if there, is UTC: `2026-01-31T12:00:00.123456Z`")
def test_upload_time(index: Subject) -> None:
    found = [each["upload-time"] for each in _files(index) if each.get("upload-time") is not None]
    offered(found, "No file has a time.")
    for each in found:
        assert isinstance(each, str) and _TIME.fullmatch(each), f"It is {each!r}."


@claim.should("upload-time-always", "clients (pip, uv)", "Each file has an `upload-time`")
def test_upload_time_always(index: Subject) -> None:
    for each in _files(index):
        assert each.get("upload-time"), f"{each.get('filename')} has none."


@claim.must("provenance", "PEP 740 (1.3)", "`provenance`, if there, is null or an absolute https URL")
def test_provenance(index: Subject) -> None:
    found = [each["provenance"] for each in _files(index) if each.get("provenance") is not None]
    offered(found, "No file has a provenance.")
    for each in found:
        assert isinstance(each, str) and urlsplit(each).scheme == "https", f"It is {each!r}."


@claim.must(
    "project-status",
    "PEP 792 (1.4)",
    "`project-status`, if there, is an object with one of the four statuses",
)
def test_project_status(index: Subject) -> None:
    found = index.json_page.get("project-status")
    offered(found is not None, "The page has no status.")
    assert isinstance(found, dict) and found.get("status") in _STATUSES, f"It is {found!r}."
    assert isinstance(found.get("reason", ""), str), f"The reason is {found.get('reason')!r}."


# -------------------------------------------------------------------- consistency


@claim.must("agreement", "PEP 691", "The HTML page lists the same files with the same data")
def test_agreement(index: Subject) -> None:
    page = index.read(index.sample_url, ACCEPT_HTML)
    offered(page.status_code == 200 and not is_json(page), "The index has no HTML.")
    in_html = {each.filename: each for each in index.html_files}
    in_json = {each.filename: each for each in index.json_files}
    assert in_html.keys() == in_json.keys(), f"Only one page has {[*in_html.keys() ^ in_json.keys()][:3]}."
    for name, file in in_json.items():
        for field in ("url", "requires_python", "yanked", "metadata"):
            _agree(name, field, in_html[name], file)
        digests = {*in_html[name].hashes.items()}
        assert digests <= {*file.hashes.items()}, f"{name} has other digests in HTML."


def _agree(name: str, field: str, in_html: Listed, in_json: Listed) -> None:
    one, other = getattr(in_html, field), getattr(in_json, field)
    if field == "metadata" and one is not None and other is not None:
        # HTML has room for one digest, JSON for several; either may say no more than that they are there.
        assert not other or one.items() <= other.items(), f"{name} has other metadata digests in HTML."
        return
    assert one == other, f"{name} has the {field} {one!r} in HTML and {other!r} in JSON."


@claim.should("slash-redirect", "PEP 503", "A redirect to the address with the slash keeps the JSON")
def test_slash_redirect(index: Subject) -> None:
    url = index.sample_url.rstrip("/")
    response = index.get(url, accept=JSON_TYPE)
    assert response.has_redirect_location, f"{url} answers {response.status_code}."
    found = urljoin(url, response.headers["location"])
    assert media_type(index.read(found, JSON_TYPE)) == JSON_TYPE, f"{found} is not JSON."


@claim.may(
    "serials",
    "clients (bandersnatch, devpi)",
    "Pages say their serial in `X-PyPI-Last-Serial`, and lists in `_last-serial`",
)
def test_serials(index: Subject) -> None:
    header = index.read(index.sample_url, JSON_TYPE).headers.get("x-pypi-last-serial", "")
    assert header.isdecimal(), f"X-PyPI-Last-Serial is {header!r}."
    for each in index.json_list["projects"]:
        assert type(each.get("_last-serial")) is int, f"{each.get('name')} has none in the list."
