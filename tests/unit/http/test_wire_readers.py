"""What readers that we cannot run here do with our answers, step by step."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin, urlsplit
from xml.etree import ElementTree as ET

import pytest

from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.entities import Yank
from pypi_core.domain.names import parse_project_name
from pypi_core.domain.versions import parse_version

if TYPE_CHECKING:
    from tests.unit.http.conftest import Answer, Wire

REASON = 'broken & <b>"bad"</b>'
WHEEL = build_wheel(
    "Foo.Bar",
    "1.0",
    requires_python=">=3.9,<4",
    extra_metadata=[
        ("Home-page", "https://home.example/"),
        ("Project-URL", "Source, https://source.example/"),
    ],
)
SDIST = build_sdist("Foo.Bar", "1.0")
YANKED = build_wheel("Foo.Bar", "0.9")
YANKED_WITHOUT_REASON = build_wheel("Foo.Bar", "0.8")
EVERYTHING = (WHEEL, SDIST, YANKED, YANKED_WITHOUT_REASON)
JSON = "application/vnd.pypi.simple.v1+json"

# Mirrors, proxies and their like take an index by its root and append the rest.
ROOTS = ["/", "/i/test/"]


@pytest.fixture(autouse=True)
def published(memory: InMemorySite) -> None:
    for index in (memory.index, memory.site.index(TEST_INDEX)):
        for each in EVERYTHING:
            memory.publish(OPERATOR, each, index)
        for version, yank in (("0.9", Yank(REASON)), ("0.8", Yank())):
            index.yank_release(OPERATOR, parse_project_name("foo-bar"), parse_version(version), yank)


def document(wire: Wire, root: str) -> Any:
    return wire.get(f"{root}pypi/foo-bar/json").json


@pytest.mark.parametrize("root", ROOTS)
def test_renovate_reads_where_the_source_is_and_which_releases_can_be_used(wire: Wire, root: str) -> None:
    project = document(wire, root)

    assert project["info"]["home_page"] == "https://home.example/"
    assert project["info"]["project_urls"]["Source"] == "https://source.example/"
    [newest, *_] = project["releases"]["1.0"]
    assert (newest["yanked"], newest["requires_python"]) == (False, ">=3.9,<4")
    assert datetime.fromisoformat(newest["upload_time"]).tzinfo is None
    assert all(each["yanked"] for each in project["releases"]["0.9"])


@pytest.mark.parametrize("root", ROOTS)
def test_dependabot_reads_the_last_file_of_each_release(wire: Wire, root: str) -> None:
    replaced = f"{root}simple/".replace("/simple/", "/pypi/")

    releases = wire.get(f"{replaced}foo-bar/json").json["releases"]

    keys = "upload_time yanked yanked_reason downloads url packagetype python_version requires_python"
    assert all({*keys.split()} <= {*files[-1]} for files in releases.values())
    assert releases["0.9"][-1]["yanked_reason"] == REASON
    assert (releases["0.8"][-1]["yanked"], releases["0.8"][-1]["yanked_reason"]) == (True, None)


@pytest.mark.parametrize("root", ROOTS)
def test_dependabot_parses_every_anchor_as_xml(wire: Wire, root: str) -> None:
    page = wire.get(f"{root}simple/foo-bar/", {"accept": "text/html"}).text

    found = map(ET.fromstring, re.findall(r"<a.*?</a>", page, re.DOTALL))
    anchors = {each.text: each.attrib for each in found}

    assert {*anchors} == {each.filename for each in EVERYTHING}
    assert anchors[WHEEL.filename]["data-requires-python"] == ">=3.9,<4"
    assert anchors[YANKED.filename]["data-yanked"] == REASON
    assert anchors[YANKED_WITHOUT_REASON.filename]["data-yanked"] == ""
    assert "data-yanked" not in anchors[SDIST.filename]


@pytest.mark.parametrize("root", ROOTS)
def test_pulp_takes_names_sizes_and_digests_of_what_is_below_packages(wire: Wire, root: str) -> None:
    files = [each for files in document(wire, root)["releases"].values() for each in files]

    assert {each["filename"]: (each["size"], each["digests"]["sha256"]) for each in files} == {
        each.filename: (len(each.content), each.sha256) for each in EVERYTHING
    }
    for each in files:
        path = urlsplit(each["url"]).path
        assert path.startswith("/packages/")
        assert is_there(wire.get(path))
        assert is_there(wire.get(f"{path}.metadata")) == bool(each["core-metadata"])


@pytest.mark.parametrize("root", ROOTS)
def test_pip_tools_finds_digests_and_treats_404_as_missing(wire: Wire, root: str) -> None:
    digests = {
        each["digests"]["sha256"] for files in document(wire, root)["releases"].values() for each in files
    }

    assert digests == {each.sha256 for each in EVERYTHING}
    assert wire.get(f"{root}pypi/unknown/json").status == 404


@pytest.mark.parametrize("root", ROOTS)
def test_nexus_and_artifactory_follow_relative_links_below_the_root(wire: Wire, root: str) -> None:
    address = f"{root}simple/foo-bar/"
    page = wire.get(address, {"accept": "text/html"}).text

    links = [urldefrag(urljoin(address, link)) for link in re.findall(r'href="([^"]+)"', page)]

    assert {fragment for _path, fragment in links} == {f"sha256={each.sha256}" for each in EVERYTHING}
    for path, _fragment in links:
        assert path.startswith(f"{root}packages/")
        assert is_there(wire.get(path))


def test_simple_repository_server_looks_before_it_fetches(wire: Wire) -> None:
    files = wire.get("/simple/foo-bar/", {"accept": JSON}).json["files"]

    for each in files:
        path = urljoin("/simple/foo-bar/", each["url"])
        assert is_there(wire.request("HEAD", path))
        assert is_there(wire.request("HEAD", f"{path}.metadata")) == bool(each["core-metadata"])


def test_micropip_may_read_all_it_needs_from_another_origin(wire: Wire) -> None:
    origin = {"origin": "https://elsewhere.example"}
    page = wire.get("/simple/foo-bar/", {"accept": JSON, **origin})
    wheel = urljoin("/simple/foo-bar/", page.json["files"][0]["url"])

    answers = [wire.get(each, origin) for each in ("/pypi/foo-bar/json", wheel, f"{wheel}.metadata")]

    assert [each.headers["access-control-allow-origin"] for each in (page, *answers)] == ["*"] * 4


def test_proxies_recognize_json_by_its_bare_type(wire: Wire) -> None:
    for target in ("/simple/", "/simple/foo-bar/"):
        assert wire.get(target, {"accept": f"{JSON}, text/html;q=0.1"}).headers["content-type"] == JSON


def is_there(answer: Answer) -> bool:
    # Files in memory are like those in an object store: the answer says where they are.
    return answer.status in {200, 302}
