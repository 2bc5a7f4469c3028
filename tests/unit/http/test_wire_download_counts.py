"""Which answers count as a download, and where the counts are shown."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_core.domain.blob_keys import BlobKey
from pypi_core.domain.downloads import DownloadClient, DownloadCount
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName
from pypi_core.ports.blobs import BlobLocation, RemoteUrl, Streamed

WHEEL = build_wheel("sample", "1.0")
DIGEST = WHEEL.blake2_256
PATH = f"/packages/{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST[4:]}/{WHEEL.filename}"
COUNTED = (DEFAULT_INDEX, DIGEST, "pip/24.0")


@pytest.fixture
def counted() -> list[tuple[IndexName, str, str]]:
    return []


@pytest.fixture
def wire(wired: Any, memory: InMemorySite, counted: list[tuple[IndexName, str, str]]) -> Any:
    memory.publish(memory.actor("alice"), WHEEL)
    blobs = memory.blobs

    def streamed(key: BlobKey, filename: str) -> BlobLocation:
        found = blobs.find(key)
        assert found
        return Streamed(found.size, partial(blobs.open, key))

    blobs.locate = streamed  # type: ignore[method-assign]
    return wired(count_download=lambda *what: counted.append(what))


def get(wire: Any, path: str = PATH, method: str = "GET", **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return wire.request(method, path, {"user-agent": "pip/24.0", **named})


def test_a_whole_file_counts_once_and_from_memory_too(wire: Any, counted: list[Any]) -> None:
    for number in range(3):
        assert get(wire).body == WHEEL.content
        assert counted == [COUNTED] * (number + 1)


def test_what_is_not_a_whole_file_does_not_count(wire: Any, counted: list[Any]) -> None:
    etag = get(wire, method="HEAD").headers["etag"]
    assert get(wire, if_none_match=etag).status == 304
    assert get(wire, range="bytes=5-").status == 206
    assert get(wire, range="bytes=0-3").status == 206
    assert get(wire, range="bytes=99999999-").status == 416
    assert get(wire, f"{PATH}.metadata").status == 200
    assert get(wire, PATH.replace("sample-1.0", "sample-2.0")).status == 404
    assert get(wire, "/simple/sample/").status == 200
    assert get(wire, f"/packages/py3/s/sample/{WHEEL.filename}").status == 302

    assert counted == []


def test_a_file_of_another_index_counts_there(wire: Any, memory: InMemorySite, counted: list[Any]) -> None:
    memory.publish(memory.actor("alice"), WHEEL, memory.site.index(TEST_INDEX))

    assert get(wire, f"/i/test{PATH}").status == 200

    assert counted == [(TEST_INDEX, DIGEST, "pip/24.0")]


def test_a_redirection_to_the_store_counts(wire: Any, memory: InMemorySite, counted: list[Any]) -> None:
    def remote(key: BlobKey, filename: str) -> BlobLocation:
        return RemoteUrl("https://files.example/a")

    memory.blobs.locate = remote  # type: ignore[method-assign]

    assert get(wire).status == 302
    assert counted == [COUNTED]


def test_a_refused_download_does_not_count(wire: Any, counted: list[Any]) -> None:
    wire.make_private()

    assert get(wire).status == 401
    assert counted == []


def test_the_legacy_json_shows_downloads_up_to_yesterday(wire: Any, memory: InMemorySite) -> None:
    today = memory.clock.now().date()
    memory.database.download_batches.put(
        [
            DownloadCount(
                index=DEFAULT_INDEX, blake2_256=DIGEST, day=day, client=DownloadClient(), count=count
            )
            for day, count in ((today, 1), (today - timedelta(days=1), 2), (today - timedelta(days=5), 4))
        ]
    )
    memory.site.add_up_downloads()

    shown = wire.get("/pypi/sample/json").json

    assert shown["info"]["downloads"] == {"last_day": 2, "last_week": 6, "last_month": 6}
    assert [each["downloads"] for each in shown["urls"]] == [6]
    assert [each["downloads"] for each in shown["releases"]["1.0"]] == [6]
