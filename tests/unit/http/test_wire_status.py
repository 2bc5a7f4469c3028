"""What a project's status does to every address of it, from the very next request on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.entities import ProjectStatus, Status, Yank
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.versions import parse_version
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_web import frontend

NAME = NormalizedName("sample")
WHEEL = build_wheel("sample", "1.0", description="Follow this link", summary="Says hello")
NEXT = build_wheel("sample", "1.1")
JSON = {"accept": "application/vnd.pypi.simple.v1+json"}
HTML = {"accept": "application/vnd.pypi.simple.v1+html"}
HOSTILE = '"><script>alert(1)</script>'

_DIGEST = WHEEL.blake2_256
FILE = f"/packages/{_DIGEST[:2]}/{_DIGEST[2:4]}/{_DIGEST[4:]}/{WHEEL.filename}"
QUARANTINED = ProjectStatus(Status.QUARANTINED, HOSTILE)


@pytest.fixture
def site(wired: Any, memory: InMemorySite) -> Any:
    """Return a wire to an index with one project."""
    wire = wired(json_rpc=JsonRpcEndpoint(memory.site), frontend=frontend())
    assert wire.upload(WHEEL).status == 200
    wire.memory.work()
    return wire


def give(site: Any, status: ProjectStatus) -> None:
    site.memory.index.set_project_status(OPERATOR, NAME, status)


def call(site: Any, method: str, **parameters: object) -> Any:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
    return site.request("POST", "/rpc", {"content-type": "application/json"}, body).json["result"]


ADDRESSES = [
    ("/simple/sample/", JSON),
    ("/simple/sample/", HTML),
    ("/simple/", JSON),
    ("/simple/", HTML),
    ("/pypi/sample/json", {}),
    ("/pypi/sample/1.0/json", {}),
    (FILE, {}),
    (f"{FILE}.metadata", {}),
    (f"/i/pypi{FILE}", {}),
    (f"/packages/py3/s/sample/{WHEEL.filename}", {}),
    ("/project/sample/files/", {}),
    ("/project/sample/1.0/files/", {}),
]


def offered(site: Any) -> list[bool]:
    """Tell for each address whether it leads to the file, or names it or the project's list entry."""
    answers = [site.get(path, headers) for path, headers in ADDRESSES for _ in range(2)]
    marks = (WHEEL.filename, 'href="sample/"', '"name":"sample","_last-serial"', "Metadata-Version:")
    leads = [
        each.status == 302 or (each.status == 200 and any(mark in each.text for mark in marks))
        for each in answers
    ]
    assert leads[::2] == leads[1::2]
    return leads[::2]


def test_a_quarantine_shuts_every_address_at_once_and_clearing_opens_them(site: Any) -> None:
    assert offered(site) == [True] * len(ADDRESSES)

    give(site, QUARANTINED)
    assert offered(site) == [False] * len(ADDRESSES)

    give(site, ProjectStatus())
    assert offered(site) == [True] * len(ADDRESSES)


def test_a_quarantined_project_keeps_a_page_that_says_so(site: Any) -> None:
    give(site, QUARANTINED)

    page = site.get("/simple/sample/", JSON)
    assert (page.status, page.json["files"]) == (200, [])
    assert page.json["project-status"] == {"status": "quarantined", "reason": HOSTILE}
    html = site.get("/simple/sample/", HTML)
    assert html.status == 200
    assert '<meta name="pypi:project-status" content="quarantined">' in html.text
    assert "<script>" not in html.text
    assert "<a " not in html.text


@pytest.mark.parametrize("path", ["/pypi/sample/json", "/pypi/sample/1.0/json", FILE, f"{FILE}.metadata"])
def test_a_quarantined_project_has_neither_files_nor_legacy_json(site: Any, path: str) -> None:
    give(site, QUARANTINED)

    for method in ("GET", "HEAD"):
        answer = site.request(method, path)
        assert answer.status == 404
        assert answer.headers["cache-control"] == "no-store"


def test_the_frontend_says_quarantined_and_offers_nothing(site: Any) -> None:
    give(site, QUARANTINED)

    for path in ("/project/sample/", "/project/sample/1.0/"):
        page = site.get(path)
        assert page.status == 200
        assert "This project is quarantined." in page.text
        assert "<script>" not in page.text
        for each in (WHEEL.filename, "Follow this link", "Says hello", "pip install"):
            assert each not in page.text
    assert site.get("/project/sample/9.0/").status == 404


