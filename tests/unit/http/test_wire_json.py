"""
The legacy JSON and JSON-RPC over HTTP.

See docs/reference/standards/legacy-json.md#document, docs/reference/standards/json-rpc.md#http, and
docs/reference/standards/nasty-inputs.md#case-61 and docs/reference/standards/nasty-inputs.md#case-64.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import TYPE_CHECKING
from unittest.mock import Mock

import msgspec
import pytest

from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.entities import ProjectStatus, Status, Yank
from pypi_core.domain.names import parse_project_name
from pypi_core.domain.versions import parse_version
from pypi_http_api import HttpSettings
from pypi_jsonrpc_api import JsonRpcEndpoint

if TYPE_CHECKING:
    from tests.unit.http.conftest import Wire

WHEEL = build_wheel(
    "Foo.Bar", "1.0", summary="What it does", requires_dist=["click>=8"], requires_python=">=3.9"
)
SDIST = build_sdist("Foo.Bar", "1.0")
PRE_RELEASE = build_wheel("Foo.Bar", "2.0rc1")


@pytest.fixture(autouse=True)
def published(memory: InMemorySite) -> None:
    alice = memory.actor("alice")
    for each in (WHEEL, SDIST, PRE_RELEASE):
        memory.publish(alice, each)


def test_a_project_is_shown_by_its_latest_final_release(wire: Wire) -> None:
    answer = wire.get("/pypi/foo-bar/json")

    document = answer.json
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-pypi-last-serial"] == str(document["last_serial"])
    assert answer.headers["access-control-allow-origin"] == "*"
    info = document["info"]
    assert (info["name"], info["version"], info["summary"]) == ("Foo.Bar", "1.0", "What it does")
    assert (info["requires_dist"], info["requires_python"]) == (["click>=8"], ">=3.9")
    assert info["project_url"] == info["package_url"] == "http://index.example/project/foo-bar/"
    assert info["release_url"] == "http://index.example/project/foo-bar/1.0/"
    assert info["downloads"] == {"last_day": 0, "last_week": 0, "last_month": 0}
    assert [*document["releases"]] == ["2.0rc1", "1.0"]
    assert document["releases"]["1.0"] == document["urls"]
    assert document["vulnerabilities"] == []
    assert document["ownership"] == {"roles": [{"role": "Owner", "user": "alice"}], "organization": None}


KEYS_OF_INFO = """
    name version summary description description_content_type keywords license license_expression
    license_files classifiers author author_email maintainer maintainer_email requires_python platform
    downloads package_url project_url project_urls release_url requires_dist provides_extra docs_url
    bugtrack_url home_page download_url yanked yanked_reason dynamic
"""
KEYS_OF_FILE = """
    filename packagetype python_version has_sig comment_text md5_digest digests core-metadata size downloads
    upload_time upload_time_iso_8601 url requires_python yanked yanked_reason
