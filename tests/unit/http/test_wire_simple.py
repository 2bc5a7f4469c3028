"""
The Simple API over HTTP.

See docs/reference/standards/simple-api.md#urls, docs/reference/standards/simple-api.md#content-negotiation,
docs/reference/standards/simple-api.md#headers and docs/reference/standards/nasty-inputs.md#cases-53-to-59.
"""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

import pytest

from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_core.domain.entities import Yank
from pypi_core.domain.names import parse_project_name
from pypi_core.domain.versions import parse_version

if TYPE_CHECKING:
    from tests.unit.http.conftest import Wire

JSON = "application/vnd.pypi.simple.v1+json"
HTML_V1 = "application/vnd.pypi.simple.v1+html"
PIP = f"{JSON}, {HTML_V1}; q=0.1, text/html; q=0.01"


@pytest.fixture(autouse=True)
def published(memory: InMemorySite) -> None:
    memory.publish(memory.actor("alice"), build_wheel("Foo.Bar", "1.0"))


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/simple", "/simple/"),
        ("/simple/foo-bar", "/simple/foo-bar/"),
        ("/simple/Foo__Bar", "/simple/foo-bar/"),
        ("/simple/Foo.Bar/?format=x&y=%2F", "/simple/foo-bar/?format=x&y=%2F"),
        ("/i/test/simple/FOO/", "/i/test/simple/foo/"),
        ("/i/test/simple", "/i/test/simple/"),
        ("/i/test", "/i/test/"),
    ],
)
def test_every_spelling_is_redirected_in_one_step(wire: Wire, target: str, location: str) -> None:
    answer = wire.get(target, {"accept": "nothing/known"})

    assert answer.status in {301, 308}
    assert answer.headers["location"] == location


@pytest.mark.parametrize(
    "target",
    [
        "/simple/unknown/",
        "/simple/%2e%2e/",
        "/simple/../",
        "/simple/foo%2Fbar/",
        "/simple/foo%2fbar/",
        "/simple/foo%00/",
        "/simple/foo-bar%0A/",
        "/simple/%C5%BFix/",
        "/simple/%E2%84%AAelvin/",
        "/simple/%FF/",
        "/simple/foo./",
        "/simple/foo.",
        "/simple/-foo/",
        "/simple//evil.example/",
        "//evil.example/simple",
        "/simple/foo-bar//",
        "/simple/foo%5Cbar/",
        "/simple/foo-bar/extra/",
        "/i/unknown/simple/",
        "/i/UPPER/simple/",
        "/i/te%73t/simple/",
        "/i//simple/",
        "/legacy/%2Bsimple/foo-bar/",
        "/nothing",
    ],
)
def test_an_unknown_project_is_a_small_404(wire: Wire, target: str) -> None:
    answer = wire.get(target, {"accept": PIP})

    assert answer.status == 404
    assert len(answer.body) < 300
    assert "location" not in answer.headers


def test_a_404_can_be_read_from_other_origins_and_is_not_kept(wire: Wire) -> None:
    answer = wire.get("/simple/unknown/", {"accept": PIP})

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.phrase == "There is no project 'unknown' on this index."


@pytest.mark.parametrize("target", ["/simple/", "/simple/foo-bar/", "/simple/Foo", "/simple/unknown/"])
def test_head_answers_as_get_without_the_body(wire: Wire, target: str) -> None:
    got, head = wire.get(target), wire.request("HEAD", target)

    assert head.body == b""
    assert (head.status, head.headers) == (got.status, got.headers)
    assert int(head.headers["content-length"]) == len(got.body)


@pytest.mark.parametrize("target", ["/simple/", "/simple/foo-bar/", "/simple/unknown/"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_405_with_allow(wire: Wire, method: str, target: str) -> None:
    answer = wire.request(method, target)

    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_a_preflight_request_is_answered(wire: Wire) -> None:
    answer = wire.request("OPTIONS", "/simple/foo-bar/", {"origin": "https://other.example"})

    assert answer.status == 204
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "HEAD" in answer.headers["access-control-allow-methods"]


@pytest.mark.parametrize("target", ["/simple/", "/simple/foo-bar/"])
@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "text/html; charset=utf-8"),
        ("", "text/html; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
        (PIP, JSON),
        (HTML_V1, f"{HTML_V1}; charset=utf-8"),
        ("application/vnd.pypi.simple.latest+json", JSON),
        ("application/vnd.pypi.simple.v2+json, */*;q=0.1", "text/html; charset=utf-8"),
        (f"{JSON};q=0, text/html", "text/html; charset=utf-8"),
        (f"{JSON};q=1.5, text/html;q=0.1", "text/html; charset=utf-8"),
        (";;,", "text/html; charset=utf-8"),
    ],
)
def test_the_representation_with_the_highest_weight_is_sent(
    wire: Wire, target: str, accept: str | None, content_type: str
) -> None:
    answer = wire.get(target, {} if accept is None else {"accept": accept})

    assert answer.status == 200
    assert answer.headers["content-type"] == content_type
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    assert answer.headers["cache-control"] == "max-age=0, must-revalidate"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-expose-headers"] == "X-PyPI-Last-Serial"
    assert int(answer.headers["x-pypi-last-serial"]) > 0