def test_calls_show_the_status_and_no_files(site: Any) -> None:
    give(site, QUARANTINED)
    site.memory.work()

    project = call(site, "project.get", name="sample")
    assert project["status"] == {"state": "quarantined", "reason": HOSTILE}
    assert (project["files"], project["version"], project["metadata"]) == ([], None, None)
    assert project["versions"] == [{"version": "1.0", "files": 0, "yanked": False}]
    assert call(site, "search.query", words="sample")["hits"] == []
    assert WHEEL.filename not in site.get("/search/?q=sample").text
    assert 'href="/project/sample/"' not in site.get("/search/?q=sample").text


@pytest.mark.parametrize("state", [Status.ARCHIVED, Status.DEPRECATED])
def test_an_archived_or_deprecated_project_says_so_and_lists_its_files(site: Any, state: Status) -> None:
    give(site, ProjectStatus(state, "See <other>."))

    assert offered(site) == [True] * len(ADDRESSES)
    assert site.get("/simple/sample/", JSON).json["project-status"] == {
        "status": state.value,
        "reason": "See <other>.",
    }
    html = site.get("/simple/sample/", HTML).text
    assert f'<meta name="pypi:project-status" content="{state}">' in html
    assert '<meta name="pypi:project-status-reason" content="See &lt;other&gt;.">' in html
    page = site.get("/project/sample/").text
    assert f"This project is {state}." in page
    assert "See &lt;other&gt;." in page


@pytest.mark.parametrize("state", [Status.ARCHIVED, Status.QUARANTINED])
@pytest.mark.parametrize("distribution", [NEXT, WHEEL], ids=["new", "repeated"])
def test_an_upload_to_a_closed_project_is_403(site: Any, state: Status, distribution: Any) -> None:
    give(site, ProjectStatus(state))

    answer = site.upload(distribution)

    assert answer.status == 403
    assert answer.phrase == f"Project 'sample' is {state} and takes no uploads."


def test_an_upload_to_a_deprecated_project_succeeds(site: Any) -> None:
    give(site, ProjectStatus(Status.DEPRECATED, "Use another."))

    assert site.upload(NEXT).status == 200


def test_the_same_file_of_another_index_stays_available(site: Any) -> None:
    site.memory.publish(site.memory.actor("alice"), WHEEL, site.memory.site.index(TEST_INDEX))
    give(site, QUARANTINED)

    # The file is in a store of objects; its metadata goes through the server.
    for path, given in ((FILE, 302), (f"{FILE}.metadata", 200)):
        assert [site.get(root + path).status for root in ("", "/i/test", "/i/pypi")] == [given, given, 404]


def test_a_yank_in_an_archived_project_is_seen(site: Any) -> None:
    give(site, ProjectStatus(Status.ARCHIVED))
    alice = site.memory.actor("alice")

    site.memory.index.yank_release(alice, NAME, parse_version("1.0"), Yank("broken"))

    assert site.get("/simple/sample/", JSON).json["files"][0]["yanked"] == "broken"
    assert site.get("/pypi/sample/json").json["info"]["yanked_reason"] == "broken"


def test_a_deleted_project_is_404_and_its_serial_never_falls(site: Any) -> None:
    alice, index = site.memory.actor("alice"), site.memory.index
    before = int(site.get("/simple/sample/", JSON).headers["x-pypi-last-serial"])
    deleted = index.delete_project(alice, NAME)

    assert [site.get(path, headers).status for path, headers in ADDRESSES] == [
        200 if path == "/simple/" else 404 for path, _ in ADDRESSES
    ]
    assert site.get("/simple/", JSON).json == {
        "meta": {"api-version": "1.4", "_last-serial": deleted},
        "projects": [],
    }
    assert site.upload(NEXT).status == 200
    again = site.get("/simple/sample/", JSON)
    assert before < deleted < int(again.headers["x-pypi-last-serial"])
    assert again.json["versions"] == ["1.1"]
    refused = site.upload(WHEEL)
    assert refused.status == 400
    assert "previously used" in refused.phrase
    assert "already exist" not in refused.phrase
