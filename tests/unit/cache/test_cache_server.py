"""A cache over HTTP: pages in the form asked for, files, ranges, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pypi_contracts.builders import build_wheel
from pypi_distribution_cache import DistributionCache
from pypi_distribution_cache.serving import CacheServer

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"
WHEEL = build_wheel(name="Foo.Bar", version="1.0")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CacheServer]:
    folder = tmp_path_factory.mktemp("served")
    path = folder / WHEEL.filename
    path.write_bytes(WHEEL.content)
    (folder / "secret.txt").write_text("secret")
    cache = DistributionCache.create(folder / "cache")
    with cache.changing() as change:
        change.take(path)
    (cache.layout.files / "link.whl").symlink_to(folder / "secret.txt")
    with CacheServer(cache, "127.0.0.1", 0) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def client(server: CacheServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url.removesuffix("simple/"), trust_env=False) as client:
        yield client


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (JSON, JSON),
        (HTML, HTML),
        ("text/html", "text/html; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
        (f"{JSON}, {HTML};q=0.1, text/html;q=0.01", JSON),
        (f"{JSON};q=0.1, text/html;q=0.9", "text/html; charset=utf-8"),
        ("application/vnd.pypi.simple.latest+json", JSON),
        ("application/json, text/html;q=0.5", "text/html; charset=utf-8"),
        (f"{JSON};q=x, {HTML};q=0.2", HTML),
    ],
)
def test_a_page_comes_in_the_requested_media_type(
    client: httpx.Client, accept: str, content_type: str
) -> None:
    for path in ("simple/", "simple/foo-bar/"):
        answer = client.get(path, headers={"Accept": accept})

        assert answer.status_code == 200
        assert answer.headers["content-type"] == content_type
        assert answer.headers["vary"] == "Accept"
        assert (b'"meta"' in answer.content) == (content_type == JSON)


def test_an_unavailable_media_type_is_refused(client: httpx.Client) -> None:
    answer = client.get("simple/", headers={"Accept": "application/xml"})

    assert answer.status_code == 406
    assert JSON in answer.text


def test_an_unchanged_page_is_not_sent_again(client: httpx.Client) -> None:
    first = client.get("simple/foo-bar/")
    again = client.get("simple/foo-bar/", headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("", "/simple/"),
        ("simple", "/simple/"),
        ("simple/foo-bar", "/simple/foo-bar/"),
        ("simple/Foo.Bar/", "/simple/foo-bar/"),
    ],
)
def test_other_spellings_are_redirected_to_the_page(client: httpx.Client, path: str, location: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.headers["location"]) == (301, location)


def test_a_file_is_sent_as_a_whole_or_in_part(client: httpx.Client) -> None:
    url = f"files/{WHEEL.filename}"
    content = WHEEL.content

    assert client.get(url).content == content
    assert client.get(f"{url}.metadata").content == WHEEL.metadata
    head = client.head(url)
    assert (head.headers["content-length"], head.content) == (str(len(content)), b"")
    for wanted, part in [
        ("0-9", content[:10]),
        ("10-", content[10:]),
        ("-5", content[-5:]),
        ("3-999999", content[3:]),
    ]:
        answer = client.get(url, headers={"Range": f"bytes={wanted}"})
        assert (answer.status_code, answer.content) == (206, part)
        assert answer.headers["content-range"].endswith(f"/{len(content)}")
    assert client.get(url, headers={"Range": f"bytes={len(content)}-"}).status_code == 416
    assert client.get(url, headers={"Range": "lines=1-2"}).content == content


@pytest.mark.parametrize(
    "path",
    [
        "cache.json", ".lock", "files/", "files/nothing.whl", "files/../cache.json",
        "files/%2e%2e/cache.json",
        "files/..%2fcache.json", "files/%2e%2e%5ccache.json", "files/link.whl", "simple/../cache.json",
        "simple/%2e%2e/", "simple/nowhere/", "simple/foo-bar/index.html", "files//etc/passwd", "etc/passwd",
        "files/.part", "files/a%00b",
    ],
)  # fmt: skip
def test_a_path_outside_pages_and_files_is_not_found(server: CacheServer, path: str) -> None:
    # By hand: a client library would tidy the path before it is sent.
    import socket

    with socket.create_connection(server.server_address[:2]) as connection:  # type: ignore[arg-type]
        connection.sendall(f"GET /{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    assert answer.split()[1] in {b"404", b"301"}
    assert b"secret" not in answer
    assert b"root:" not in answer


def test_a_write_is_refused(client: httpx.Client, server: CacheServer) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert client.request(method, "files/evil.whl", content=b"x").status_code == 501
    assert not (server.cache.layout.files / "evil.whl").exists()


def test_a_file_added_meanwhile_is_served(client: httpx.Client, server: CacheServer, tmp_path: Path) -> None:
    other = build_wheel(name="late", version="1.0")
    (tmp_path / other.filename).write_bytes(other.content)

    assert client.get("simple/late/").status_code == 404
    with server.cache.changing() as change:
        change.take(tmp_path / other.filename)

    assert other.filename in client.get("simple/late/").text
