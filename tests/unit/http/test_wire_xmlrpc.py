"""
XML-RPC over HTTP, and what legacy tools ask of /pypi.

See docs/reference/standards/upload-form.md#actions, docs/reference/standards/xml-rpc.md#calls and
docs/reference/standards/nasty-inputs.md#case-63.
"""

from __future__ import annotations

import gzip
import xmlrpc.client
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from trove_classifiers import sorted_classifiers

from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_http_api import HttpSettings
from pypi_xmlrpc_api import XmlRpcEndpoint

if TYPE_CHECKING:
    from tests.unit.http.conftest import Answer, Wire

XML = {"content-type": "text/xml"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
PATHS = ["/pypi", "/pypi/", "/RPC2", "/i/test/pypi", "/i/test/pypi/", "/i/test/RPC2"]


@pytest.fixture
def calling(wired: Callable[..., Wire], memory: InMemorySite) -> Wire:
    alice = memory.actor("alice")
    memory.publish(alice, build_wheel("Foo.Bar", "1.0"))
    memory.publish(alice, build_wheel("Other", "1.0"), memory.site.index(TEST_INDEX))
    return wired(xml_rpc=XmlRpcEndpoint())


def send(wire: Wire, path: str, method: str, *arguments: Any, **headers: str) -> Answer:
    body = xmlrpc.client.dumps(arguments, method).encode()
    return wire.request("POST", path, XML | headers, [body[:20], body[20:]])


def result(answer: Answer) -> Any:
    body = answer.body
    if answer.headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    return xmlrpc.client.loads(body)[0][0]


@pytest.mark.parametrize("path", PATHS)
def test_calls_are_answered_at_every_address(calling: Wire, path: str) -> None:
    answer = send(calling, path, "list_packages")

    assert (answer.status, answer.headers["content-type"]) == (200, "text/xml")
    assert answer.headers["cache-control"] == "no-store"
    assert result(answer) == (["Other"] if path.startswith("/i/test") else ["Foo.Bar"])


def test_files_are_named_by_absolute_urls_that_lead_to_them(calling: Wire) -> None:
    for path, name in (("/pypi", "foo-bar"), ("/i/test/pypi", "other")):
        (file,) = result(send(calling, path, "release_urls", name, "1.0"))

        assert file["url"].startswith("http://index.example/packages/")
        # The bytes are somewhere else here.
        assert calling.get(f"/{file['path']}").status == 302


@pytest.mark.parametrize("method", ["list_packages", "list_packages_with_serial", "system.methodHelp"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_answers_are_compressed_for_clients_that_accept_it(calling: Wire, method: str, encoding: str) -> None:
    for number in range(200):
        calling.memory.publish(calling.memory.actor("alice"), build_wheel(f"project-{number}", "1.0"))
    arguments = ("search",) if method == "system.methodHelp" else ()
    plain = send(calling, "/pypi", method, *arguments)

    answer = send(calling, "/pypi", method, *arguments, **{"accept-encoding": encoding})

    assert result(answer) == result(plain)
    small = method == "system.methodHelp"
    assert ("content-encoding" in answer.headers) is (encoding == "gzip" and not small)
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("content_type", ["text/xml; charset=utf-8", "application/xml", "TEXT/XML"])
def test_both_types_of_xml_are_taken(calling: Wire, content_type: str) -> None:
    answer = send(calling, "/RPC2", "changelog_last_serial", **{"content-type": content_type})

    assert result(answer) == 4


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700),
        (b"{}", -32700),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><methodCall><methodName>&b;</methodName></methodCall>', -32700),
        (xmlrpc.client.dumps((), "unheard.of").encode(), -32601),
        (xmlrpc.client.dumps(("5",), "changelog_since_serial").encode(), -32602),
        (xmlrpc.client.dumps(({"name": "a"}, "xor"), "search").encode(), -32500),
    ],
)
@pytest.mark.parametrize("path", ["/pypi", "/RPC2"])
def test_faults_are_inside_of_a_200(calling: Wire, path: str, body: bytes, code: int) -> None:
    answer = calling.request("POST", path, XML, body)

    assert (answer.status, answer.headers["content-type"]) == (200, "text/xml")
    with pytest.raises(xmlrpc.client.Fault) as caught:
        result(answer)
    assert caught.value.faultCode == code


@pytest.mark.parametrize("announced", [False, True])
def test_a_large_call_is_a_fault_and_not_read_to_its_end(wired: Callable[..., Wire], announced: bool) -> None:
    wire = wired(HttpSettings(largest_xml_call=100_000), xml_rpc=XmlRpcEndpoint())
    headers = XML | ({"content-length": "100001"} if announced else {})

    answer = wire.request("POST", "/pypi", headers, [b"x" * 10_000] * 100)

    assert (answer.status, answer.headers["content-type"]) == (200, "text/xml")
    assert b"too large" in answer.body
    assert answer.bodies_read == (0 if announced else 11)