@pytest.mark.parametrize("target", ["/simple/", "/simple/foo-bar/"])
@pytest.mark.parametrize(
    ("query", "content_type"),
    [
        ("?format=application/vnd.pypi.simple.v1+json", JSON),
        ("?format=application/vnd.pypi.simple.v1%2Bjson", JSON),
        ("?format=text/html", "text/html; charset=utf-8"),
    ],
)
def test_the_format_in_the_query_wins(wire: Wire, target: str, query: str, content_type: str) -> None:
    answer = wire.get(target + query, {"accept": HTML_V1})

    assert answer.headers["content-type"] == content_type


@pytest.mark.parametrize("target", ["/simple/", "/simple/foo-bar/"])
@pytest.mark.parametrize(
    ("query", "accept"), [("", "application/vnd.pypi.simple.v2+json"), ("?format=text/plain", "*/*")]
)
def test_an_unknown_representation_is_406_and_lists_the_available_ones(
    wire: Wire, target: str, query: str, accept: str
) -> None:
    answer = wire.get(target + query, {"accept": accept})

    assert answer.status == 406
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert all(each in answer.text for each in (JSON, HTML_V1, "text/html"))


@pytest.mark.parametrize("target", ["/simple/", "/simple/foo-bar/"])
def test_every_form_and_coding_has_an_etag_of_its_own(wire: Wire, target: str) -> None:
    answers = [
        wire.get(target, {"accept": accept, "accept-encoding": coding})
        for accept in (JSON, HTML_V1, "text/html")
        for coding in ("identity", "gzip")
    ]

    assert len({each.headers["etag"] for each in answers}) == 6
    assert all(re.fullmatch(r'"[\w-]+"', each.headers["etag"]) for each in answers)


@pytest.mark.parametrize("target", ["/simple/", "/simple/foo-bar/"])
@pytest.mark.parametrize("accept", [JSON, HTML_V1, "text/html"])
@pytest.mark.parametrize("repeated", [False, True])
def test_gzip_holds_the_same_page(wire: Wire, target: str, accept: str, repeated: bool) -> None:
    if repeated:
        wire.get(target, {"accept": accept, "accept-encoding": "gzip"})
    plain = wire.get(target, {"accept": accept})
    compressed = wire.get(target, {"accept": accept, "accept-encoding": "gzip, deflate"})

    assert compressed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(compressed.body) == plain.body


@pytest.mark.parametrize("target", ["/simple/", "/simple/foo-bar/"])
@pytest.mark.parametrize("sent", ["{etag}", "W/{etag}", '"other", {etag}', "*"])
@pytest.mark.parametrize("repeated", [False, True])
def test_a_matching_etag_is_304(wire: Wire, target: str, sent: str, repeated: bool) -> None:
    first = wire.get(target, {"accept": JSON})
    if repeated:
        wire.get(target, {"accept": JSON})

    answer = wire.get(target, {"accept": JSON, "if-none-match": sent.format(etag=first.headers["etag"])})

    assert (answer.status, answer.body) == (304, b"")
    kept = ("etag", "vary", "cache-control", "x-pypi-last-serial", "access-control-allow-origin")
    assert {each: answer.headers[each] for each in kept} == {each: first.headers[each] for each in kept}
    assert "content-length" not in answer.headers


def test_the_etag_of_another_form_does_not_match(wire: Wire) -> None:
    html = wire.get("/simple/foo-bar/", {"accept": "text/html"})

    answer = wire.get("/simple/foo-bar/", {"accept": JSON, "if-none-match": html.headers["etag"]})

    assert answer.status == 200
    assert answer.headers["content-type"] == JSON