"""


def test_a_project_has_every_key_of_the_standard(wire: Wire) -> None:
    document = wire.get("/pypi/foo-bar/json").json

    assert set(document["info"]) == {*KEYS_OF_INFO.split()}
    assert set(document["urls"][0]) == {*KEYS_OF_FILE.split()}


def test_a_file_is_described_with_all_digests_and_an_absolute_address(wire: Wire) -> None:
    wheel, sdist = wire.get("/pypi/foo-bar/1.0/json").json["urls"]

    assert (wheel["filename"], sdist["filename"]) == (WHEEL.filename, SDIST.filename)
    digest = WHEEL.blake2_256
    path = f"{digest[:2]}/{digest[2:4]}/{digest[4:]}"
    assert wheel["url"] == f"http://index.example/packages/{path}/{WHEEL.filename}"
    assert wheel["digests"] == {"md5": WHEEL.md5, "sha256": WHEEL.sha256, "blake2b_256": digest}
    assert (wheel["packagetype"], wheel["python_version"]) == ("bdist_wheel", "py3")
    assert (sdist["packagetype"], sdist["python_version"], sdist["core-metadata"]) == (
        "sdist",
        "source",
        False,
    )
    assert [*wheel["core-metadata"]] == ["sha256"]
    assert (wheel["upload_time"], wheel["upload_time_iso_8601"]) == (
        "2026-03-01T12:00:00",
        "2026-03-01T12:00:00.000000Z",
    )


@pytest.mark.parametrize("version", ["1.0", "1.0.0", "1", "v1.0"])
def test_a_release_is_found_by_any_spelling_and_lists_no_releases(wire: Wire, version: str) -> None:
    answer = wire.get(f"/pypi/foo-bar/{version}/json")

    assert answer.status == 200
    assert answer.json["info"]["version"] == "1.0"
    assert "releases" not in answer.json


def test_a_slash_at_the_end_is_tolerated(wire: Wire) -> None:
    assert wire.get("/pypi/foo-bar/json/").body == wire.get("/pypi/foo-bar/json").body
    assert wire.get("/pypi/foo-bar/1.0/json/").status == 200


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/pypi/Foo.Bar/json", "/pypi/foo-bar/json"),
        ("/pypi/Foo__Bar/1.0/json?a=b", "/pypi/foo-bar/1.0/json?a=b"),
        ("/i/test/pypi/FOO/1%212.0/json", "/i/test/pypi/foo/1%212.0/json"),
    ],
)
def test_a_name_in_another_spelling_is_redirected(wire: Wire, target: str, location: str) -> None:
    answer = wire.get(target)

    assert (answer.status, answer.headers["location"]) == (301, location)


@pytest.mark.parametrize(
    "target",
    [
        "/pypi/unknown/json",
        "/pypi/foo-bar/9.9/json",
        "/pypi/foo-bar/no-version/json",
        "/pypi/-/json",
        "/pypi/foo%00/json",
        "/pypi/foo-bar",
        f"/pypi/foo-bar/{'1' * 5000}/json",
    ],
)
def test_an_unknown_project_has_the_usual_404_body(wire: Wire, target: str) -> None:
    answer = wire.get(target, {"accept": "text/html"})

    assert answer.status == 404
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == {"message": "Not Found"}


def test_a_quarantined_project_is_not_there(wire: Wire, memory: InMemorySite) -> None:
    with memory.database.index(memory.index.reading.record().name).open_unit_of_work(OPERATOR) as uow:
        project = uow.projects.get(parse_project_name("foo-bar"))
        uow.projects.update(msgspec.structs.replace(project, status=ProjectStatus(Status.QUARANTINED)))
        uow.commit()

    assert wire.get("/pypi/foo-bar/json").status == 404
    assert wire.get("/simple/foo-bar/").status == 200


def test_a_yank_shows_on_release_and_files(wire: Wire, memory: InMemorySite) -> None:
    name = parse_project_name("foo-bar")
    memory.index.yank_release(memory.actor("alice"), name, parse_version("1.0"), Yank("broken"))

    document = wire.get("/pypi/foo-bar/1.0/json").json

    assert (document["info"]["yanked"], document["info"]["yanked_reason"]) == (True, "broken")
    assert {(each["yanked"], each["yanked_reason"]) for each in document["urls"]} == {(True, "broken")}
    assert wire.get("/pypi/foo-bar/json").json["info"]["version"] == "2.0rc1"


def test_on_another_index_files_are_named_as_the_root_serves_them(wire: Wire, memory: InMemorySite) -> None:
    memory.publish(memory.actor("alice"), build_wheel("elsewhere", "1.0"), memory.site.index(TEST_INDEX))

    document = wire.get("/i/test/pypi/elsewhere/json").json

    url = document["urls"][0]["url"]
    assert url.startswith("http://index.example/packages/")
    assert wire.get(url.removeprefix("http://index.example")).status == 302
    assert document["info"]["project_url"] == "http://index.example/i/test/project/elsewhere/"


def test_the_address_depends_on_the_host_asked(wire: Wire) -> None:
    for host in ("one.example", "two.example", "one.example"):
        scope = {"headers": [(b"host", host.encode())]}
        url = wire.request("GET", "/pypi/foo-bar/json", scope=scope).json["urls"][0]["url"]
        assert url.startswith(f"http://{host}/packages/")


def test_a_known_document_is_304_and_gzip_has_its_own_etag(wire: Wire) -> None:
    plain = wire.get("/pypi/foo-bar/json")
    compressed = wire.get("/pypi/foo-bar/json", {"accept-encoding": "gzip"})

    assert gzip.decompress(compressed.body) == plain.body
    assert compressed.headers["etag"] != plain.headers["etag"]
    assert wire.get("/pypi/foo-bar/json", {"if-none-match": plain.headers["etag"]}).status == 304


def call(wire: Wire, body: object, **headers: str) -> object:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = wire.request("POST", "/rpc", {"content-type": "application/json", **headers}, content)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    return answer.json


@pytest.fixture
def calling(wired: Callable[..., Wire], memory: InMemorySite) -> Wire:
    return wired(json_rpc=JsonRpcEndpoint(memory.site))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[]", -32600),
        (b"{", -32700),
        (b"\xff", -32700),
        (b"[" * 500_000, -32700),
        (b'{"jsonrpc":"2.0","method":"x","params":null,"id":1}', -32600),
        (b'{"jsonrpc":"2.0","method":"x","id":true}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"id":2,"method":"x"}', -32700),
        (b'{"jsonrpc":"2.0","method":"unheard.of","id":1}', -32601),
    ],
)
def test_a_wrong_call_is_an_error_in_a_200(calling: Wire, body: bytes, code: int) -> None:
    answered = call(calling, body)

    assert isinstance(answered, dict)
    assert answered["error"]["code"] == code


def test_a_batch_of_wrong_calls_is_a_batch_of_errors(calling: Wire) -> None:
    answered = call(calling, [1, 2])

    assert isinstance(answered, list)
    assert [each["error"]["code"] for each in answered] == [-32600, -32600]


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc":"2.0","method":"x"}',
        b'{"jsonrpc":"2.0","method":"project.get","params":{"unheard-of":1}}',
        b'[{"jsonrpc":"2.0","method":"x"},{"jsonrpc":"2.0","method":"rpc.discover"}]',
    ],
)
def test_notifications_are_204(calling: Wire, body: bytes) -> None:
    headers = {"content-type": "application/json; charset=utf-8"}

    answer = calling.request("POST", "/rpc", headers, body)

    assert (answer.status, answer.body) == (204, b"")
    assert "content-type" not in answer.headers


def test_answers_are_not_cacheable(calling: Wire) -> None:
    answer = calling.request("POST", "/rpc", {"content-type": "application/json"}, b"[]")

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("writes", [False, True])
def test_a_call_reaches_the_index_addressed_in_the_name_of_the_caller(
    wired: Callable[..., Wire], writes: bool
) -> None:
    endpoint = Mock()
    calls = endpoint.read.return_value
    calls.writes = writes
    calls.answer.return_value = b"{}"
    wire = wired(json_rpc=endpoint)
    headers = {"content-type": "application/json", "authorization": f"Bearer {wire.token}"}

    assert wire.request("POST", "/i/test/rpc", headers, [b"{", b"}"]).body == b"{}"

    endpoint.read.assert_called_once_with(b"{}")
    ((index, actor),) = (each.args for each in calls.answer.call_args_list)
    assert index is wire.memory.site.index(TEST_INDEX)
    assert actor.username == "alice"


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"]
)
def test_another_content_type_is_415(calling: Wire, content_type: str) -> None:
    answer = calling.request("POST", "/rpc", {"content-type": content_type}, b"{}")

    assert answer.status == 415
    assert "application/json" in answer.phrase


@pytest.mark.parametrize("announced", [False, True])
def test_a_large_call_is_413_and_not_read_to_its_end(wired: Callable[..., Wire], announced: bool) -> None:
    wire = wired(HttpSettings(largest_call=100_000), json_rpc=Mock())
    headers = {"content-type": "application/json"} | ({"content-length": "100001"} if announced else {})

    answer = wire.request("POST", "/rpc", headers, [b"x" * 10_000] * 100)

    assert answer.status == 413
    assert answer.bodies_read == (0 if announced else 11)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_another_method_is_405(calling: Wire, method: str) -> None:
    answer = calling.request(method, "/rpc", {"content-type": "application/json"}, b"{}")

    assert answer.status == 405
    assert "POST" in answer.headers["allow"]


def test_the_description_is_there_to_get(calling: Wire) -> None:
    answer = calling.get("/rpc/openrpc.json")

    assert answer.headers["content-type"] == "application/json"
    assert answer.json["openrpc"] == "1.3.2"


def test_without_an_endpoint_calls_are_404(wire: Wire) -> None:
    assert wire.request("POST", "/rpc", {"content-type": "application/json"}, b"{}").status == 404
