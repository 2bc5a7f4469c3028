"""The client reads from indexes of all kinds."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pypi_api_client import Client
from pypi_api_client.errors import (
    BadAnswer,
    BadDownload,
    ConnectionFailed,
    CredentialsRefused,
    IndexUnavailable,
    InvalidAddress,
    NotFound,
    NotSpoken,
    TooManyRequests,
    UnsafeFilename,
)
from pypi_api_client.models import RemoteFile
from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR
from pypi_core.domain.entities import Yank
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.versions import parse_version
from pypi_jsonrpc_api import JsonRpcEndpoint

ROOT = "https://index.example/"
Handler = Callable[[httpx.Request], httpx.Response]


MAKERS: list[Callable[..., Client]] = []


@pytest.fixture(autouse=True)
def _both_clients(make_client: Callable[..., Client]) -> Iterator[None]:
    MAKERS.append(make_client)
    yield
    MAKERS.clear()


def client(handler: Handler, url: str = ROOT, **options: Any) -> Client:
    options.setdefault("sleep", lambda _seconds: None)
    return MAKERS[0](url, transport=httpx.MockTransport(handler), **options)


def pages(answers: dict[str, httpx.Response]) -> Handler:
    """Answer by path, with 404 for all others."""

    def handle(request: httpx.Request) -> httpx.Response:
        return answers.get(request.url.path, httpx.Response(404, text="Not Found"))

    return handle


def simple_json(**content: object) -> httpx.Response:
    page = {"meta": {"api-version": "1.4"}, "name": "foo", "files": []} | content
    return httpx.Response(
        200, content=json.dumps(page), headers={"Content-Type": "application/vnd.pypi.simple.v1+json"}
    )


def simple_html(body: str) -> httpx.Response:
    return httpx.Response(200, content=body, headers={"Content-Type": "text/html; charset=utf-8"})


def speaking_json_rpc(site: InMemorySite) -> Handler:
    endpoint = JsonRpcEndpoint(site.site)

    def handle(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path) == ("POST", "/rpc")
        assert request.headers["content-type"] == "application/json"
        answer = endpoint(site.index, ANONYMOUS, request.read())
        return httpx.Response(200, content=answer, headers={"Content-Type": "application/json"})

    return handle


@pytest.fixture
def site() -> InMemorySite:
    site = InMemorySite()
    site.publish(site.actor("ada"), build_wheel(name="Foo.Bar", version="1.0", summary="An older sample"))
    site.publish(site.actor("ada"), build_wheel(name="Foo.Bar", version="1.1", summary="A sample"))
    site.publish(site.actor("ada"), build_sdist(name="Foo.Bar", version="1.1", summary="A sample"))
    site.index.yank_release(OPERATOR, NormalizedName("foo-bar"), parse_version("1.0"), Yank("broken"))
    site.work()
    return site


class TestOurIndex:
    def test_our_index_is_searched(self, site: InMemorySite) -> None:
        results = client(speaking_json_rpc(site)).search("foo")

        assert [(each.name, each.display_name, each.version, each.summary) for each in results.hits] == [
            ("foo-bar", "Foo.Bar", "1.1", "A sample")
        ]
        assert results.next is None

    def test_a_project_is_described(self, site: InMemorySite) -> None:
        project = client(speaking_json_rpc(site)).project("FOO_bar")

        assert (project.name, project.display_name, project.version) == ("foo-bar", "Foo.Bar", "1.1")
        assert [(each.version, each.files, each.yanked) for each in project.versions] == [
            ("1.0", 1, "broken"),
            ("1.1", 2, False),
        ]
        assert project.metadata is not None
        assert project.metadata.summary == "A sample"
        assert {each.kind for each in project.files} == {"sdist", "bdist_wheel"}
        assert all(each.url.startswith(f"{ROOT}packages/") for each in project.files)
        assert all(each.upload_time is not None for each in project.files)

    def test_a_project_is_described_by_a_version(self, site: InMemorySite) -> None:
        project = client(speaking_json_rpc(site)).project("foo-bar", "1")

        assert project.version == "1.0"
        assert project.files[0].yanked == "broken"

    def test_a_missing_project_is_reported_in_the_words_of_the_index(self, site: InMemorySite) -> None:
        with pytest.raises(NotFound, match="no project 'nowhere' on this index") as caught:
            client(speaking_json_rpc(site)).project("nowhere")
        assert caught.value.code == "project-not-found"
        with pytest.raises(NotFound, match="no version '7'"):
            client(speaking_json_rpc(site)).project("foo-bar", "7")

    def test_relative_urls_of_files_are_resolved_against_the_index(self, site: InMemorySite) -> None:
        def handle(request: httpx.Request) -> httpx.Response:
            assert request.url.path == "/i/test/rpc"
            answer = JsonRpcEndpoint(site.site)(site.index, ANONYMOUS, request.read())
            return httpx.Response(200, content=answer, headers={"Content-Type": "application/json"})

        project = client(handle, f"{ROOT}i/test").project("foo-bar")

        assert project.files[0].url.startswith(f"{ROOT}i/test/packages/")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, text="Not Found"),
        httpx.Response(405, text="Method Not Allowed"),
        httpx.Response(403, text="<html>", headers={"Content-Type": "text/html"}),
        httpx.Response(501, text="Unsupported method"),
        httpx.Response(200, text="<html>", headers={"Content-Type": "text/html"}),
        httpx.Response(200, json={"something": "else"}),
        httpx.Response(302, headers={"Location": "https://elsewhere.example/"}),
    ],
    ids=lambda each: str(each.status_code),
)
def test_an_index_without_json_rpc_cannot_be_searched(answer: httpx.Response) -> None:
    with pytest.raises(NotSpoken, match=r"cannot be searched.*Search on its web pages"):
        client(lambda _request: answer).search("foo")


LEGACY: dict[str, Any] = {
    "info": {
        "name": "Foo",
        "version": "1.0",
        "summary": "A sample",
        "keywords": "one, two",
        "requires_dist": None,
        "project_urls": {"Source": "https://source.example/"},
        "classifiers": "of the wrong shape",
    },
    "releases": {
        "1.0": [
            {"filename": "foo-1.0.tar.gz", "url": f"{ROOT}packages/foo-1.0.tar.gz", "yanked": False,
             "digests": {"sha256": "ab" * 32}, "size": 7, "upload_time_iso_8601": "2026-01-02T03:04:05.06Z"}
        ],
        "0.9": [{"filename": "foo-0.9.tar.gz", "url": "x", "yanked": True, "yanked_reason": "broken"}],
    },
}  # fmt: skip
LEGACY["urls"] = LEGACY["releases"]["1.0"]


def test_another_index_is_asked_in_the_legacy_json() -> None:
    project = client(pages({"/pypi/foo/json": httpx.Response(200, json=LEGACY)})).project("Foo")

    assert (project.name, project.display_name, project.version) == ("foo", "Foo", "1.0")
    assert [(each.version, each.yanked) for each in project.versions] == [("1.0", False), ("0.9", "broken")]
    assert project.metadata is not None
    assert project.metadata.keywords == ("one", "two")
    assert project.metadata.classifiers == ()
    assert project.files[0].hashes == {"sha256": "ab" * 32}


def test_a_version_in_the_legacy_json_is_asked_for_as_the_index_spells_it() -> None:
    older = LEGACY | {"info": {"name": "Foo", "version": "0.9"}, "urls": LEGACY["releases"]["0.9"]}
    index = client(
        pages(
            {
                "/pypi/foo/json": httpx.Response(200, json=LEGACY),
                "/pypi/foo/0.9/json": httpx.Response(200, json=older),
            }
        )
    )

    assert index.project("foo", "0.9.0").version == "0.9"
    with pytest.raises(NotFound, match="no version '2'"):
        index.project("foo", "2")


def test_an_index_with_the_simple_api_alone_is_described_by_its_page() -> None:
    files = [
        {"filename": "foo-1.0.tar.gz", "url": "../../f/foo-1.0.tar.gz", "hashes": {}},
        {"filename": "foo-2.0rc1.tar.gz", "url": "../../f/foo-2.0rc1.tar.gz", "hashes": {}},
        {"filename": "foo-1.5.tar.gz", "url": "../../f/foo-1.5.tar.gz", "hashes": {}, "yanked": "broken"},
    ]
    index = client(pages({"/simple/foo/": simple_json(files=files)}))

    project = index.project("foo")

    assert (project.version, project.metadata) == ("1.0", None)
    assert {each.version: each.yanked for each in project.versions} == {
        "1.0": False,
        "2.0rc1": False,
        "1.5": "broken",
    }
    assert project.files[0].url == f"{ROOT}f/foo-1.0.tar.gz"
    assert index.project("foo", "1.5.0").version == "1.5"
    with pytest.raises(NotFound, match="no version '3'"):
        index.project("foo", "3")


def test_an_index_is_asked_once_whether_it_speaks_json_rpc() -> None:
    asked = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return pages({"/simple/foo/": simple_json()})(request)

    index = client(handle)
    index.project("foo")
    index.project("foo")

    assert asked.count("/rpc") == 1


class TestProjectPage:
    def test_json_is_asked_for_first_and_names_are_normalised(self) -> None:
        def handle(request: httpx.Request) -> httpx.Response:
            assert request.url.path == "/simple/foo-bar/"
            assert request.headers["accept"].startswith("application/vnd.pypi.simple.v1+json,")
            return simple_json(name="foo-bar", versions=["1.0"])

        assert client(handle).project_page("Foo_._Bar").versions == ("1.0",)

    def test_a_file_that_cannot_be_used_is_passed_over_with_a_warning(self) -> None:
        good = {"filename": "foo-1.0.tar.gz", "url": "foo-1.0.tar.gz", "hashes": {}}
        bad = [
            {**good, "filename": "../../.bashrc"},
            {**good, "filename": "a%2Fb.whl"},
            {**good, "filename": "C:foo.whl"},
            {**good, "filename": "foo\n.whl"},
            {**good, "filename": ".."},
            {"url": "nameless"},
            {**good, "size": "large"},
            "no object",
        ]
        page = client(pages({"/simple/foo/": simple_json(files=[*bad, good])})).project_page("foo")

        assert [each.filename for each in page.files] == ["foo-1.0.tar.gz"]
        assert len(page.warnings) == len(bad)

    def test_a_newer_minor_version_is_read_with_a_warning(self) -> None:
        page = client(
            pages({"/simple/foo/": simple_json(meta={"api-version": "1.10"}, unknown=1)})
        ).project_page("foo")

        assert "newer than this client" in page.warnings[0]

    @pytest.mark.parametrize("version", ["2.0", "10.0", "x", ""])
    def test_another_major_version_is_not_read(self, version: str) -> None:
        with pytest.raises(BadAnswer, match="version"):
            client(pages({"/simple/foo/": simple_json(meta={"api-version": version})})).project_page("foo")

    def test_html_is_read(self) -> None:
        html = """<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.4">
        <meta name="pypi:project-status" content="deprecated">
        <meta name="pypi:project-status-reason" content="use baz">
        <base href="https://files.example/store/"></head><body>
        <a href="aa/foo-1.0.tar.gz#sha256=AB12" data-requires-python="&gt;=3.9">foo-1.0.tar.gz</a><br>
        <a href="foo-1.1%2Blocal-py3-none-any.whl" data-yanked="broken &amp; unsafe"></a>
        <a href="/foo-1.2.tar.gz" data-yanked="">foo-1.2.tar.gz</a>
        <a name="no link">x</a> <a href="a%2Fb.whl"></a> <a href="http://[broken">y</a>"""
        page = client(pages({"/simple/foo/": simple_html(html)})).project_page("foo")

        first, second, third = page.files
        assert (page.name, page.status, page.status_reason) == ("foo", "deprecated", "use baz")
        assert (first.url, first.hashes) == (
            "https://files.example/store/aa/foo-1.0.tar.gz",
            {"sha256": "AB12"},
        )
        assert first.requires_python == ">=3.9"
        assert (second.filename, second.yanked) == ("foo-1.1+local-py3-none-any.whl", "broken & unsafe")
        assert (third.url, third.yanked) == ("https://files.example/foo-1.2.tar.gz", True)
        assert page.versions == ("1.0", "1.1+local", "1.2")
        assert "not safe" in page.warnings[0]

    def test_urls_are_relative_to_where_the_page_was_found(self) -> None:
        files = [{"filename": "foo-1.0.tar.gz", "url": "foo-1.0.tar.gz", "hashes": {}}]

        def handle(request: httpx.Request) -> httpx.Response:
            if request.url.path == "/simple/foo/":
                return httpx.Response(301, headers={"Location": "/other/foo/"})
            return simple_json(files=files)

        assert client(handle).project_page("foo").files[0].url == f"{ROOT}other/foo/foo-1.0.tar.gz"

    @pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
    def test_an_answer_that_is_not_a_page_is_refused(self, content_type: str) -> None:
        answer = httpx.Response(200, content=b"{}", headers={"Content-Type": content_type})

        with pytest.raises(BadAnswer, match="not the page of a project"):
            client(lambda _request: answer).project_page("foo")

    def test_an_unknown_project_is_not_found(self) -> None:
        with pytest.raises(NotFound, match="no project 'foo'"):
            client(pages({})).project_page("foo")


CONTENT = b"the bytes of a file" * 1000


def listed(**changes: Any) -> RemoteFile:
    digests = {"md5": "0" * 32, "sha256": hashlib.sha256(CONTENT).hexdigest()}
    fields: dict[str, Any] = {
        "filename": "foo-1.0.tar.gz", "url": f"{ROOT}packages/foo-1.0.tar.gz",
        "hashes": digests, "size": len(CONTENT),
    }  # fmt: skip
    return RemoteFile(**(fields | changes))


def streamed(content: bytes) -> httpx.Response:
    return httpx.Response(200, stream=httpx.ByteStream(content))


def serving(content: bytes) -> Handler:
    return lambda _request: streamed(content)


class TestDownload:
    def test_a_file_is_stored_under_its_name(self, tmp_path: Path) -> None:
        seen: list[int] = []

        outcome = client(serving(CONTENT)).download(listed(), tmp_path / "new", progress=seen.append)

        assert outcome.path == tmp_path / "new" / "foo-1.0.tar.gz"
        assert not outcome.was_there
        assert outcome.path.read_bytes() == CONTENT
        assert seen[-1] == len(CONTENT)
        assert [each.name for each in outcome.path.parent.iterdir()] == ["foo-1.0.tar.gz"]

    def test_a_good_copy_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "foo-1.0.tar.gz").write_bytes(CONTENT)

        def refuse(_request: httpx.Request) -> httpx.Response:
            raise AssertionError("nothing is to be asked")

        assert client(refuse).download(listed(), tmp_path).was_there

    def test_a_bad_copy_is_replaced(self, tmp_path: Path) -> None:
        (tmp_path / "foo-1.0.tar.gz").write_bytes(b"half")

        outcome = client(serving(CONTENT)).download(listed(), tmp_path)

        assert outcome.path.read_bytes() == CONTENT

    @pytest.mark.parametrize(
        ("file", "why"),
        [
            (listed(hashes={"sha256": "0" * 64}), "its sha256 is"),
            # The strongest digest offered decides, whatever the others say.
            (listed(hashes={**listed().hashes, "sha512": "0" * 128}), "its sha512 is"),
            (listed(hashes={"blake2b_256": "0" * 64}), "its blake2b_256 is"),
            (listed(size=len(CONTENT) + 1), "are listed"),
            (listed(size=5), "more than 5 bytes arrived"),
        ],
    )
    def test_a_file_other_than_listed_is_not_kept(self, tmp_path: Path, file: RemoteFile, why: str) -> None:
        with pytest.raises(BadDownload, match=why):
            client(serving(CONTENT)).download(file, tmp_path)

        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "name",
        [
            "../evil",
            "a/b",
            "a\\b",
            "",
            "..",
            "a%2fb",
            "a\x1b[2J",
            "aux.whl",
            "NUL",
            "com1.tar.gz",
            "a?.whl",
            "a.",
        ],
    )
    def test_a_name_that_leads_elsewhere_is_refused(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(UnsafeFilename):
            client(serving(CONTENT)).download(listed(filename=name), tmp_path)

        assert list(tmp_path.iterdir()) == []

    def test_a_file_is_requested_without_compression(self, tmp_path: Path) -> None:
        def handle(request: httpx.Request) -> httpx.Response:
            assert request.headers["accept-encoding"] == "identity"
            return streamed(CONTENT)

        client(handle).download(listed(), tmp_path)

    def test_a_download_without_ranges_starts_again_after_a_failure(self, tmp_path: Path) -> None:
        class Breaking(httpx.SyncByteStream, httpx.AsyncByteStream):
            def __iter__(self) -> Any:
                yield CONTENT[:100]
                raise httpx.ReadError("reset")

            async def __aiter__(self) -> Any:
                for each in self:
                    yield each

        answers = iter([httpx.Response(200, stream=Breaking()), streamed(CONTENT)])

        outcome = client(lambda _request: next(answers)).download(listed(), tmp_path)

        assert outcome.path.read_bytes() == CONTENT

    def test_an_unencrypted_url_is_not_followed(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidAddress, match="plain http"):
            client(serving(CONTENT)).download(listed(url="http://files.example/foo-1.0.tar.gz"), tmp_path)


class TestCredentials:
    def test_a_token_is_sent_to_the_index_and_nowhere_else(self, tmp_path: Path) -> None:
        sent: dict[str, list[str | None]] = {"index.example": [], "bucket.example": []}

        def handle(request: httpx.Request) -> httpx.Response:
            authorization = request.headers.get("authorization")
            sent[request.url.host].append(authorization)
            if request.url.host == "index.example":
                if not authorization:
                    return httpx.Response(401)
                return httpx.Response(302, headers={"Location": "https://bucket.example/foo"})
            return streamed(CONTENT)

        client(handle, token="secret\n", redirect_hosts=["bucket.example"]).download(listed(), tmp_path)

        basic = base64.b64encode(b"__token__:secret").decode()
        assert sent == {"index.example": [None, f"Basic {basic}"], "bucket.example": [None]}

    @pytest.mark.parametrize("status", [401, 403])
    def test_reads_go_without_credentials_until_the_index_asks(self, status: int) -> None:
        sent: list[bool] = []

        def handle(request: httpx.Request) -> httpx.Response:
            has_login = "authorization" in request.headers
            sent.append(has_login)
            return simple_json() if has_login else httpx.Response(status)

        index = client(handle, token="secret")
        for _ in range(2):
            index.project_page("foo")

        assert sent == [False, True, True]

    def test_a_public_index_is_read_without_credentials(self) -> None:
        def handle(request: httpx.Request) -> httpx.Response:
            assert "authorization" not in request.headers
            return simple_json()

        index = client(handle, token="secret")
        index.project_page("foo")
        index.project_page("foo")

    def test_a_call_that_needs_credentials_is_made_again(self) -> None:
        sent: list[bool] = []

        def handle(request: httpx.Request) -> httpx.Response:
            has_login = "authorization" in request.headers
            sent.append(has_login)
            verdict = {"valid": True, "problems": [], "warnings": [], "name": "foo", "version": "1.0"}
            said: dict[str, Any] = (
                {"result": verdict}
                if has_login
                else {"error": {"code": 1002, "message": "Credentials are needed."}}
            )
            return httpx.Response(200, json={"jsonrpc": "2.0", "id": 1, **said})

        assert client(handle, token="secret").validate_filename("foo-1.0.tar.gz").valid
        assert sent == [False, True]
        with pytest.raises(CredentialsRefused):
            client(handle).validate_filename("foo-1.0.tar.gz")
        assert sent == [False, True, False]

    def test_cookies_are_not_sent_back(self) -> None:
        def handle(request: httpx.Request) -> httpx.Response:
            assert "cookie" not in request.headers
            answer = simple_json()
            answer.headers["set-cookie"] = "session=secret; Domain=example; Path=/"
            return answer

        index = client(handle)
        index.project_page("foo")
        index.project_page("foo")

    def test_another_port_is_another_origin(self, tmp_path: Path) -> None:
        def handle(request: httpx.Request) -> httpx.Response:
            assert "authorization" not in request.headers
            return streamed(CONTENT)

        url = "https://index.example:8443/foo-1.0.tar.gz"
        client(handle, token="secret").download(listed(url=url), tmp_path)

    def test_a_redirect_to_an_unencrypted_url_is_refused(self, tmp_path: Path) -> None:
        redirect = httpx.Response(302, headers={"Location": "http://bucket.example/foo"})

        with pytest.raises(InvalidAddress):
            client(lambda _request: redirect, redirect_hosts=["bucket.example"]).download(listed(), tmp_path)

    def test_credentials_may_stand_in_the_url(self) -> None:
        def handle(request: httpx.Request) -> httpx.Response:
            if "authorization" not in request.headers:
                return httpx.Response(401)
            assert request.headers["authorization"] == f"Basic {base64.b64encode(b'ada:p@ss').decode()}"
            return simple_json()

        index = client(handle, "https://ada:p%40ss@index.example/simple/")
        index.project_page("foo")

        assert index.url == ROOT

    def test_a_private_index_asks_for_credentials(self) -> None:
        answer = httpx.Response(401, text="Credentials are needed: send an API token.")

        for ask in ("search", "project", "project_page"):
            with pytest.raises(CredentialsRefused, match="send an API token"):
                getattr(client(lambda _request: answer), ask)("foo")

    def test_credentials_never_appear_in_an_error(self) -> None:
        with pytest.raises(InvalidAddress) as caught:
            Client("http://ada:secret@index.example/")

        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://index.example/", "ftp://index.example/", "index.example", "", "https://", "http://127.0.0.1.example/",
        "https://index.example:x/", "http://[::2]/", "file:///etc",
    ],
)  # fmt: skip
def test_a_url_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(InvalidAddress):
        Client(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://localhost/", "http://[::1]:1/", "http://127.7.7.7/"]
)
def test_this_machine_may_be_asked_in_plain_http(url: str) -> None:
    assert Client(url).url.startswith("http://")


class TestTryingAgain:
    def test_a_temporary_failure_is_tried_again(self) -> None:
        answers = iter([httpx.Response(503), httpx.Response(502), simple_json()])
        pauses: list[float] = []

        client(lambda _request: next(answers), sleep=pauses.append).project_page("foo")

        assert pauses == [0.5, 1.0]

    def test_a_lasting_failure_is_reported(self) -> None:
        with pytest.raises(IndexUnavailable, match="back at noon"):
            client(lambda _request: httpx.Response(503, text="We are back at noon.")).project_page("foo")

    def test_retry_after_is_obeyed(self) -> None:
        answers = iter([httpx.Response(429, headers={"Retry-After": "7"}), simple_json()])
        pauses: list[float] = []

        client(lambda _request: next(answers), sleep=pauses.append).project_page("foo")

        # Never earlier than told; and not all at the same moment.
        assert 7.0 <= pauses[0] <= 7.7

    def test_a_wait_of_more_than_a_minute_is_an_error(self) -> None:
        answer = httpx.Response(429, headers={"Retry-After": "3600"})

        with pytest.raises(TooManyRequests) as caught:
            client(lambda _request: answer, sleep=lambda _seconds: pytest.fail("waited")).project_page("foo")
        assert caught.value.retry_after == 3600

    def test_a_connection_that_fails_is_tried_three_times(self) -> None:
        tries = []

        def handle(request: httpx.Request) -> httpx.Response:
            tries.append(request)
            raise httpx.ConnectError("refused")

        with pytest.raises(ConnectionFailed, match="Cannot reach index"):
            client(handle).project_page("foo")
        assert len(tries) == 3

    def test_endless_redirects_are_refused(self) -> None:
        with pytest.raises(BadAnswer, match="redirects more than"):
            client(lambda _request: httpx.Response(302, headers={"Location": "/x"})).project_page("foo")


def test_a_message_of_the_index_cannot_repaint_the_terminal() -> None:
    answer = httpx.Response(400, text="No.\x1b[2J\x07\nReally " + "x" * 1000)

    with pytest.raises(Exception, match="No") as caught:
        client(lambda _request: answer).project_page("foo")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600
