"""Below a path prefix: no link, redirect or absolute address leads out of it."""

from __future__ import annotations

import json
import xmlrpc.client
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from link_walk import Fetched, walk_links
from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_contracts.documentation import build_documentation
from pypi_core.domain.accounts import OPERATOR
from pypi_http_api import HttpSettings
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_web import frontend
from pypi_xmlrpc_api import XmlRpcEndpoint

if TYPE_CHECKING:
    from tests.unit.http.conftest import Answer, Wire

PROXY = "192.0.2.1"
STARTS = [
    "", "i/test/", "i/test", "simple", "simple/", "simple/Sample/",
    "simple/sample/?format=application/vnd.pypi.simple.v1%2Bjson",
    "pypi/sample/json", "pypi/Sample/json", "pypi/sample/1.0/json", "i/test/pypi/other/json",
    "rss/updates.xml", "rss/packages.xml", "rss/project/Sample/releases.xml", "i/test/rss/updates.xml",
    "project/Sample/", "project/sample/1.0/", "search/", "search/?q=sample", "stats/",
    "docs/sample", "docs/sample/1.0", "docs/sample/latest/guide",
    "packages/source/s/sample/sample-1.0.tar.gz",
    "pypi?:action=rss", "pypi?:action=display&name=sample", "pypi?:action=search&term=sample",
    "openapi.json", "rpc/openrpc.json", "i/test/openapi.json",
]  # fmt: skip
# Addresses that take POST alone, which a description names all the same.
CALLED = ("/rpc",)


class Behind:
    """Sends requests as a proxy would that shares its host name; paths are those that a client sees."""

    def __init__(self, wire: Wire, prefix: str, *, strips: bool, **headers: str) -> None:
        self.wire = wire
        self.prefix = prefix
        self._strips = strips
        self._headers = {each.replace("_", "-"): value for each, value in headers.items()}

    def request(self, method: str, path: str, headers: Any = None, body: bytes = b"") -> Answer:
        assert path.startswith(f"{self.prefix}/")
        target = path.removeprefix(self.prefix) if self._strips else path
        forwarded = {"x-forwarded-proto": "https", **self._headers, **(headers or {})}
        return self.wire.request(method, target, forwarded, body, client=PROXY)

    def fetch(self, url: str) -> Fetched:
        parts = urlsplit(url)
        answer = self.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path)
        return Fetched(status=answer.status, headers=answer.headers, body=answer.body)


@pytest.fixture
def served(memory: InMemorySite, wired: Callable[..., Wire]) -> Callable[..., Behind]:
    """Return a function that serves a filled site with some settings, behind a proxy."""
    alice = memory.actor("alice")
    for version in ("1.0", "2.0"):
        memory.publish(alice, build_wheel("Sample", version))
    memory.publish(alice, build_sdist("Sample", "1.0"))
    memory.publish(OPERATOR, build_wheel("Other", "1.0"), memory.site.index(TEST_INDEX))
    memory.document(alice, "sample", "1.0", build_documentation({"guide/index.html": "Guide"}, index="Hello"))
    memory.work()

    def serve(prefix: str, *, strips: bool = True, configured: str = "", **headers: str) -> Behind:
        settings = HttpSettings(trusted_proxies=(PROXY,), root_path=configured, proxy_strips_root_path=strips)
        wire = wired(
            settings,
            frontend=frontend(),
            json_rpc=JsonRpcEndpoint(memory.site),
            xml_rpc=XmlRpcEndpoint(),
        )
        return Behind(wire, prefix, strips=strips, **headers)

    return serve


# `/pypi` is also the first part of addresses of our own, `/i/test` another index.
PREFIXES = ["/pypi", "/some/prefix", "/simple", "/i/test"]


@pytest.fixture(params=PREFIXES)
def prefix(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["setting", "setting, kept", "header"])
def behind(request: pytest.FixtureRequest, prefix: str, served: Callable[..., Behind]) -> Behind:
    """Return the site behind a proxy, whose prefix the server learns in one of all ways."""
    match request.param:
        case "setting":
            return served(prefix, configured=prefix)
        case "setting, kept":
            return served(prefix, configured=prefix, strips=False)
        case _:
            return served(prefix, x_forwarded_prefix=prefix)


def test_every_link_stays_below_the_prefix(behind: Behind) -> None:
    walk = walk_links(behind.fetch, f"https://index.example{behind.prefix}/", *STARTS)

    assert walk.escapes == []
    assert [each for each in walk.broken if not each[1].endswith(CALLED)] == []
    assert len(walk.statuses) > 50


def test_calls_name_addresses_below_the_prefix(behind: Behind) -> None:
    root = f"https://index.example{behind.prefix}"
    body = xmlrpc.client.dumps(("sample", "1.0"), "release_urls").encode()
    told = behind.request("POST", f"{behind.prefix}/pypi", {"content-type": "text/xml"}, body)
    files: Any = xmlrpc.client.loads(told.body)[0][0]
    described = behind.request("GET", f"{behind.prefix}/i/test/rpc/openrpc.json").json

    assert {each["url"].partition("/packages/")[0] for each in files} == {root}
    assert [each["url"] for each in described["servers"]] == [f"{root}/i/test/rpc"]


def test_the_description_that_a_call_asks_for_names_the_address_it_was_asked_at(behind: Behind) -> None:
    call = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "rpc.discover"}).encode()

    answer = behind.request("POST", f"{behind.prefix}/rpc", {"content-type": "application/json"}, call)

    # Relative: the last part of the address is replaced.
    assert [each["url"] for each in answer.json["result"]["servers"]] == ["rpc"]


