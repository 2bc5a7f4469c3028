"""Documentation of a release: sent as a ZIP, shown page by page."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping
from typing import Any

from pypi_api_client.address import origin
from pypi_conformance.calling import (
    ask,
    call_of,
    expect_credentials_wanted,
    offers,
    refused,
    result_of,
)
from pypi_conformance.distributions import zip_of
from pypi_conformance.publishing import Publication
from pypi_conformance.registry import Claims, Level, NotChecked
from pypi_conformance.sending import arrived, send
from pypi_conformance.subject import Subject
from pypi_conformance.trials import as_administrator, needs, new_project, next_release, publish, serial_of

claim = Claims(Level.DOCUMENTATION)

_PROTOCOL = "our protocol"
_NOT_FOUND = 1001
_VERSION = "1.0"
_FIRST = {"index.html": b"<h1>first</h1>", "page.html": b"<p>first</p>", "old/page.html": b"<p>first</p>"}
_SECOND = {"index.html": b"<h1>second</h1>", "page.html": b"<p>second</p>"}
# How often to look whether pages are unpacked, and how many seconds to rest before the next time.
_LOOKS, _REST = 240, 0.25


def is_offered(index: Subject) -> bool:
    """Return whether there is a method that takes some; without a release of our own nothing is tried."""
    if not index.options.writes:
        raise NotChecked("Without credentials nothing is published: give --token.")
    is_there = offers(index, "docs.begin")
    if is_there and index.publication is None:
        raise NotChecked("There is no release to document: check the level legacy-upload too.")
    return is_there


def _release(index: Subject) -> dict[str, object]:
    return {"name": index.sample, "version": _VERSION}


def _sent(index: Subject, archive: bytes) -> dict[str, object]:
    """Send a ZIP, and return the parameters with which it is completed."""
    said = {"size": len(archive), "sha256": hashlib.sha256(archive).hexdigest()}
    upload = result_of(index, "docs.begin", {**_release(index), **said})
    status = send(index, index.url(upload["url"]), archive).status_code
    assert status == 204, f"The bytes are answered with {status}."
    return {"upload": upload["upload"]}


def _listed(index: Subject) -> Mapping[str, Any] | None:
    """Return what `docs.list` says of our release, if anything."""
    versions = result_of(index, "docs.list", {"name": index.sample})["versions"]
    return next((each for each in versions if each["version"] == _VERSION), None)


def _documented(index: Subject, pages: Mapping[str, bytes]) -> Mapping[str, Any]:
    """Let the release have this documentation, and return what `docs.list` says when it is ready."""
    archive = zip_of(pages)
    if not (there := _ready(index, archive)):
        result_of(index, "docs.complete", _sent(index, archive))
        for _ in range(_LOOKS):
            if there := _ready(index, archive):
                break
            time.sleep(_REST)
    assert there, f"After {_LOOKS * _REST:.0f} seconds the pages are not ready."
    return there


def _ready(index: Subject, archive: bytes) -> Mapping[str, Any] | None:
    found = _listed(index)
    if found is None or found["state"] != "ready" or found["is_being_replaced"]:
        return None
    return found if found["sha256"] == hashlib.sha256(archive).hexdigest() else None


def _page(index: Subject, there: Mapping[str, Any], path: str) -> tuple[int, bytes]:
    response = index.follow("GET", index.url(there["url"]) + path)
    return response.status_code, response.content


@claim.must(
    "pages", _PROTOCOL, "The pages that were sent are shown, `index.html` at the address of the version"
)
def test_pages(index: Subject) -> None:
    there = _documented(index, _FIRST)
    for path, wanted in (("", "index.html"), ("page.html", "page.html"), ("old/page.html", "old/page.html")):
        status, content = _page(index, there, path)
        assert (status, content) == (200, _FIRST[wanted]), f"{wanted} is answered with {status}."


@claim.must("unknown-404", _PROTOCOL, "An unknown page is a 404")
def test_unknown_404(index: Subject) -> None:
    status, _content = _page(index, _documented(index, _FIRST), "nowhere.html")
    assert status == 404, f"It is answered with {status}."


@claim.must(
    "sandbox",
    _PROTOCOL,
    "Pages are of an origin of their own: of another host, or by `Content-Security-Policy: sandbox`",
)
def test_sandbox(index: Subject) -> None:
    response = index.follow("GET", index.url(_documented(index, _FIRST)["url"]))
    assert response.status_code == 200, f"The page is answered with {response.status_code}."
    assert response.headers.get("x-content-type-options") == "nosniff", "There is no nosniff."
    assert "set-cookie" not in response.headers, "It sets a cookie."
    if origin(str(response.url)) == origin(index.root):
        policy = response.headers.get("content-security-policy", "").lower()
        # Of several policies each is obeyed.
        directives = [each.split() for each in re.split("[;,]", policy)]
        sandboxes = [each for each in directives if each[:1] == ["sandbox"]]
        is_closed = any("allow-same-origin" not in each for each in sandboxes)
        assert is_closed, f"The policy is {policy!r}."


@claim.must("archive", _PROTOCOL, "The ZIP can be downloaded, as it was sent")
def test_archive(index: Subject) -> None:
    response = index.follow("GET", index.url(_documented(index, _FIRST)["archive_url"]))
    assert response.content == zip_of(_FIRST), f"It is answered with {response.status_code} and other bytes."


@claim.must("latest", _PROTOCOL, "`latest` stands for the newest version that has documentation")
def test_latest(index: Subject) -> None:
    _documented(index, _FIRST)
    found = result_of(index, "docs.list", {"name": index.sample})["latest"]
    assert found == _VERSION, f"docs.list says that it is {found!r}."
    response = index.follow("GET", index.url(f"docs/{index.sample}/latest/"))
    assert response.content == _FIRST["index.html"], f"It is answered with {response.status_code}."


@claim.must("stable", _PROTOCOL, "`stable` passes over pre-releases, and is null without another")
def test_stable(index: Subject) -> None:
    made = new_project(index)
    (_, early), (_, late) = next_release(made, "0.1rc1"), next_release(made, "1.1rc1")
    publish(index, early)
    publish(index, late)
    for version, stable in (("0.1rc1", None), ("1.0", "1.0"), ("1.1rc1", "1.0")):
        _document_release(index, made, version)
        listed = result_of(index, "docs.list", {"name": made.name})
        found = (listed["latest"], listed["stable"])
        assert found == (version, stable), f"With that of {version} latest and stable are {found}."
    response = index.follow("GET", index.url(f"docs/{made.project}/stable/"))
    assert response.content == b"1.0", f"stable is answered with {response.text[:20]!r}."


def _document_release(index: Subject, made: Publication, version: str) -> None:
    archive = zip_of({"index.html": version.encode()})
    said = {"size": len(archive), "sha256": hashlib.sha256(archive).hexdigest()}
    upload = result_of(index, "docs.begin", {"name": made.name, "version": version, **said})
    send(index, index.url(upload["url"]), archive)
    result_of(index, "docs.complete", {"upload": upload["upload"]})
    for _ in range(_LOOKS):
        versions = result_of(index, "docs.list", {"name": made.name})["versions"]
        if any(each["version"] == version and each["state"] == "ready" for each in versions):
            return
        time.sleep(_REST)
    raise AssertionError(f"After {_LOOKS * _REST:.0f} seconds the pages of {version} are not ready.")


@claim.must(
    "incomplete", _PROTOCOL, "Before all bytes have arrived nothing is published, and sending goes on"
)
def test_incomplete(index: Subject) -> None:
    made, archive = new_project(index), zip_of(_FIRST)
    said = {"size": len(archive), "sha256": hashlib.sha256(archive).hexdigest()}
    upload = result_of(index, "docs.begin", {"name": made.name, "version": "1.0", **said})
    url = index.url(upload["url"])
    send(index, url, archive[:50])
    error = refused(index, "docs.complete", {"upload": upload["upload"]})
    found = (error.get("data") or {}).get("code")
    assert found == "upload-incomplete", f"docs.complete is answered with {found}."
    status = send(index, url, archive[50:], 50).status_code
    assert status == 204, f"Then the rest is answered with {status}."
    result_of(index, "docs.complete", {"upload": upload["upload"]})


@claim.must("begin-again", _PROTOCOL, "`docs.begin` cancels an unfinished session that it began before")
def test_begin_again(index: Subject) -> None:
    made, archive = new_project(index), zip_of(_FIRST)
    said = {"size": len(archive), "sha256": hashlib.sha256(archive).hexdigest()}
    release = {"name": made.name, "version": "1.0", **said}
    first, second = (result_of(index, "docs.begin", release) for _ in range(2))
    status = send(index, index.url(first["url"]), archive).status_code
    assert status in {404, 409}, f"Bytes for the first are answered with {status}."
    status = send(index, index.url(second["url"]), archive).status_code
    assert status == 204, f"Bytes for the second are answered with {status}."


@claim.must("complete-again", _PROTOCOL, "`docs.complete` may be repeated, and changes nothing then")
def test_complete_again(index: Subject) -> None:
    made, archive = new_project(index), zip_of(_FIRST)
    said = {"size": len(archive), "sha256": hashlib.sha256(archive).hexdigest()}
    upload = result_of(index, "docs.begin", {"name": made.name, "version": "1.0", **said})
    send(index, index.url(upload["url"]), archive)
    result_of(index, "docs.complete", {"upload": upload["upload"]})
    before = serial_of(index)
    again = result_of(index, "docs.complete", {"upload": upload["upload"]})
    assert again["version"] == "1.0", f"Then it is of the version {again['version']}."
    assert serial_of(index) == before, "The serial goes on."


@claim.must("digest", _PROTOCOL, "A ZIP with another digest than announced is refused and may be sent again")
def test_digest(index: Subject) -> None:
    made, archive = new_project(index), zip_of(_FIRST)
    said = {"size": len(archive), "sha256": hashlib.sha256(archive).hexdigest()}
    upload = result_of(index, "docs.begin", {"name": made.name, "version": "1.0", **said})
    url = index.url(upload["url"])
    status = send(index, url, archive[:-1] + b"x").status_code
    assert status == 400, f"It is answered with {status}."
    assert arrived(index, url) == 0, "Its bytes count as arrived."
    status = send(index, url, archive).status_code
    assert status == 204, f"The right one is then answered with {status}."


@claim.must("quarantine", _PROTOCOL, "Documentation is hidden while its project is quarantined")
def test_quarantine(index: Subject) -> None:
    needs(index, "project.set_status")
    made = new_project(index)
    _document_release(index, made, "1.0")
    url = index.url(f"docs/{made.project}/1.0/")
    assert index.follow("GET", url).status_code == 200, "It is not shown at first."
    as_administrator(index, "project.set_status", {"name": made.name, "status": "quarantined"})
    status = index.follow("GET", url).status_code
    assert status == 404, f"Then it is answered with {status}."


@claim.must(
    "replace",
    _PROTOCOL,
    "Other documentation replaces all pages; until then the previous ones are shown",
)
def test_replace(index: Subject) -> None:
    there = _documented(index, _FIRST)
    result_of(index, "docs.complete", _sent(index, zip_of(_SECOND)))
    _status, between = _page(index, there, "page.html")
    assert between in {_FIRST["page.html"], _SECOND["page.html"]}, "There is nothing in between."
    there = _documented(index, _SECOND)
    for path in ("index.html", "page.html"):
        assert _page(index, there, path)[1] == _SECOND[path], f"{path} is still the old one."
    status, _content = _page(index, there, "old/page.html")
    assert status == 404, f"A page that is gone is answered with {status}."


@claim.must("refusals", _PROTOCOL, "A ZIP that breaks a rule is refused whole, and what is shown stays")
def test_refusals(index: Subject) -> None:
    there = _documented(index, _FIRST)
    for what, archive in {
        "without index.html": zip_of({"page.html": b""}),
        "with a path that leads out": zip_of({**_SECOND, "../page.html": b""}),
        "with an absolute path": zip_of({**_SECOND, "/page.html": b""}),
        "that breaks off": zip_of(_SECOND)[:-30],
        "that is none": b"no ZIP",
    }.items():
        error = refused(index, "docs.complete", _sent(index, archive))
        assert error.get("code", 0) > 0, f"A ZIP {what} is answered with {error}."
        assert _page(index, there, "") == (200, _FIRST["index.html"]), f"A ZIP {what} changed what is shown."


@claim.should(
    "names-by-case",
    _PROTOCOL,
    "Pages whose names differ in case alone are pages of their own, each with its content",
)
def test_names_by_case(index: Subject) -> None:
    pages = {**_FIRST, "generated/Name.html": b"<p>class", "generated/name.html": b"<p>function"}
    there = _documented(index, pages)
    for path, content in pages.items():
        assert _page(index, there, path) == (200, content), f"{path} is missing, or has another content."


@claim.must("problems", _PROTOCOL, "All problems of a ZIP are reported, not only the first")
def test_problems(index: Subject) -> None:
    archive = zip_of({"page.html": b"", "../one.html": b"", "/two.html": b""})
    error = refused(index, "docs.complete", _sent(index, archive))
    problems = (error.get("data") or {}).get("problems", ())
    assert len(problems) > 1, f"Of three problems {len(problems)} are told."


@claim.must("unknown-project", _PROTOCOL, "Documentation of a project that is not there is refused: 1001")
def test_unknown_project(index: Subject) -> None:
    unknown = {"name": f"{index.sample}-other", "version": _VERSION, "size": 100, "sha256": "0" * 64}
    found = refused(index, "docs.begin", unknown).get("code")
    assert found == _NOT_FOUND, f"The error is {found}."


@claim.must("anonymous", _PROTOCOL, "Without credentials nothing can be sent and nothing deleted")
def test_anonymous(index: Subject) -> None:
    there = _documented(index, _FIRST)
    for method, more in (("docs.begin", {"size": 100, "sha256": "0" * 64}), ("docs.delete", {})):
        expect_credentials_wanted(index, method, {**_release(index), **more})
    status, _content = _page(index, there, "")
    assert status == 200, f"Then the page is answered with {status}."


@claim.must("delete", _PROTOCOL, "Deleted documentation is no longer shown")
def test_delete(index: Subject) -> None:
    there = _documented(index, _FIRST)
    answer = ask(index, call_of("docs.delete", _release(index)))
    assert "result" in answer, f"docs.delete is answered with {answer.get('error')}."
    status, _content = _page(index, there, "")
    assert status == 404, f"Then the page is answered with {status}."
    assert _listed(index) is None, "docs.list has it still."
