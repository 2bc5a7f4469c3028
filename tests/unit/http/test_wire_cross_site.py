"""What a page of another site makes a browser send changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pypi_contracts.builders import build_wheel
from pypi_http_api import HttpSettings

if TYPE_CHECKING:
    from tests.unit.http.conftest import Wire

UNSAFE = [
    ("POST", "/legacy/"),
    ("POST", "/pypi"),
    ("POST", "/RPC2"),
    ("POST", "/rpc"),
    ("PUT", "/uploads/1/files/a"),
    ("PATCH", "/uploads/1/files/a"),
    ("POST", "/uploads/1/files/a"),
    ("DELETE", "/uploads/1"),
    ("POST", "/docs/sample/"),
    ("POST", "/i/test/legacy/"),
    ("POST", "/"),
    ("DELETE", "/simple/sample/"),
    ("POST", "/health/live"),
]
ELSEWHERE = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "origin": "http://index.example"},
    {"sec-fetch-site": "same-origin, cross-site"},
    {"sec-fetch-site": ""},
    {"origin": "https://evil.example"},
    {"origin": "http://index.example:8080"},
    {"origin": "http://index.example.evil.example"},
    {"origin": "null"},
    {"origin": "http://[::1"},
    {"origin": ""},
]
HERE = [
    {},
    {"sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "none"},
    {"sec-fetch-site": "same-origin", "origin": "https://another-name.example"},
    {"origin": "http://index.example"},
    {"origin": "http://INDEX.example:80"},
    {"origin": "https://index.example"},
]


@pytest.mark.parametrize(("method", "path"), UNSAFE)
def test_a_page_of_another_site_changes_nothing_anywhere(wire: Wire, method: str, path: str) -> None:
    headers = {**wire.basic("__token__", wire.token), "sec-fetch-site": "cross-site"}

    answer = wire.request(method, path, headers)

    assert answer.status == 403
    assert "A page of another site sent this request" in answer.text


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_a_form_of_another_site_publishes_nothing(wire: Wire, headers: dict[str, str]) -> None:
    answer = wire.upload(build_wheel("forged", "1.0"), headers=headers)

    assert answer.status == 403
    assert answer.phrase.startswith("A page of another site sent this request")
    assert answer.bodies_read == 0
    assert wire.holds_nothing()


@pytest.mark.parametrize("headers", HERE)
def test_a_form_of_our_own_publishes(wire: Wire, headers: dict[str, str]) -> None:
    assert wire.upload(build_wheel("genuine", "1.0"), headers=headers).status == 200


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_a_bearer_token_is_accepted_from_any_site(wire: Wire, headers: dict[str, str]) -> None:
    with_token = {**headers, "authorization": f"Bearer {wire.token}"}

    assert wire.upload(build_wheel("scripted", "1.0"), headers=with_token).status == 200


def test_a_failed_forgery_does_not_count_as_a_login(wire: Wire) -> None:
    headers = {**wire.basic("__token__", "pidx_wrong"), "sec-fetch-site": "cross-site"}

    assert {wire.request("POST", "/legacy/", headers).status for _ in range(20)} == {403}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_pages_of_other_sites_may_read_public_indexes(wire: Wire, method: str) -> None:
    wire.upload(build_wheel("sample", "1.0"))

    answer = wire.request(method, "/simple/sample/", {"sec-fetch-site": "cross-site", "origin": "null"})

    assert answer.status in {200, 204}


def test_behind_a_trusted_proxy_the_origin_is_the_one_that_clients_know(wired: Callable[..., Wire]) -> None:
    wire = wired(HttpSettings(trusted_proxies=("127.0.0.1",)))
    forwarded = {"x-forwarded-host": "public.example", "x-forwarded-proto": "https"}

    own = wire.upload(build_wheel("own", "1.0"), headers={**forwarded, "origin": "https://public.example"})
    other = wire.upload(build_wheel("other", "1.0"), headers={**forwarded, "origin": "http://index.example"})

    assert (own.status, other.status) == (200, 403)