def test_documentation_of_a_form_is_announced_below_the_prefix(behind: Behind) -> None:
    wire = behind.wire
    form = wire.multipart(
        [(":action", "doc_upload"), ("name", "sample"), ("version", "2.0")],
        [wire.file_part('filename="docs.zip"', build_documentation({}, index="More"))],
    )
    content_type = "multipart/form-data; boundary=a-boundary"
    headers = {**wire.basic("__token__", wire.token), "content-type": content_type}

    answer = behind.request("POST", f"{behind.prefix}/legacy/", headers, form)

    assert answer.status == 200
    assert answer.headers["location"] == f"https://index.example{behind.prefix}/docs/sample/2.0/"


def test_an_upload_without_its_slash_is_sent_to_the_address_below_the_prefix(behind: Behind) -> None:
    answer = behind.request("POST", f"{behind.prefix}/legacy", {"content-type": "multipart/form-data"})

    assert answer.headers["location"] == f"https://index.example{behind.prefix}/legacy/"


def test_install_lines_name_the_prefix(behind: Behind) -> None:
    page = behind.request("GET", f"{behind.prefix}/project/sample/").text

    assert f"--index-url https://index.example{behind.prefix}/simple/" in page


def test_the_prefix_alone_leads_to_its_slash(served: Callable[..., Behind]) -> None:
    behind = served("/pypi", configured="/pypi", strips=False)

    answer = behind.wire.request("GET", "/pypi?q=1")

    assert (answer.status, answer.headers["location"]) == (308, "/pypi/?q=1")


def test_a_path_that_lacks_a_kept_prefix_is_not_found(served: Callable[..., Behind]) -> None:
    behind = served("/pypi", configured="/pypi", strips=False)

    answer = behind.wire.get("/simple/")

    assert answer.status == 404
    assert "below /pypi/" in answer.text
    assert behind.wire.get("/health/live").status == 200
    assert behind.wire.get("/pypi/health/live").status == 200


@pytest.mark.parametrize("strips", [True, False])
def test_answers_below_two_prefixes_are_not_mixed(served: Callable[..., Behind], *, strips: bool) -> None:
    one = served("/one", x_forwarded_prefix="/one")
    two = Behind(one.wire, "/two", strips=True, x_forwarded_prefix="/two")
    for each in (one, two, one, two):
        for path in ("/pypi/sample/json", "/rss/updates.xml", "/project/sample/", "/docs/sample/1.0/"):
            answer = each.request("GET", each.prefix + path)

            other = {"/one": "/two", "/two": "/one"}[each.prefix]
            assert answer.status == 200
            assert f"index.example{other}/" not in answer.text


def test_an_untrusted_client_cannot_set_the_prefix(served: Callable[..., Behind]) -> None:
    wire = served("/x").wire

    answer = wire.request("GET", "/simple/Sample/", {"x-forwarded-prefix": "/evil"}, client="198.51.100.7")

    assert answer.headers["location"] == "/simple/sample/"


def test_a_configured_prefix_is_not_overruled(served: Callable[..., Behind]) -> None:
    wire = served("/pypi", configured="/pypi").wire

    answer = wire.request("GET", "/simple/Sample/", {"x-forwarded-prefix": "/evil"}, client=PROXY)

    assert answer.headers["location"] == "/pypi/simple/sample/"


@pytest.mark.parametrize(
    ("sent", "prefix"),
    [("/a/", "/a"), ("/a, /b", "/a/b"), ("/a/,/b/", "/a/b"), ("", ""), ("/", ""), ("/a-._~0", "/a-._~0")],
)
def test_prefixes_of_several_proxies_are_joined(
    served: Callable[..., Behind], sent: str, prefix: str
) -> None:
    wire = served("/x").wire

    answer = wire.request("GET", "/simple/Sample/", {"x-forwarded-prefix": sent}, client=PROXY)

    assert answer.headers["location"] == f"{prefix}/simple/sample/"


NOT_PREFIXES = [
    "//evil.example", "/a//b", "/a/../b", "/.", "/..", "a", "/a b", "/a?b", "/a#b", "/%2e", "/a;b",
    "/<script>", "/ä", "https://evil.example", "\\evil", "/" + "a" * 256,
]  # fmt: skip


@pytest.mark.parametrize("sent", NOT_PREFIXES)
def test_a_header_that_is_not_a_prefix_is_refused(served: Callable[..., Behind], sent: str) -> None:
    wire = served("/x").wire

    answer = wire.request("GET", "/simple/Sample/", {"x-forwarded-prefix": sent}, client=PROXY)

    assert answer.status == 400
    assert "location" not in answer.headers
    assert "Correct X-Forwarded-Prefix at the proxy." in answer.text


@pytest.mark.parametrize("given", NOT_PREFIXES)
def test_a_setting_that_is_not_a_prefix_is_refused(served: Callable[..., Behind], given: str) -> None:
    with pytest.raises(ValueError, match="is not a path prefix: use a path such as /pypi"):
        served("/x", configured=given)


def test_the_longest_prefix_is_taken(served: Callable[..., Behind]) -> None:
    longest = "/" + "a" * 255
    behind = served(longest, configured=f"{longest}/")

    answer = behind.request("GET", f"{longest}/simple/Sample/")

    assert answer.headers["location"] == f"{longest}/simple/sample/"
