"""The Simple API as HTML: PEP 503 and what was added to it until it was frozen."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET

from packaging.utils import canonicalize_name

from pypi_api_client.address import origin
from pypi_conformance.distributions import REQUIRES_PYTHON
from pypi_conformance.pages import (
    HTML_TYPES,
    Anchor,
    Listed,
    last_part,
    listed_in_html,
    offered,
    version_of,
)
from pypi_conformance.registry import Claims, Level
from pypi_conformance.subject import ACCEPT_ANY, ACCEPT_HTML, Subject, is_json, media_type

claim = Claims(Level.SIMPLE_HTML)

_STATUSES = {"active", "archived", "quarantined", "deprecated"}
_UNKNOWN = "conformance-kit-no-such-project"
_NO_NAMES = ("%2e%2e", "..%2f..%2fetc", "-conformance", "conformance%00", "/other.example", "%3Cb%3E")


def is_offered(index: Subject) -> bool:
    """Return whether the list of projects, asked for as HTML, is something that is not JSON."""
    response = index.read(index.list_url, ACCEPT_HTML)
    return response.status_code == 200 and not is_json(response)


def _file_anchors(index: Subject) -> list[Anchor]:
    return list(index.html_page.anchors)


def _attributes(index: Subject, *names: str) -> list[str]:
    return [
        value or ""
        for anchor in _file_anchors(index)
        for name, value in anchor.attributes.items()
        if name in names
    ]


# -------------------------------------------------------------------- list of projects


@claim.must("content-type", "PEP 691", "Pages are `text/html`, or the HTML type of version 1")
def test_content_type(index: Subject) -> None:
    found = media_type(index.read(index.list_url, ACCEPT_HTML))
    assert found in HTML_TYPES, f"The list of projects is {found or 'without a type'}."


@claim.must("html5", "PEP 503", "Pages begin with the document type of HTML 5")
def test_html5(index: Subject) -> None:
    found = index.html_list.declaration
    assert found.lower() == "doctype html", f"The list of projects begins with {found!r}."


@claim.must("list-links", "PEP 503", "Each link of the list leads to the page of the normalised name")
def test_list_links(index: Subject) -> None:
    for anchor in index.html_list.anchors:
        found = last_part(anchor.url.rstrip("/"))
        assert found == canonicalize_name(anchor.text), f"The link of {anchor.text!r} leads to {anchor.url}."


@claim.must("list-slash", "PEP 503", "The links of the list end with a slash")
def test_list_slash(index: Subject) -> None:
    for anchor in index.html_list.anchors:
        assert urlsplit(anchor.url).path.endswith("/"), f"The link of {anchor.text!r} does not end with '/'."


@claim.must("list-contains", "PEP 503", "The list has the project that is read here")
def test_list_contains(index: Subject) -> None:
    # Not by links that were read: of a long list those are only the first.
    text = index.read_again(index.list_url, ACCEPT_HTML).text
    found = re.search(rf"""["'/=]{re.escape(index.sample)}/?["'\s>]""", text)
    assert found, f"{index.sample} has a page and no link in the list."


@claim.should("repository-version", "PEP 629", "Pages have the meta element `pypi:repository-version`")
def test_repository_version(index: Subject) -> None:
    assert "pypi:repository-version" in index.html_list.metas, "The list of projects has none."
    assert "pypi:repository-version" in index.html_page.metas, "The page of a project has none."


@claim.must("repository-version-form", "PEP 629", "`pypi:repository-version` is `1.N`")
def test_repository_version_form(index: Subject) -> None:
    found = index.html_list.metas.get("pypi:repository-version")
    offered(found is not None, "The pages have no version.")
    version_of(found)


# -------------------------------------------------------------------- addresses


@claim.should(
    "slash-redirect", "PEP 503", "A page's address without the slash is redirected to the one with it"
)
def test_slash_redirect(index: Subject) -> None:
    url = index.sample_url.rstrip("/")
    response = index.get(url, accept=ACCEPT_HTML)
    assert response.has_redirect_location, f"{url} answers {response.status_code}."
    found = urljoin(url, response.headers["location"])
    assert found == index.sample_url, f"{url} redirects to {found}."


@claim.may(
    "redirect-not-normalised", "PEP 503", "Another spelling of a name is redirected to the normalised one"
)
def test_redirect_not_normalised(index: Subject) -> None:
    url = index.project_url(_other_spelling(index.sample))
    response = index.get(url, accept=ACCEPT_HTML)
    assert response.has_redirect_location, f"{url} answers {response.status_code}."
    found = urljoin(url, response.headers["location"])
    assert found == index.sample_url, f"{url} redirects to {found}."


def _other_spelling(name: str) -> str:
    return name.upper().replace("-", "__") if name.upper() != name else name.replace("-", "__")


@claim.must("unknown-404", "PEP 503", "An unknown project is a 404")
def test_unknown(index: Subject) -> None:
    response = index.get(index.project_url(_UNKNOWN), accept=ACCEPT_HTML)
    where = f" to {response.headers['location']}" if response.has_redirect_location else ""
    assert response.status_code == 404, f"{_UNKNOWN} is answered with {response.status_code}{where}."


@claim.must(
    "no-name", "this project", "A path that cannot be a name is refused, and not redirected to another host"
)
def test_no_name(index: Subject) -> None:
    for each in _NO_NAMES:
        response = index.get(f"{index.list_url}{each}/", accept=ACCEPT_HTML)
        found = urljoin(str(response.url), response.headers.get("location", ""))
        assert response.status_code < 500, f"{each!r} is answered with {response.status_code}."
        assert origin(found) == origin(index.root), f"{each!r} redirects to {found}."
        assert response.status_code != 200, f"{each!r} has a page."


@claim.must("head", "RFC 9110", "HEAD answers as GET does, without a body")
def test_head(index: Subject) -> None:
    response = index.send("HEAD", index.sample_url, {"Accept": ACCEPT_HTML})
    assert response.status_code == 200, f"HEAD is answered with {response.status_code}."
    assert not response.content, "HEAD is answered with a body."
    wanted = index.read(index.sample_url, ACCEPT_HTML).headers.get("content-type")
    found = response.headers.get("content-type")
    assert found == wanted, f"HEAD says the type is {found}, GET {wanted}."


@claim.should("conditional", "RFC 9110", "Pages have an `ETag`, and a client that has it is answered 304")
def test_conditional(index: Subject) -> None:
    etag = index.read(index.sample_url, ACCEPT_HTML).headers.get("etag")
    assert etag, "The page has no ETag."
    response = index.get(index.sample_url, accept=ACCEPT_HTML, if_none_match=etag)
    assert response.status_code == 304, f"If-None-Match is answered with {response.status_code}."
    other = index.get(index.sample_url, accept=ACCEPT_HTML, if_none_match='"another"')
    assert other.status_code == 200, f"Another ETag is answered with {other.status_code}."


# -------------------------------------------------------------------- pages of projects


@claim.must("file-names", "PEP 503", "The text of a file's link is the last part of its URL")
def test_file_names(index: Subject) -> None:
    for each in listed_in_html(index.html_page):
        found = last_part(each.url)
        assert found == each.filename, f"The link {each.filename!r} leads to a file {found!r}."


@claim.should("digests", "PEP 503", "The URL of a file ends with its digest, `#sha256=…`")
def test_digests(index: Subject) -> None:
    for each in index.html_files:
        assert _is_sha256(each), f"The link of {each.filename} has no sha256."


def _is_sha256(file: Listed) -> bool:
    return re.fullmatch("[0-9a-f]{64}", file.hashes.get("sha256", "")) is not None


@claim.should("requires-python", "PEP 503", "A file's `Requires-Python` is in `data-requires-python`")
def test_requires_python(index: Subject) -> None:
    offered(index.publication, "Only of files that the kit published is it known what they require.")
    for each in index.html_files:
        found = each.requires_python
        assert found is not None, f"The link of {each.filename} does not say that it needs {REQUIRES_PYTHON}."
        assert {*found.replace(" ", "").split(",")} == {*REQUIRES_PYTHON.split(",")}, (
            f"The link of {each.filename} says that it needs {found!r}, not {REQUIRES_PYTHON!r}."
        )


@claim.must("requires-python-escaped", "PEP 503", "`<` and `>` in `data-requires-python` are escaped")
def test_requires_python_escaped(index: Subject) -> None:
    found = [each for each in _file_anchors(index) if each.attributes.get("data-requires-python")]
    offered(found, "No link has data-requires-python.")
    for each in found:
        assert not re.search(r"[<>]", each.source[1:-1]), f"The link of {each.text} has them bare."


@claim.may("core-metadata", "PEP 658, 714", "Links of wheels have `data-core-metadata`")
def test_core_metadata(index: Subject) -> None:
    wheels = [each for each in _file_anchors(index) if each.text.endswith(".whl")]
    offered(wheels, "There is no wheel.")
    for each in wheels:
        assert "data-core-metadata" in each.attributes, f"The link of {each.text} has none."


@claim.must(
    "core-metadata-form", "PEP 658, 714", "`data-core-metadata` is `true` or a digest such as `sha256=…`"
)
def test_core_metadata_form(index: Subject) -> None:
    found = _attributes(index, "data-core-metadata", "data-dist-info-metadata")
    offered(found, "No link has core metadata.")
    for each in found:
        assert re.fullmatch(r"true|false|[a-z0-9_]+=[0-9a-f]+", each), f"A link has {each!r}."


@claim.must("core-metadata-alias", "PEP 714", "`data-dist-info-metadata`, if there too, says the same")
def test_core_metadata_alias(index: Subject) -> None:
    both = [
        each.attributes
        for each in _file_anchors(index)
        if {"data-core-metadata", "data-dist-info-metadata"} <= {*each.attributes}
    ]
    offered(both, "No link has both.")
    for each in both:
        assert each["data-core-metadata"] == each["data-dist-info-metadata"], "They differ."


@claim.must("signature-form", "PEP 503", "`data-gpg-sig` is `true` or `false`")
def test_signature_form(index: Subject) -> None:
    found = _attributes(index, "data-gpg-sig")
    offered(found, "No link has data-gpg-sig.")
    assert {*found} <= {"true", "false"}, f"A link has {found[0]!r}."


@claim.must("project-status-form", "PEP 792", "`pypi:project-status` is one of the four statuses")
def test_project_status_form(index: Subject) -> None:
    found = index.html_page.metas.get("pypi:project-status")
    offered(found is not None, "The page has no status.")
    assert found in _STATUSES, f"The status is {found!r}."


@claim.should("anchors-as-xml", "clients (dependabot)", "Each link can be read as XML too")
def test_anchors_as_xml(index: Subject) -> None:
    for each in _file_anchors(index):
        try:
            ET.fromstring(f"{each.source}</a>")  # noqa: S314 - no document: one start tag
        except ET.ParseError as error:
            raise AssertionError(f"The link of {each.text} cannot: {error}.") from error


@claim.should("cross-origin", "clients (micropip)", "Public pages may be read by scripts of other origins")
def test_cross_origin(index: Subject) -> None:
    response = index.send(
        "GET", index.sample_url, {"Accept": ACCEPT_ANY, "Origin": "https://other.example"}, anonymous=True
    )
    offered(response.status_code == 200, "The index is private.")
    found = response.headers.get("access-control-allow-origin")
    assert found == "*", f"Access-Control-Allow-Origin is {found!r}."
