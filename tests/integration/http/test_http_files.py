"""Downloads over HTTP, from local disk: whole, in parts, on conditions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pypi_app.application import build_asgi_application
from pypi_app.container import Container, assemble
from pypi_app.server.set_up import set_up
from pypi_app.settings import Settings
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.distributions import describe_upload
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings, Reading
from pypi_core.domain.names import NormalizedName

SMALL = build_wheel("small", "1.0")
LARGE = build_wheel("large", "1.0", padding=1_000_000)
SDIST = build_sdist("small", "1.0")


class Served:
    """An index on SQLite and local disk with three files, asked over ASGI."""

    def __init__(self, container: Container, token: str) -> None:
        self.container = container
        self.token = token
        self.index = container.site().index(DEFAULT_INDEX)
        self.application = build_asgi_application(
            container.settings(), container.site(), container.database()
        )
        for each in (SMALL, LARGE, SDIST):
            self.publish(each)

    def publish(self, distribution: BuiltDistribution) -> None:
        arrival = self.index.staging.begin()
        arrival.append(distribution.content)
        staged = arrival.finish()
        with self.index.staging.open(staged) as archive:
            upload = describe_upload(distribution.filename, archive, staged.digests)
        self.index.publish_file(OPERATOR, upload, staged)

    def ask(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.application)  # type: ignore[arg-type]
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            async with httpx.AsyncClient(transport=transport, base_url="http://index.example") as client:
                return await client.request(method, path, headers={"Accept-Encoding": "identity"} | named)

        return asyncio.run(send())


def serving(data: Path) -> Iterator[Served]:
    container = assemble(Settings(data=str(data)))
    owner = set_up(container.site(), container.database(), data)
    assert owner is not None
    yield Served(container, owner.token)
    container.database().dispose()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from serving(tmp_path_factory.mktemp("served"))


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[Served]:
    yield from serving(tmp_path)


def path_of(distribution: BuiltDistribution) -> str:
    digest = distribution.blake2_256
    return f"/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{distribution.filename}"


@pytest.mark.parametrize("distribution", [SMALL, LARGE])
def test_a_file_comes_whole_and_may_be_kept_for_ever(served: Served, distribution: BuiltDistribution) -> None:
    for _ in range(2):
        response = served.ask(path_of(distribution))

        assert response.status_code == 200
        assert response.content == distribution.content
        assert response.headers["content-length"] == str(len(distribution.content))
        assert response.headers["content-type"] == "application/octet-stream"
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert response.headers["accept-ranges"] == "bytes"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "content-encoding" not in response.headers


@pytest.mark.parametrize("distribution", [SMALL, LARGE])
def test_head_answers_as_get_without_the_bytes(served: Served, distribution: BuiltDistribution) -> None:
    head, whole = served.ask(path_of(distribution), "HEAD"), served.ask(path_of(distribution))

    assert head.content == b""
    other = {"date": "", "x-request-id": ""}
    assert {**head.headers, **other} == {**whole.headers, **other}


@pytest.mark.parametrize("distribution", [SMALL, LARGE])
@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-0", 0, 1), ("bytes=5-9", 5, 10), ("bytes=-22", -22, None), ("bytes=100-", 100, None),
     ("bytes=0-99999999999", 0, None), ("bytes=-99999999999", 0, None), ("Bytes = 1 - 2", 1, 3)],
)  # fmt: skip
def test_a_part_is_sent_as_a_part(
    served: Served, distribution: BuiltDistribution, asked: str, start: int, stop: int | None
) -> None:
    response = served.ask(path_of(distribution), Range=asked)

    size = len(distribution.content)
    expected = distribution.content[start:stop]
    first = start % size
    assert response.status_code == 206
    assert response.content == expected
    assert response.headers["content-range"] == f"bytes {first}-{first + len(expected) - 1}/{size}"


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_part_behind_the_end_is_refused(served: Served, asked: str) -> None:
    response = served.ask(path_of(SMALL), Range=asked)

    assert response.status_code == 416
    assert response.headers["content-range"] == f"bytes */{len(SMALL.content)}"


@pytest.mark.parametrize(
    "asked", ["bytes=0-0,5-9", "bytes=" + "0-0," * 1000, "lines=1-2", "bytes=9-5", "x", "bytes=-"]
)
def test_a_request_for_several_ranges_gets_the_whole_file(served: Served, asked: str) -> None:
    response = served.ask(path_of(SMALL), Range=asked)

    assert response.status_code == 200
    assert response.content == SMALL.content


def test_a_download_is_resumed_only_of_the_same_file(served: Served) -> None:
    etag = served.ask(path_of(SMALL)).headers["etag"]

    assert served.ask(path_of(SMALL), Range="bytes=5-", If_Range=etag).status_code == 206
    assert served.ask(path_of(SMALL), Range="bytes=5-", If_Range='"other"').status_code == 200


def test_a_matching_etag_is_304(served: Served) -> None:
    etag = served.ask(path_of(SMALL)).headers["etag"]

    response = served.ask(path_of(SMALL), If_None_Match=etag)

    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["etag"] == etag


def test_metadata_stand_beside_a_wheel_to_the_byte(served: Served) -> None:
    response = served.ask(path_of(SMALL) + ".metadata")

    assert response.content == SMALL.metadata
    assert response.headers["content-type"] == "application/octet-stream"
    assert served.ask(path_of(SDIST) + ".metadata").status_code == 404


@pytest.mark.parametrize(
    "path",
    [path_of(SMALL).replace("small-1.0", "small-1.1"), path_of(SMALL)[:-4], path_of(SMALL) + "/",
     path_of(SMALL).replace("/packages/", "/packages/ff"), "/packages/..%2f..%2fetc/a/b/passwd",
     "/i/test" + path_of(SMALL)],
)  # fmt: skip
def test_other_addresses_are_404(served: Served, path: str) -> None:
    assert served.ask(path).status_code == 404


def test_a_deleted_file_is_gone_at_once_although_it_was_kept_ready(changing: Served) -> None:
    assert changing.ask(path_of(SMALL)).status_code == 200
    changing.index.delete_file(OPERATOR, NormalizedName("small"), SMALL.filename)

    assert changing.ask(path_of(SMALL)).status_code == 404


def test_a_private_file_requires_credentials_although_it_was_cached(changing: Served) -> None:
    assert changing.ask(path_of(SMALL)).status_code == 200
    changing.container.site().configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))

    refused = changing.ask(path_of(SMALL))
    permitted = changing.ask(path_of(SMALL), Authorization=f"Bearer {changing.token}")

    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic ")
    assert permitted.content == SMALL.content
    assert permitted.headers["cache-control"].startswith("private")
    assert "access-control-allow-origin" not in permitted.headers
    assert changing.ask(path_of(SMALL)).status_code == 401


@pytest.mark.parametrize(
    "headers", [{}, {"Range": "bytes=5-"}, {"If-None-Match": "*"}, {"Range": "bytes=99999999-"}]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_no_file_stays_open(served: Served, method: str, headers: dict[str, str]) -> None:
    def open_blobs() -> list[Path]:
        links = [each for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
        return [each.readlink() for each in links if "distributions" in str(each.readlink())]

    for distribution in (SMALL, LARGE):
        served.ask(path_of(distribution), method, **headers)

    assert open_blobs() == []