@pytest.mark.parametrize("path", PATHS[:3])
@pytest.mark.parametrize("body", [b"no xml", xmlrpc.client.dumps((), "list_packages").encode()])
def test_a_private_index_requires_a_token(calling: Wire, path: str, body: bytes) -> None:
    calling.make_private()

    refused = calling.request("POST", path, XML, body)
    answered = calling.request("POST", path, XML | calling.basic("__token__", calling.token), body)

    assert refused.status == 401
    assert refused.headers["www-authenticate"].startswith("Basic ")
    assert answered.status == 200


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json", "text/xmlx"])
def test_another_content_type_is_415_where_there_are_only_calls(calling: Wire, content_type: str) -> None:
    answer = calling.request("POST", "/RPC2", {"content-type": content_type}, b"")

    assert answer.status == 415
    assert "text/xml" in answer.phrase


def test_get_is_405_where_there_are_only_calls(calling: Wire) -> None:
    assert calling.get("/RPC2").status == 405


def test_without_an_endpoint_calls_are_404(wire: Wire) -> None:
    assert wire.request("POST", "/RPC2", XML, b"").status == 404


def test_the_legacy_json_is_beside(calling: Wire) -> None:
    assert calling.get("/pypi/foo-bar/json").json["info"]["name"] == "Foo.Bar"


def test_all_classifiers_are_listed(calling: Wire) -> None:
    answers = [
        calling.get("/pypi?:action=list_classifiers"),
        calling.get("/pypi/?%3Aaction=list_classifiers"),
        calling.request("POST", "/pypi?:action=list_classifiers"),
        calling.request("POST", "/pypi", FORM, b"%3Aaction=list_classifiers"),
    ]

    for each in answers:
        assert (each.status, each.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        assert each.text.splitlines() == sorted_classifiers


@pytest.mark.parametrize(
    ("query", "location"),
    [
        ("rss", "/rss/updates.xml"),
        ("packages_rss", "/rss/packages.xml"),
        ("search&term=a+b%26c", "/search/?q=a+b%26c"),
        ("display&name=Foo.Bar", "/project/foo-bar/"),
        ("display&name=Foo.Bar&version=1.0%2Blocal", "/project/foo-bar/1.0%2Blocal/"),
        ("files&name=Foo.Bar&version=1.0", "/project/foo-bar/1.0/"),
    ],
)
@pytest.mark.parametrize("root", ["", "/i/test"])
def test_legacy_pages_have_moved(calling: Wire, root: str, query: str, location: str) -> None:
    answer = calling.get(f"{root}/pypi?:action={query}")

    assert (answer.status, answer.headers["location"]) == (301, root + location)


@pytest.mark.parametrize(
    "query", ["search", "display", "display&name=", "files&name=a", "browse", "browse&c=214", "browse&c=x"]
)
def test_legacy_pages_of_unknown_projects_are_404(calling: Wire, query: str) -> None:
    assert calling.get(f"/pypi?:action={query}").status == 404


@pytest.mark.parametrize("action", ["file_upload", "submit", "submit_pkg_info", "verify"])
@pytest.mark.parametrize("root", ["", "/i/test"])
def test_uploads_are_told_the_right_address(calling: Wire, root: str, action: str) -> None:
    form = calling.multipart([(":action", action), ("name", "a")], [calling.file_part('filename="a"')])
    multipart = {"content-type": "multipart/form-data; boundary=a-boundary"}
    answers = [
        calling.request("POST", f"{root}/pypi", multipart, form),
        calling.request("POST", f"{root}/pypi/", multipart, [form[:30], form[30:]]),
        calling.request("POST", f"{root}/pypi?:action={action}", multipart, form),
        calling.request("POST", f"{root}/pypi", FORM, f":action={action}".encode()),
        calling.get(f"{root}/pypi?:action={action}"),
    ]

    for each in answers:
        assert each.status == 410
        assert f"http://index.example{root}/legacy/" in each.phrase


def test_descriptions_in_doap_are_gone(calling: Wire) -> None:
    assert calling.get("/pypi?:action=doap&name=foo-bar").status == 410


def test_an_unknown_action_is_400(calling: Wire) -> None:
    multipart = {"content-type": "multipart/form-data; boundary=a-boundary"}
    answers = [
        calling.get("/pypi"),
        calling.get("/pypi/"),
        calling.get(f"/pypi?:action={'x' * 5000}"),
        calling.request("POST", "/pypi"),
        calling.request("POST", "/pypi", FORM, b"\xff\xfe=&;"),
        calling.request("POST", "/pypi", multipart, calling.multipart([("name", "a")])),
        calling.request("POST", "/pypi", multipart, b"no form"),
        calling.request("POST", "/pypi", {"content-type": "multipart/form-data"}, b""),
        calling.request("POST", "/pypi", {"content-type": "application/json"}, b"{}"),
    ]

    for each in answers:
        assert each.status == 400
        assert len(each.phrase) < 300


def test_a_large_form_is_not_read_to_its_end(calling: Wire) -> None:
    pieces = [b"x" * 10_000] * 100

    answer = calling.request("POST", "/pypi", FORM, pieces)

    assert answer.status == 413
    assert answer.bodies_read < 10


def test_calls_without_credentials_to_a_private_index_are_refused(calling: Wire) -> None:
    calling.make_private()

    assert calling.request("POST", "/pypi", FORM, b":action=file_upload").status == 401
    assert calling.get("/pypi?:action=display&name=foo-bar").status == 401
