"""The whole HTTP side on SQLite and a folder: files in parts, and what is published at once."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pypi_app.container import Container, assemble
from pypi_app.settings import Settings
from pypi_contracts.builders import BuiltDistribution, build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.entities import Yank
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName, IndexSettings, Reading
from pypi_core.domain.names import parse_project_name
from pypi_core.domain.rules import UploadRules
from pypi_core.domain.versions import parse_version
from pypi_http_api import build_application

JSON = {"accept": "application/vnd.pypi.simple.v1+json"}
SMALL = build_wheel("small", "1!1.0+local")
LARGE = build_wheel("large", "1.0", padding=1024 * 1024)
PRIVATE = IndexName("private")


class Service:
    """A site in a folder of its own, asked without a server."""

    def __init__(self, folder: Path) -> None:
        self.container: Container = assemble(Settings(data=str(folder)))
        self.folder = folder
        self.database = self.container.database()
        self.database.migrate()
        self.site = self.container.site()
        rules = UploadRules(allow_local_versions=True)
        self.site.create_index(OPERATOR, DEFAULT_INDEX, IndexSettings(rules=rules))
        self.site.create_index(OPERATOR, PRIVATE, IndexSettings(reading=Reading.PRIVATE))
        self.site.register_account(OPERATOR, "alice", "correct horse")
        self.token = self.site.issue_token(OPERATOR, "alice", "for a test").secret
        self.application = build_application(site=self.site, change_signal=self.database.change_signal)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.application)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://index.example") as client:
                return await client.request(method, path, **options)

        return asyncio.run(send())

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.request(
            "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def upload(self, distribution: BuiltDistribution, to: str = "/legacy/") -> httpx.Response:
        fields: dict[str, list[str]] = {}
        for name, value in distribution.form_fields():
            fields.setdefault(name, []).append(value)
        return self.request(
            "POST",
            to,
            data=fields,
            files={"content": (distribution.filename, distribution.content)},
            auth=("__token__", self.token),
        )


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("data"))
    assert service.upload(SMALL).status_code == 200
    assert service.upload(LARGE).status_code == 200
    yield service
    service.database.dispose()


def path_of(distribution: BuiltDistribution) -> str:
    digest = distribution.blake2_256
    filename = distribution.filename.replace("!", "%21").replace("+", "%2B")
    return f"/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{filename}"


both = pytest.mark.parametrize("distribution", [SMALL, LARGE], ids=["small", "large"])


@both
def test_a_file_comes_back_as_it_was_sent(service: Service, distribution: BuiltDistribution) -> None:
    answer = service.get(path_of(distribution), accept_encoding="gzip")

    assert (answer.status_code, answer.content) == (200, distribution.content)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-length"] == str(len(distribution.content))
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert re.fullmatch(r'"[0-9a-f]+"', answer.headers["etag"])
    assert "content-encoding" not in answer.headers


@both
def test_a_page_links_to_the_file(service: Service, distribution: BuiltDistribution) -> None:
    name = distribution.filename.partition("-")[0]
    page = service.get(f"/simple/{name}/", **JSON).json()

    assert page["files"][0]["url"] == f"../..{path_of(distribution)}"


@both
def test_head_has_the_length_and_no_body(service: Service, distribution: BuiltDistribution) -> None:
    answer = service.request("HEAD", path_of(distribution), headers={"range": "bytes=0-0"})

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(distribution.content))


@pytest.mark.parametrize("target", ["file", "metadata", "page", "document"])
def test_head_before_get_leaves_the_body_alone(service: Service, target: str) -> None:
    wheel = build_wheel(f"asked-by-head-{target}", "1.0")
    service.upload(wheel)
    file = path_of(wheel)
    path = {
        "file": file,
        "metadata": f"{file}.metadata",
        "page": f"/simple/asked-by-head-{target}/",
        "document": f"/pypi/asked-by-head-{target}/json",
    }[target]

    identity = {"accept-encoding": "identity"}
    head = service.request("HEAD", path, headers=identity)
    got = [service.request("GET", path, headers=identity) for _ in range(3)]

    assert {len(each.content) for each in got} == {int(head.headers["content-length"])}
    assert got[0].content
    again = service.request("HEAD", path, headers=identity)
    del head.headers["x-request-id"], again.headers["x-request-id"]
    assert again.headers == head.headers


@both
@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=10-", 10, None),
        ("bytes=-22", -22, None),
        ("Bytes = 5 - 9", 5, 10),
        ("bytes=0-999999999999", 0, None),
        ("bytes=-999999999999", 0, None),
    ],
)
def test_a_part_is_sent_alone(
    service: Service, distribution: BuiltDistribution, asked: str, start: int, stop: int | None
) -> None:
    answer = service.get(path_of(distribution), range=asked)

    content, size = distribution.content[start:stop], len(distribution.content)
    first = start % size
    assert (answer.status_code, answer.content) == (206, content)
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(content) - 1}/{size}"
    assert answer.headers["content-length"] == str(len(content))


@both
@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-0,5-9",
        ",".join(["bytes=0-0", *(f"{at}-{at}" for at in range(2, 2000, 2))]),
        "bytes=9-5",
        "bytes=-",
        "bytes=a-b",
        "bytes=--1",
        "items=0-1",
        f"bytes=0-{'9' * 5000}",
        "",
    ],
)
def test_a_request_for_several_ranges_gets_the_whole_file(
    service: Service, distribution: BuiltDistribution, asked: str
) -> None:
    answer = service.get(path_of(distribution), range=asked)

    assert (answer.status_code, answer.content) == (200, distribution.content)


@both
@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=99999999-100000000", "bytes=-0"])
def test_a_range_behind_the_end_is_416(service: Service, distribution: BuiltDistribution, asked: str) -> None:
    answer = service.get(path_of(distribution), range=asked)

    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(distribution.content)}"
    assert "immutable" not in answer.headers.get("cache-control", "")


@both
def test_a_range_applies_only_to_the_same_file(service: Service, distribution: BuiltDistribution) -> None:
    path = path_of(distribution)
    etag = service.get(path).headers["etag"]

    assert service.get(path, range="bytes=5-", if_range=etag).status_code == 206
    for other in ('"other"', f"W/{etag}", "Mon, 01 Jan 2024 00:00:00 GMT"):
        assert service.get(path, range="bytes=5-", if_range=other).content == distribution.content


@both
def test_a_matching_etag_is_304(service: Service, distribution: BuiltDistribution) -> None:
    etag = service.get(path_of(distribution)).headers["etag"]

    answer = service.get(path_of(distribution), if_none_match=etag, range="bytes=0-0")

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == etag


@both
def test_the_metadata_lie_beside_a_wheel_byte_for_byte(
    service: Service, distribution: BuiltDistribution
) -> None:
    answer = service.get(f"{path_of(distribution)}.metadata")

    assert (answer.status_code, answer.content) == (200, distribution.metadata)
    assert service.request("HEAD", f"{path_of(distribution)}.metadata").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        path_of(SMALL).replace("/packages/", "/packages/0"),
        path_of(SMALL).replace(SMALL.blake2_256[4:], LARGE.blake2_256[4:]),
        path_of(SMALL) + "/",
        path_of(SMALL) + ".asc",
        path_of(SMALL) + ".metadata.metadata",
        path_of(SMALL).upper(),
        "/packages/aa/bb/cc/..%2F..%2Fetc%2Fpasswd",
        "/packages/../../etc/passwd",
        "/packages/",
        "/packages/aa/bb/cc/",
    ],
)
def test_an_invalid_file_address_is_404(service: Service, path: str) -> None:
    assert service.get(path).status_code == 404


def test_a_file_of_a_private_index_is_for_its_readers_alone(service: Service) -> None:
    hidden = build_wheel("hidden", "1.0", summary="Nobody may read this")
    token = f"Bearer {service.token}"
    assert service.upload(hidden, to="/i/private/legacy/").status_code == 200

    # At the root of the public index it is as if there were no such file.
    for root, refused in (("", 404), ("/i/private", 401)):
        for path in (path_of(hidden), f"{path_of(hidden)}.metadata"):
            assert service.get(root + path).status_code == refused
            answer = service.get(root + path, authorization=token)
            assert answer.status_code == 200
            assert answer.headers["cache-control"].startswith("private, ")
            assert answer.headers["vary"] == "Authorization"
            assert "access-control-allow-origin" not in answer.headers
            assert service.get(root + path).status_code == refused
    assert service.get(f"/i/pypi{path_of(hidden)}", authorization=token).status_code == 404


def test_a_change_is_seen_by_the_very_next_request(service: Service) -> None:
    name = parse_project_name("changing")
    wheels = [build_wheel("changing", f"1.{number}") for number in range(1, 6)]
    for number, wheel in enumerate(wheels, start=1):
        assert service.upload(wheel).status_code == 200
        for _ in range(2):
            assert len(service.get("/simple/changing/", **JSON).json()["files"]) == number
            assert service.get("/pypi/changing/json").json()["info"]["version"] == f"1.{number}"
            assert service.get(path_of(wheel)).status_code == 200
    service.site.index(DEFAULT_INDEX).yank_release(OPERATOR, name, parse_version("1.5"), Yank("broken"))
    assert service.get("/simple/changing/", **JSON).json()["files"][-1]["yanked"] == "broken"
    service.site.index(DEFAULT_INDEX).delete_file(OPERATOR, name, wheels[-1].filename)
    assert service.get(path_of(wheels[-1])).status_code == 404
    assert len(service.get("/simple/changing/", **JSON).json()["files"]) == 4


def test_a_revoked_token_is_refused_by_the_very_next_request(service: Service) -> None:
    issued = service.site.issue_token(OPERATOR, "alice", "to be revoked")
    headers = {"authorization": f"Bearer {issued.secret}"}
    assert service.get("/i/private/simple/", **headers).status_code == 200

    service.site.revoke_token(OPERATOR, issued.token.id)

    assert service.get("/i/private/simple/", **headers).status_code == 401


def test_a_refused_upload_leaves_nothing(service: Service) -> None:
    before = {each for each in service.folder.rglob("*") if each.is_file()}
    twisted = LARGE.form_fields()
    for fields in ([*twisted, ("name", "twice")], [each for each in twisted if each[0] != "filetype"]):
        answer = service.request(
            "POST",
            "/legacy/",
            data={name: [value for known, value in fields if known == name] for name, _ in fields},
            files={"content": ("large-1.1-py3-none-any.whl", os.urandom(3 * 1024 * 1024))},
            auth=("__token__", service.token),
        )
        assert answer.status_code == 400

    after = {each for each in service.folder.rglob("*") if each.is_file()}
    assert {each for each in after - before if not each.name.endswith(("-wal", "-shm"))} == set()


@pytest.mark.parametrize("metadata", ["", ".metadata"], ids=["file", "metadata"])
@pytest.mark.parametrize("loss", ["cut", "missing"])
def test_a_damaged_file_is_an_error_and_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, metadata: str, loss: str
) -> None:
    service = Service(tmp_path)
    service.upload(SMALL)
    folder = tmp_path / "blobs" / ("metadata" if metadata else "distributions")
    [stored] = [each for each in folder.rglob("*") if each.is_file()]
    if loss == "cut":
        os.truncate(stored, stored.stat().st_size - 1)
    else:
        stored.unlink()

    answers = [service.request(method, f"{path_of(SMALL)}{metadata}") for method in ("GET", "HEAD")]
    service.database.dispose()

    assert [each.status_code for each in answers] == [500, 500]
    assert not any("etag" in each.headers for each in answers)
    assert "restore it from a backup" in caplog.text
