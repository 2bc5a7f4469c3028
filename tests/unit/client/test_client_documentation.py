"""Documentation goes to an index in pieces, each where the last one ended."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from pypi_api_client import Client
from pypi_api_client.errors import BadAnswer, ConnectionFailed, IndexUnavailable, InvalidRequest, NotSpoken

MakeClient = Callable[..., Client]
ROOT = "https://index.example/"
CONTENT = bytes(range(256)) * 1000
GUIDE = {
    "version": "1.0",
    "state": "unpacking",
    "url": "docs/guide/1.0/",
    "archive_url": "docs/guide/1.0.zip",
    "size": len(CONTENT),
    "sha256": hashlib.sha256(CONTENT).hexdigest(),
    "uploaded": "2026-03-01T12:00:00Z",
    "is_being_replaced": False,
}


class FakeDocs:
    """Takes one ZIP; each PUT breaks as *breaks* says: the number of bytes that still arrive."""

    def __init__(self, *breaks: int | httpx.Response) -> None:
        self.breaks = list(breaks)
        self.arrived = b""
        self.offsets: list[int] = []
        self.calls: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/rpc":
            return self._call(json.loads(request.read()))
        assert request.url.path == "/upload/docs/1"
        assert request.headers["authorization"].startswith("Basic ")
        offset = {"Upload-Offset": str(len(self.arrived))}
        if request.method == "HEAD":
            return httpx.Response(204, headers=offset)
        self.offsets.append(int(request.headers["upload-offset"]))
        if self.offsets[-1] != len(self.arrived):
            return httpx.Response(409, headers=offset)
        body = request.read()
        assert int(request.headers["content-length"]) == len(body)
        broken = self.breaks.pop(0) if self.breaks else None
        if isinstance(broken, httpx.Response):
            return broken
        self.arrived += body[:broken]
        if broken is not None:
            raise httpx.ReadError("reset")
        return httpx.Response(204, headers={"Upload-Offset": str(len(self.arrived))})

    def _call(self, call: dict[str, Any]) -> httpx.Response:
        self.calls.append(call)
        results = {
            "docs.begin": {"upload": "1", "url": "upload/docs/1", "expires": "2026-03-02T12:00:00Z"},
            "docs.complete": GUIDE,
            "docs.list": self._page(call["params"].get("cursor")),
            "docs.delete": {"serial": 7},
        }
        return httpx.Response(200, json={"jsonrpc": "2.0", "id": 1, "result": results[call["method"]]})

    def _page(self, cursor: str | None) -> dict[str, Any]:
        shown = GUIDE | {"version": "0.9"} if cursor else GUIDE
        following = None if cursor else "next"
        return {"name": "guide", "versions": [shown], "latest": "1.0", "stable": None, "next": following}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "docs.zip"
    path.write_bytes(CONTENT)
    return path


def client(make_client: MakeClient, handler: Callable[[httpx.Request], httpx.Response]) -> Client:
    return make_client(
        ROOT, token="secret", transport=httpx.MockTransport(handler), sleep=lambda _seconds: None
    )


def test_documentation_is_announced_sent_and_published(make_client: MakeClient, path: Path) -> None:
    index, seen = FakeDocs(), list[int]()

    published = client(make_client, index).upload_documentation("guide", "1.0", path, progress=seen.append)

    assert index.arrived == CONTENT
    assert seen[-1] == len(CONTENT)
    assert [(each["method"], each["params"]) for each in index.calls] == [
        (
            "docs.begin",
            {"name": "guide", "version": "1.0", "size": GUIDE["size"], "sha256": GUIDE["sha256"]},
        ),
        ("docs.complete", {"upload": "1"}),
    ]
    assert (published.state, published.url) == ("unpacking", f"{ROOT}docs/guide/1.0/")


@pytest.mark.parametrize("broken", [0, 1, 65_536, 100_000, len(CONTENT) - 1, len(CONTENT)])
def test_a_connection_may_break_at_any_byte(make_client: MakeClient, path: Path, broken: int) -> None:
    index = FakeDocs(broken, 3)

    client(make_client, index).upload_documentation("guide", "1.0", path)

    assert index.arrived == CONTENT
    # What has arrived whole is not asked for again.
    assert index.offsets[:2] == ([0, broken] if broken < len(CONTENT) else [0])


def test_sending_continues_where_the_index_says(make_client: MakeClient, path: Path) -> None:
    index = FakeDocs()
    index.arrived = CONTENT[:5000]

    client(make_client, index).upload_documentation("guide", "1.0", path)

    assert index.offsets == [0, 5000]
    assert index.arrived == CONTENT


@pytest.mark.parametrize(
    ("breaks", "kind"),
    [([0] * 4, ConnectionFailed), ([httpx.Response(503)] * 4, IndexUnavailable)],
    ids=["broken", "busy"],
)
def test_sending_ends_when_nothing_more_arrives(
    make_client: MakeClient, path: Path, breaks: list[Any], kind: type[Exception]
) -> None:
    index = FakeDocs(*breaks, *breaks)

    with pytest.raises(kind):
        client(make_client, index).upload_documentation("guide", "1.0", path)
    assert len(index.offsets) == 4


def test_an_offset_beyond_the_file_is_refused(make_client: MakeClient, path: Path) -> None:
    index = FakeDocs()
    index.arrived = CONTENT + b"more"

    with pytest.raises(BadAnswer, match=r"how much of docs\.zip has arrived"):
        client(make_client, index).upload_documentation("guide", "1.0", path)


def test_every_problem_of_a_refusal_is_reported(make_client: MakeClient, path: Path) -> None:
    data = {
        "code": "invalid-documentation",
        "problems": [
            {"field": "index.html", "message": "It is missing."},
            {"field": "../x", "message": "It leads elsewhere."},
        ],
        "hint": "zip -r docs.zip .",
    }
    error = {"code": 1022, "message": "The ZIP cannot be used.", "data": data}
    answer = httpx.Response(200, json={"jsonrpc": "2.0", "id": 1, "error": error})

    with pytest.raises(InvalidRequest, match="cannot be used") as caught:
        client(make_client, lambda _request: answer).upload_documentation("guide", "1.0", path)

    assert [each.field for each in caught.value.problem.problems] == ["index.html", "../x"]
    assert caught.value.code == "invalid-documentation"
    assert caught.value.problem.members == data


def test_documentation_is_listed_and_deleted(make_client: MakeClient) -> None:
    index = client(make_client, FakeDocs())

    listed = index.documentation("guide")

    assert (listed.name, listed.latest, listed.stable) == ("guide", "1.0", None)
    assert [each.version for each in listed.versions] == ["1.0", "0.9"]
    assert listed.versions[0].archive_url == f"{ROOT}docs/guide/1.0.zip"
    assert index.delete_documentation("guide", "1") == 7


def test_an_index_without_documentation_is_reported(make_client: MakeClient) -> None:
    index = client(make_client, lambda _request: httpx.Response(404))

    with pytest.raises(NotSpoken, match="does not speak JSON-RPC"):
        index.documentation("guide")