def test_the_list_names_every_project_with_its_serial(wire: Wire, memory: InMemorySite) -> None:
    memory.publish(memory.actor("alice"), build_wheel("second", "1.0"))

    answer = wire.get("/simple/", {"accept": JSON})

    assert [each["name"] for each in answer.json["projects"]] == ["Foo.Bar", "second"]
    assert all(isinstance(each["_last-serial"], int) for each in answer.json["projects"])
    assert answer.headers["x-pypi-last-serial"] == str(answer.json["meta"]["_last-serial"])


def test_a_page_links_relatively_to_files_that_are_there(wire: Wire) -> None:
    page = wire.get("/simple/foo-bar/", {"accept": JSON}).json

    assert page["meta"]["api-version"] == "1.4"
    assert page["files"][0]["url"].startswith("../../packages/")
    assert wire.get(page["files"][0]["url"].removeprefix("../..")).status in {200, 302}


def test_a_project_without_files_has_a_page(wire: Wire, memory: InMemorySite) -> None:
    memory.index.delete_file(
        memory.actor("alice"), parse_project_name("foo-bar"), "foo_bar-1.0-py3-none-any.whl"
    )

    answer = wire.get("/simple/foo-bar/", {"accept": JSON})

    assert (answer.status, answer.json["files"]) == (200, [])


def test_a_yank_reason_is_escaped_in_html_and_raw_in_json(wire: Wire, memory: InMemorySite) -> None:
    reason = '"><script>'
    alice = memory.actor("alice")
    memory.index.yank_release(alice, parse_project_name("foo-bar"), parse_version("1.0"), Yank(reason))

    assert reason not in wire.get("/simple/foo-bar/").text
    assert wire.get("/simple/foo-bar/", {"accept": JSON}).json["files"][0]["yanked"] == reason


def test_an_index_does_not_list_projects_of_another(wire: Wire, memory: InMemorySite) -> None:
    memory.publish(memory.actor("alice"), build_wheel("elsewhere", "1.0"), memory.site.index(TEST_INDEX))

    assert wire.get("/simple/elsewhere/").status == 404
    assert wire.get("/i/test/simple/elsewhere/").status == 200
    assert wire.get("/i/test/simple/foo-bar/").status == 404
    assert wire.get("/i/pypi/simple/foo-bar/").status == 200


def test_a_private_index_asks_for_a_token_and_keeps_its_pages_private(wire: Wire) -> None:
    token = {"authorization": f"Bearer {wire.token}"}
    wire.get("/simple/foo-bar/")  # is kept as a ready answer
    wire.make_private()

    for target in ("/simple/", "/simple/foo-bar/", "/simple/unknown/"):
        refused = wire.get(target)
        assert refused.status == 401
        assert refused.headers["www-authenticate"] == 'Basic realm="package index"'
    for target in ("/simple/", "/simple/foo-bar/"):
        answer = wire.get(target, token)
        assert answer.status == 200
        assert answer.headers["cache-control"] == "private, max-age=0, must-revalidate"
        assert answer.headers["vary"] == "Accept, Accept-Encoding, Authorization"
        assert "access-control-allow-origin" not in answer.headers
        assert wire.get(target).status == 401
    assert "access-control-allow-origin" not in wire.get("/simple/unknown/", token).headers
    assert "access-control-allow-origin" not in wire.request("OPTIONS", "/simple/", token).headers


def test_publish_then_read_on_the_very_next_request(wire: Wire, memory: InMemorySite) -> None:
    alice = memory.actor("alice")
    for number in range(1, 5):
        for target in ("/simple/foo-bar/", "/pypi/foo-bar/json"):
            for _ in range(3):
                answer = wire.get(target, {"accept": JSON})
                listed = answer.json.get("versions") or [*answer.json["releases"]]
                assert len(listed) == number
        memory.publish(alice, build_wheel("Foo.Bar", f"1.{number}"))


def test_a_page_read_again_is_answered_without_the_core(wire: Wire, memory: InMemorySite) -> None:
    first = [wire.get("/simple/foo-bar/", {"accept": JSON}), wire.get("/pypi/foo-bar/json")]
    memory.index.pages.project = memory.index.projects.read = None  # type: ignore[assignment]

    again = [wire.get("/simple/foo-bar/", {"accept": JSON}), wire.get("/pypi/foo-bar/json")]

    assert again == first
