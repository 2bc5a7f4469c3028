"""A release of several files becomes visible at once, whatever happens to the connection meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from pypi_api_client import Client
from pypi_api_client.errors import (
    Conflict,
    ConnectionFailed,
    InvalidDistribution,
    InvalidRequest,
    NotSpoken,
    TooLarge,
)
from pypi_api_client.models import UploadResult
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel

MakeClient = Callable[..., Client]
ROOT = "https://index.example/"
SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
WHEEL = build_wheel(name="Foo.Bar", version="1.0", summary="A sample")
SDIST = build_sdist(name="Foo.Bar", version="1.0", summary="A sample")


class FakeSessions:
    """Has one upload session at most, and breaks the connection where it is told to."""

    def __init__(self) -> None:
        self.session: dict[str, Any] | None = None
        self.arrived: dict[str, bytes] = {}
        self.calls: list[str] = []
        self.broken_puts = 0
        self.problems: list[dict[str, str]] = []
        self.listed: dict[str, str] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/rpc":
            call = json.loads(request.read())
            self.calls.append(call["method"])
            answer = getattr(self, call["method"].replace(".", "_"))(call["params"])
            return httpx.Response(200, json={"jsonrpc": "2.0", "id": call["id"], **answer})
        if request.url.path == "/simple/foo-bar/":
            return httpx.Response(200, content=self._page(), headers={"Content-Type": SIMPLE_JSON})
        name = unquote(request.url.path).removeprefix("/upload/s1/")
        arrived = self.arrived[name]
        offset = {"Upload-Offset": str(len(arrived))}
        if request.method == "HEAD":
            return httpx.Response(204, headers=offset)
        if int(request.headers["upload-offset"]) != len(arrived):
            return httpx.Response(409, headers=offset)
        body = request.read()
        if self.broken_puts:
            self.broken_puts -= 1
            self.arrived[name] += body[: len(body) // 2]
            raise httpx.WriteError("reset")
        self.arrived[name] += body
        return httpx.Response(204, headers={"Upload-Offset": str(len(self.arrived[name]))})

    def _page(self) -> bytes:
        files = [
            {"filename": name, "url": name, "hashes": {"sha256": digest}}
            for name, digest in self.listed.items()
        ]
        meta = {"api-version": "1.4"}
        return json.dumps({"meta": meta, "name": "foo-bar", "versions": ["1.0"], "files": files}).encode()

    def account_whoami(self, _params: dict[str, Any]) -> dict[str, Any]:
        scope = {"indexes": None, "projects": None, "actions": None}
        return {"result": {"username": "ada", "administrator": False, "proof": "token", "scope": scope}}

    def upload_begin(self, params: dict[str, Any]) -> dict[str, Any]:
        if self.session:
            data = {"code": "upload-session-exists", "problems": [], "session": "s1"}
            return {"error": {"code": 1009, "message": "There is a session: it is s1.", "data": data}}
        self.session = {
            "project": params["name"],
            **params,
            "session": "s1",
            "state": "open",
            "expires": "2026-03-08T12:00:00Z",
        }
        if documentation := params.get("documentation"):
            self.session["files"] = [*params["files"], {"filename": "documentation.zip", **documentation}]
        self.arrived = {each["filename"]: b"" for each in self.session["files"]}
        return self.upload_status(params)

    def upload_status(self, _params: dict[str, Any]) -> dict[str, Any]:
        assert self.session
        files = [
            {
                **each,
                "received": len(self.arrived[each["filename"]]),
                "kind": "distribution",
                "url": f"upload/s1/{each['filename']}",
            }
            for each in self.session["files"]
        ]
        return {"result": {**self.session, "files": files, "problems": [], "warnings": ["No licence."]}}

    upload_complete = upload_status

    def docs_list(self, _params: dict[str, Any]) -> dict[str, Any]:
        shown = {
            "version": "1.0",
            "state": "unpacking",
            "url": "docs/foo-bar/1.0/",
            "archive_url": "docs/foo-bar/1.0.zip",
            "size": 3,
            "sha256": "0" * 64,
            "uploaded": "2026-03-01T12:00:00Z",
            "is_being_replaced": False,
        }
        page = {"name": "foo-bar", "versions": [shown], "latest": None, "stable": None, "next": None}
        return {"result": page}

    def upload_cancel(self, params: dict[str, Any]) -> dict[str, Any]:
        answer = self.upload_status(params)
        self.session = None
        return answer

    def release_publish(self, params: dict[str, Any]) -> dict[str, Any]:
        if self.problems:
            data = {"code": "invalid-archive", "problems": self.problems}
            return {"error": {"code": 1022, "message": "Nothing was published.", "data": data}}
        assert self.session
        self.session["state"] = "published"
        return self.upload_status(params)


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    return [saved(tmp_path, WHEEL), saved(tmp_path, SDIST)]


def saved(folder: Path, distribution: BuiltDistribution) -> Path:
    path = folder / distribution.filename
    path.write_bytes(distribution.content)
    return path


def client(make_client: MakeClient, handler: Callable[[httpx.Request], httpx.Response]) -> Client:
    return make_client(ROOT, transport=httpx.MockTransport(handler), sleep=lambda _seconds: None)


def test_all_files_of_a_release_are_published_at_once(make_client: MakeClient, paths: list[Path]) -> None:
    index = FakeSessions()

    outcome = client(make_client, index).upload_release(paths)

    assert outcome.at_once
    assert [(each.filename, each.result) for each in outcome.files] == [
        (WHEEL.filename, UploadResult.PUBLISHED),
        (SDIST.filename, UploadResult.PUBLISHED),
    ]
    assert outcome.warnings == ("No licence.",)
    assert index.arrived == {WHEEL.filename: WHEEL.content, SDIST.filename: SDIST.content}
    assert index.calls == ["upload.begin", "release.publish"]
    assert index.session is not None
    assert (index.session["project"], index.session["version"]) == ("Foo.Bar", "1.0")


def test_documentation_is_published_with_its_release(
    make_client: MakeClient, paths: list[Path], tmp_path: Path
) -> None:
    index = FakeSessions()
    archive = tmp_path / "docs.zip"
    archive.write_bytes(b"ZIP")

    outcome = client(make_client, index).upload_release(paths, documentation=archive)

    assert index.arrived["documentation.zip"] == b"ZIP"
    assert index.calls == ["upload.begin", "release.publish", "docs.list"]
    assert outcome.documentation is not None
    assert outcome.documentation.url == f"{ROOT}docs/foo-bar/1.0/"


def test_documentation_is_not_sent_to_an_index_without_sessions(
    make_client: MakeClient, paths: list[Path], tmp_path: Path
) -> None:
    archive = tmp_path / "docs.zip"
    archive.write_bytes(b"ZIP")
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(404)

    with pytest.raises(NotSpoken):
        client(make_client, handle).upload_release(paths, documentation=archive)
    assert "/legacy/" not in asked


def test_a_session_of_the_files_alone_is_not_resumed_with_documentation(
    make_client: MakeClient, paths: list[Path], tmp_path: Path
) -> None:
    index = FakeSessions()
    archive = tmp_path / "docs.zip"
    archive.write_bytes(b"ZIP")
    client(make_client, index).upload_release(paths)

    with pytest.raises(Conflict, match="it is s1"):
        client(make_client, index).upload_release(paths, documentation=archive)


def test_progress_of_a_release_counts_all_files(make_client: MakeClient, paths: list[Path]) -> None:
    told: list[int] = []

    client(make_client, FakeSessions()).upload_release(paths, progress=told.append)

    assert told[-1] == max(told) == len(WHEEL.content) + len(SDIST.content)


def test_progress_file_by_file_counts_all_files(make_client: MakeClient, paths: list[Path]) -> None:
    told: list[int] = []

    def handle(request: httpx.Request) -> httpx.Response:
        request.read()
        return httpx.Response(200 if request.url.path == "/legacy/" else 404)

    client(make_client, handle).upload_release(paths, progress=told.append)

    assert told[-1] == max(told) == len(WHEEL.content) + len(SDIST.content)


def test_a_file_that_is_refused_is_the_last_one_sent(make_client: MakeClient, paths: list[Path]) -> None:
    index = FakeSessions()
    sent: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method != "PUT":
            return index(request)
        sent.append(request.url.path)
        return httpx.Response(413, text="It is too large.")

    with pytest.raises(TooLarge):
        client(make_client, handle).upload_release(paths, concurrency=1)

    assert len(sent) == 1
    assert index.calls[-1] == "upload.cancel"


def test_a_connection_that_breaks_loses_nothing(make_client: MakeClient, paths: list[Path]) -> None:
    index = FakeSessions()
    index.broken_puts = 3

    client(make_client, index).upload_release(paths)

    assert index.arrived == {WHEEL.filename: WHEEL.content, SDIST.filename: SDIST.content}


def test_an_interrupted_release_continues_where_it_ended(make_client: MakeClient, paths: list[Path]) -> None:
    index = FakeSessions()
    index.broken_puts = 1
    is_down = False

    def handle(request: httpx.Request) -> httpx.Response:
        nonlocal is_down
        is_down = is_down or request.method == "HEAD"
        if is_down:
            raise httpx.ReadError("down")
        return index(request)

    with pytest.raises(ConnectionFailed):
        client(make_client, handle).upload_release(paths)
    half = dict(index.arrived)
    outcome = client(make_client, index).upload_release(paths)

    assert outcome.at_once
    assert 0 < sum(map(len, half.values())) < len(WHEEL.content) + len(SDIST.content)
    assert index.arrived == {WHEEL.filename: WHEEL.content, SDIST.filename: SDIST.content}
    assert index.calls[1:] == ["upload.begin", "upload.status", "release.publish"]


def test_a_session_with_other_files_is_not_touched(make_client: MakeClient, paths: list[Path]) -> None:
    index = FakeSessions()
    other = client(make_client, index)
    other.upload_release(paths[:1])

    with pytest.raises(Conflict, match="it is s1"):
        client(make_client, index).upload_release(paths)


def test_a_session_with_other_files_can_be_replaced(make_client: MakeClient, paths: list[Path]) -> None:
    index = FakeSessions()
    client(make_client, index).begin_upload("Foo.Bar", "1.0", [])

    outcome = client(make_client, index).upload_release(paths, replace_session=True)

    assert outcome.at_once
    assert index.calls == [
        "upload.begin", "upload.begin", "upload.status", "upload.cancel", "upload.begin", "release.publish",
    ]  # fmt: skip
    assert index.arrived == {WHEEL.filename: WHEEL.content, SDIST.filename: SDIST.content}


def test_a_file_that_the_index_has_is_not_sent_again(make_client: MakeClient, paths: list[Path]) -> None:
    index = FakeSessions()
    index.listed = {WHEEL.filename: WHEEL.sha256}

    outcome = client(make_client, index).upload_release(paths)

    assert [each.result for each in outcome.files] == [UploadResult.WAS_THERE, UploadResult.PUBLISHED]
    assert index.arrived == {SDIST.filename: SDIST.content}


def test_a_complete_release_is_not_announced(make_client: MakeClient, paths: list[Path]) -> None:
    index = FakeSessions()
    index.listed = {WHEEL.filename: WHEEL.sha256, SDIST.filename: "0" * 64}

    outcome = client(make_client, index).upload_release(paths, skip_existing=True)

    assert [each.result for each in outcome.files] == [UploadResult.WAS_THERE, UploadResult.SKIPPED]
    # Who is asking is made sure of all the same.
    assert index.calls == ["account.whoami"]


def test_files_that_are_refused_leave_no_session_behind(make_client: MakeClient, paths: list[Path]) -> None:
    index = FakeSessions()
    index.problems = [{"field": WHEEL.filename, "message": "It has no RECORD."}]

    with pytest.raises(InvalidRequest) as caught:
        client(make_client, index).upload_release(paths)

    assert caught.value.problem.problems[0].field == WHEEL.filename
    assert index.calls[-1] == "upload.cancel"


def test_sessions_are_used_step_by_step(make_client: MakeClient, paths: list[Path]) -> None:
    from pypi_protocol.records.uploads import FileToUpload

    index = client(make_client, FakeSessions())
    announced = FileToUpload(filename=WHEEL.filename, size=len(WHEEL.content), sha256=WHEEL.sha256)

    session = index.begin_upload("foo-bar", "1.0", [announced])
    index.send_file(session.file(WHEEL.filename), paths[0])
    arrived = index.upload_status(session.session)

    assert session.files[0].url == f"{ROOT}upload/s1/{WHEEL.filename}"
    assert arrived.file(WHEEL.filename).received == len(WHEEL.content)
    assert index.complete_upload(session.session).session == "s1"
    assert index.publish_release(session.session).state == "published"
    assert index.cancel_upload(session.session).session == "s1"


def test_other_indexes_take_file_by_file(make_client: MakeClient, paths: list[Path]) -> None:
    uploads = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/legacy/":
            uploads.append(request.read())
            return httpx.Response(200)
        return httpx.Response(404)

    outcome = client(make_client, handle).upload_release(paths)

    assert not outcome.at_once
    assert [each.result for each in outcome.files] == [UploadResult.PUBLISHED] * 2
    assert len(uploads) == 2


def test_an_index_may_take_uploads_at_its_root(make_client: MakeClient, paths: list[Path]) -> None:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method != "POST":
            return httpx.Response(404)
        asked.append(request.url.path)
        return httpx.Response(200 if request.url.path == "/" else 405)

    index = client(make_client, handle)
    index.upload_all(paths)

    # Found out once.
    assert sorted(asked) in (["/", "/", "/legacy/"], ["/", "/", "/legacy/", "/legacy/"])
    assert index.upload(paths[0]).result is UploadResult.PUBLISHED
    assert asked[-2:] != ["/legacy/", "/"]


@pytest.mark.parametrize(
    "other", [build_wheel(name="foo-bar", version="1.1"), build_wheel(name="foo", version="1.0")]
)
def test_files_of_two_releases_are_not_published_at_once(
    make_client: MakeClient, tmp_path: Path, paths: list[Path], other: BuiltDistribution
) -> None:
    with pytest.raises(InvalidDistribution, match="are of two releases"):
        client(make_client, FakeSessions()).upload_release([*paths, saved(tmp_path, other)])


def test_a_release_without_files_is_refused(make_client: MakeClient, paths: list[Path]) -> None:
    index = client(make_client, FakeSessions())

    with pytest.raises(InvalidDistribution, match="no file"):
        index.upload_release([])
    with pytest.raises(InvalidDistribution, match="same name"):
        index.upload_release([paths[0], paths[0]])
