"""Files arrive whole and verified, or not at all; also when a connection breaks, and many at a time."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import hypothesis.strategies as st
import pytest
from hypothesis import given

from pypi_api_client import AsyncClient, Client
from pypi_api_client.errors import (
    BadAnswer,
    BadDownload,
    ClientError,
    ConnectionFailed,
    InvalidCertificates,
    InvalidDistribution,
    NotFound,
    RedirectRefused,
)
from pypi_api_client.models import RemoteFile
from pypi_contracts.builders import build_wheel, with_member

MakeClient = Callable[..., Client]
ROOT = "https://index.example/"
CONTENT = bytes(range(256)) * 2000
URL = f"{ROOT}packages/foo-1.0.tar.gz"


def listed(content: bytes = CONTENT, **changes: Any) -> RemoteFile:
    fields: dict[str, Any] = {
        "filename": "foo-1.0.tar.gz",
        "url": URL,
        "hashes": {"sha256": hashlib.sha256(content).hexdigest()},
        "size": len(content),
    }
    return RemoteFile(**(fields | changes))


GOOD = {name: f"{name}:{hashlib.new(name, CONTENT).hexdigest()}" for name in ("sha256", "sha512")}


class Breaking(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Sends so many bytes, then the connection is gone."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content
        raise httpx.ReadError("reset")

    async def __aiter__(self) -> Any:
        for each in self:
            yield each


class Store:
    """Serves `CONTENT` with ranges, and breaks each connection after *most* bytes."""

    def __init__(self, most: int, *, etag: str = '"one"', content: bytes = CONTENT) -> None:
        self.most = most
        self.etag = etag
        self.content = content
        self.ranges: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = request.headers.get("range")
        self.ranges.append(asked)
        headers = {"ETag": self.etag} if self.etag else {}
        start = 0
        if asked and request.headers.get("if-range") == self.etag:
            match = re.fullmatch(r"bytes=(\d+)-", asked)
            assert match
            start = int(match[1])
            headers["Content-Range"] = f"bytes {start}-{len(self.content) - 1}/{len(self.content)}"
        rest = self.content[start:]
        stream = Breaking(rest[: self.most]) if len(rest) > self.most else httpx.ByteStream(rest)
        return httpx.Response(206 if start else 200, headers=headers, stream=stream)


def one_after_the_other(*stores: Callable[[httpx.Request], httpx.Response]) -> Any:
    """Serve each request by the next of *stores*."""
    left = iter(stores)

    def handle(request: httpx.Request) -> httpx.Response:
        return next(left)(request)

    return handle


def client(make_client: MakeClient, handler: Callable[[httpx.Request], Any], **options: Any) -> Client:
    options.setdefault("sleep", lambda _seconds: None)
    return make_client(ROOT, transport=httpx.MockTransport(handler), **options)


class TestResuming:
    def test_a_download_continues_where_the_connection_broke(
        self, make_client: MakeClient, tmp_path: Path
    ) -> None:
        store = Store(most=200_000)

        outcome = client(make_client, store).download(listed(), tmp_path)

        assert outcome.path.read_bytes() == CONTENT
        assert store.ranges == [None, "bytes=200000-", "bytes=400000-"]

    def test_a_download_goes_on_as_long_as_more_arrives(
        self, make_client: MakeClient, tmp_path: Path
    ) -> None:
        store = Store(most=60_000)

        assert client(make_client, store).download(listed(), tmp_path).path.read_bytes() == CONTENT
        assert len(store.ranges) == 9

    def test_a_download_ends_when_nothing_more_arrives(self, make_client: MakeClient, tmp_path: Path) -> None:
        store = Store(most=0)

        with pytest.raises(ConnectionFailed):
            client(make_client, store).download(listed(), tmp_path)
        assert len(store.ranges) == 3
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("etag", ["", 'W/"weak"'])
    def test_a_download_without_a_strong_validator_starts_again(
        self, make_client: MakeClient, tmp_path: Path, etag: str
    ) -> None:
        answers = iter([Store(most=1000, etag=etag), Store(most=10**9, etag=etag)])

        def handle(request: httpx.Request) -> httpx.Response:
            assert "range" not in request.headers
            return next(answers)(request)

        assert client(make_client, handle).download(listed(), tmp_path).path.read_bytes() == CONTENT

    def test_a_download_of_changed_bytes_starts_again(self, make_client: MakeClient, tmp_path: Path) -> None:
        older = Store(most=1000, etag='"older"', content=b"x" * len(CONTENT))
        handler = one_after_the_other(older, Store(most=10**9, etag='"newer"'))

        outcome = client(make_client, handler).download(listed(), tmp_path)

        assert outcome.path.read_bytes() == CONTENT

    def test_a_part_other_than_the_missing_one_is_refused(
        self, make_client: MakeClient, tmp_path: Path
    ) -> None:
        wrong = httpx.Response(
            206, headers={"Content-Range": "bytes 7-99/512000"}, stream=httpx.ByteStream(CONTENT[7:])
        )
        handler = one_after_the_other(Store(most=1000), lambda _request: wrong)

        with pytest.raises(BadDownload, match="does not continue where it ended"):
            client(make_client, handler).download(listed(), tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_a_connection_may_break_after_the_last_byte(
        self, make_client: MakeClient, tmp_path: Path
    ) -> None:
        def all_and_broken(_request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, headers={"ETag": '"one"'}, stream=Breaking(CONTENT))

        def nothing_left(request: httpx.Request) -> httpx.Response:
            assert request.headers["range"] == f"bytes={len(CONTENT)}-"
            return httpx.Response(416, headers={"Content-Range": f"bytes */{len(CONTENT)}"})

        handler = one_after_the_other(all_and_broken, nothing_left, Store(most=10**9))

        assert client(make_client, handler).download(listed(), tmp_path).path.read_bytes() == CONTENT

    def test_other_bytes_in_the_second_half_are_refused(
        self, make_client: MakeClient, tmp_path: Path
    ) -> None:
        handler = one_after_the_other(Store(most=1000), Store(most=10**9, content=b"x" * len(CONTENT)))

        with pytest.raises(BadDownload, match="its sha256 is"):
            client(make_client, handler).download(listed(), tmp_path)
        assert list(tmp_path.iterdir()) == []


class TestRefusing:
    def test_an_answer_without_end_is_cut_off(self, make_client: MakeClient, tmp_path: Path) -> None:
        class Endless(httpx.SyncByteStream, httpx.AsyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                while True:
                    yield bytes(1000)

            async def __aiter__(self) -> Any:
                for each in self:
                    yield each

        index = client(make_client, lambda _request: httpx.Response(200, stream=Endless()))

        with pytest.raises(BadDownload, match="more than 512000 bytes arrived"):
            index.download(listed(), tmp_path)
        with pytest.raises(BadDownload, match="more than 5000 bytes arrived"):
            index.download(listed(size=None, hashes={}), tmp_path, largest=5000)
        with pytest.raises(BadAnswer, match="larger than 16777216 bytes"):
            index.metadata(listed(core_metadata=True))
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("hashes", "why"),
        [
            ({f"sha256:{'0' * 64}"}, "is not what was asked for: its sha256 is"),
            ({GOOD["sha256"], f"sha512:{'0' * 128}"}, "its sha512 is"),
            ({GOOD["sha256"], "sha1024:00"}, "its sha1024 is not known here, 00 is required"),
        ],
    )
    def test_a_file_without_a_required_digest_is_refused(
        self, make_client: MakeClient, tmp_path: Path, hashes: set[str], why: str
    ) -> None:
        with pytest.raises(BadDownload, match=why):
            client(make_client, Store(most=10**9)).download(listed(), tmp_path, hashes=hashes)
        assert list(tmp_path.iterdir()) == []

    def test_one_digest_of_each_algorithm_has_to_match(self, make_client: MakeClient, tmp_path: Path) -> None:
        demanded = {GOOD["sha256"].upper().replace("SHA256", "sha256"), f"sha256:{'0' * 64}", GOOD["sha512"]}
        index = client(make_client, Store(most=200_000))

        outcome = index.download(listed(hashes={}), tmp_path, hashes=demanded)

        assert outcome.path.read_bytes() == CONTENT
        assert index.download(listed(hashes={}), tmp_path, hashes=demanded).was_there
        with pytest.raises(BadDownload):
            index.download(listed(), tmp_path, hashes={f"sha256:{'0' * 64}"})

    @pytest.mark.parametrize(
        "location", ["https://ada:secret@bucket.example/x", "https://ada@index.example/x"]
    )
    def test_a_redirect_to_a_url_with_credentials_is_refused(
        self, make_client: MakeClient, tmp_path: Path, location: str
    ) -> None:
        def redirect(_request: httpx.Request) -> httpx.Response:
            return httpx.Response(302, headers={"Location": location})

        with pytest.raises(RedirectRefused, match="redirects to a URL with credentials") as refused:
            client(make_client, redirect).download(listed(), tmp_path)
        assert "secret" not in str(refused.value)
        assert list(tmp_path.iterdir()) == []

    def test_a_host_that_is_not_permitted_is_not_asked(self, make_client: MakeClient, tmp_path: Path) -> None:
        asked = []

        def redirect(request: httpx.Request) -> httpx.Response:
            asked.append(request.url.host)
            return httpx.Response(302, headers={"Location": "https://bucket.example/x"})

        index = make_client(ROOT, transport=httpx.MockTransport(redirect), redirect_hosts=["other.example"])
        with pytest.raises(RedirectRefused, match=r"redirected to another host, bucket\.example"):
            index.download(listed(), tmp_path)
        assert "bucket.example" not in asked
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("target", "is_followed"),
        [
            ("https://bucket.example:9000/x", True),
            ("https://bucket.example/x", False),
            ("https://other.example:9000/x", False),
        ],
    )
    def test_a_redirect_to_an_origin_that_the_index_names_is_followed(
        self, make_client: MakeClient, tmp_path: Path, target: str, is_followed: bool
    ) -> None:
        asked = []

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append((request.url.host, request.url.path, request.headers.get("authorization")))
            if request.url.path == "/rpc":
                status = {"protocol": "1.0", "file_origins": ["https://bucket.example:9000"]}
                return httpx.Response(
                    200, json={"jsonrpc": "2.0", "id": json.loads(request.content)["id"], "result": status}
                )
            if request.url.host == "index.example":
                return httpx.Response(302, headers={"Location": target})
            return httpx.Response(200, stream=httpx.ByteStream(CONTENT))

        index = make_client(ROOT, transport=httpx.MockTransport(answer), token="secret")
        for folder in ("one", "two"):
            if is_followed:
                assert index.download(listed(), tmp_path / folder).path.exists()
            else:
                with pytest.raises(RedirectRefused, match="redirected to another host"):
                    index.download(listed(), tmp_path / folder)
        assert [path for _, path, _ in asked].count("/rpc") == 1
        elsewhere = [login for host, _, login in asked if host != "index.example"]
        assert elsewhere == ([None, None] if is_followed else [])

    @pytest.mark.parametrize(
        ("hashes", "demanded"), [({}, ()), ({}, {GOOD["sha256"]}), (listed().hashes, ())]
    )
    def test_a_file_from_another_host_needs_a_digest(
        self, make_client: MakeClient, tmp_path: Path, hashes: dict[str, str], demanded: set[str]
    ) -> None:
        def redirect(request: httpx.Request) -> httpx.Response:
            if request.url.host == "index.example":
                return httpx.Response(302, headers={"Location": "https://bucket.example/x"})
            return httpx.Response(200, stream=httpx.ByteStream(CONTENT))

        index = make_client(ROOT, transport=httpx.MockTransport(redirect), redirect_hosts=["bucket.example"])
        if hashes or demanded:
            assert index.download(listed(hashes=hashes), tmp_path, hashes=demanded).path.exists()
            return
        with pytest.raises(RedirectRefused, match="the index lists no digest to prove it by"):
            index.download(listed(hashes=hashes), tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_an_invalid_certificate_file_is_reported(self, make_client: MakeClient, tmp_path: Path) -> None:
        (tmp_path / "empty.pem").write_text("no certificate")

        for name in ("empty.pem", "missing.pem"):
            with pytest.raises(InvalidCertificates, match=name):
                make_client(ROOT, ca_bundle=tmp_path / name)


WHEEL = build_wheel(name="foo", version="1.0", requires_dist=["one"])
OTHER = build_wheel(name="foo", version="1.0", requires_dist=["two"])
METADATA = b"Metadata-Version: 2.4\nName: foo\nVersion: 1.0\nRequires-Dist: two\n"


class TestMetadata:
    def test_metadata_is_read_without_the_wheel_and_verified(self, make_client: MakeClient) -> None:
        def handle(request: httpx.Request) -> httpx.Response:
            assert request.url.path == "/packages/foo-1.0.tar.gz.metadata"
            return httpx.Response(200, content=METADATA)

        digest = {"sha256": hashlib.sha256(METADATA).hexdigest()}
        index = client(make_client, handle)

        assert index.metadata(listed(core_metadata=digest)) == METADATA
        assert index.metadata(listed(core_metadata=True)) == METADATA

    def test_metadata_other_than_listed_is_refused(self, make_client: MakeClient) -> None:
        index = client(make_client, lambda _request: httpx.Response(200, content=METADATA))

        with pytest.raises(BadDownload, match=r"foo-1.0.tar.gz.metadata is not what the index lists"):
            index.metadata(listed(core_metadata={"sha256": "0" * 64}))

    def test_metadata_that_is_not_offered_is_not_asked_for(self, make_client: MakeClient) -> None:
        with pytest.raises(NotFound, match="does not offer the metadata"):
            client(make_client, lambda _request: pytest.fail("asked")).metadata(listed())

    @pytest.mark.parametrize("wheel", [WHEEL, OTHER], ids=["other requirements", "the same"])
    def test_a_wheel_with_other_metadata_than_given_is_refused(
        self, make_client: MakeClient, tmp_path: Path, wheel: Any
    ) -> None:
        file = listed(wheel.content, filename=wheel.filename)
        index = client(
            make_client, lambda _request: httpx.Response(200, stream=httpx.ByteStream(wheel.content))
        )

        if wheel is OTHER:
            assert index.download(file, tmp_path, metadata=METADATA).path.is_file()
            return
        with pytest.raises(BadDownload, match="has another requires_dist than the index says"):
            index.download(file, tmp_path, metadata=METADATA)
        assert list(tmp_path.iterdir()) == []


class TestMetadataInWheel:
    WHEEL = build_wheel("foo", "1.0", padding=300_000)
    # The padding is not compressed and stands in front; here it stands behind.
    TURNED = with_member(WHEEL.content, "zzz.bin", CONTENT[:200_000])

    def serving(self, content: bytes, asked: list[str]) -> Callable[[httpx.Request], httpx.Response]:
        def handle(request: httpx.Request) -> httpx.Response:
            asked.append(request.headers["range"])
            first, _, last = request.headers["range"].removeprefix("bytes=").partition("-")
            start = int(first) if first else max(len(content) - int(last), 0)
            end = int(last) + 1 if first else len(content)
            part = content[start:end]
            headers = {"Content-Range": f"bytes {start}-{start + len(part) - 1}/{len(content)}"}
            return httpx.Response(206, headers=headers, content=part)

        return handle

    @pytest.mark.parametrize(
        ("content", "requests"), [(WHEEL.content, 1), (TURNED, 2)], ids=["end", "middle"]
    )
    def test_metadata_is_read_with_as_little_of_the_wheel_as_possible(
        self, make_client: MakeClient, content: bytes, requests: int
    ) -> None:
        asked: list[str] = []
        file = listed(filename=self.WHEEL.filename)

        found = client(make_client, self.serving(content, asked)).metadata_in_wheel(file)

        assert found == self.WHEEL.metadata
        assert asked[0] == "bytes=-65536"
        assert len(asked) == requests

    def test_a_server_may_send_all_of_a_small_wheel(self, make_client: MakeClient) -> None:
        def handle(_request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, content=self.WHEEL.content)

        file = listed(filename=self.WHEEL.filename)

        assert client(make_client, handle).metadata_in_wheel(file) == self.WHEEL.metadata

    @pytest.mark.parametrize(
        "answer",
        [
            lambda: httpx.Response(416),
            lambda: httpx.Response(206, content=b"x"),
            lambda: httpx.Response(206, content=b"x", headers={"Content-Range": "bytes 0-0/100000"}),
            lambda: httpx.Response(206, content=b"x", headers={"Content-Range": "bytes 5-5/3"}),
            lambda: httpx.Response(200, content=bytes(21 * 1024 * 1024)),
        ],
        ids=["416", "no range", "too little", "nonsense", "too much"],
    )
    def test_a_server_without_ranges_yields_nothing(
        self, make_client: MakeClient, answer: Callable[[], httpx.Response]
    ) -> None:
        file = listed(filename=self.WHEEL.filename)

        assert client(make_client, lambda _request: answer()).metadata_in_wheel(file) is None

    def test_a_file_that_is_not_a_wheel_is_reported(self, make_client: MakeClient) -> None:
        file = listed(filename=self.WHEEL.filename)

        with pytest.raises(InvalidDistribution, match="is not a readable wheel"):
            client(make_client, self.serving(CONTENT, [])).metadata_in_wheel(file)

    def test_a_refusal_is_reported(self, make_client: MakeClient) -> None:
        with pytest.raises(NotFound):
            client(make_client, lambda _request: httpx.Response(404)).metadata_in_wheel(listed())


class TestProvenance:
    def test_provenance_is_read_from_where_the_page_says(self, make_client: MakeClient) -> None:
        content = {"version": 1, "attestation_bundles": []}

        def handle(request: httpx.Request) -> httpx.Response:
            assert request.url.path == "/integrity/foo"
            return httpx.Response(200, json=content)

        file = listed(provenance=f"{ROOT}integrity/foo")

        assert client(make_client, handle).provenance(file) == content

    def test_provenance_of_an_unknown_version_is_refused(self, make_client: MakeClient) -> None:
        index = client(make_client, lambda _request: httpx.Response(200, json={"version": 2}))

        with pytest.raises(BadAnswer, match="version that this client does not know"):
            index.provenance(listed(provenance=f"{ROOT}integrity/foo"))

    def test_missing_provenance_is_reported(self, make_client: MakeClient) -> None:
        with pytest.raises(NotFound, match="no provenance"):
            client(make_client, lambda _request: pytest.fail("asked")).provenance(listed())


class TestManyAtATime:
    FILES = tuple(listed(filename=f"foo-{n}.0.tar.gz", url=f"{ROOT}packages/{n}") for n in range(10))

    def test_each_file_has_its_outcome_in_order(self, make_client: MakeClient, tmp_path: Path) -> None:
        def handle(request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/3"):
                return httpx.Response(404, text="It is gone.")
            content = CONTENT[:-1] if request.url.path.endswith("/5") else CONTENT
            return httpx.Response(200, stream=httpx.ByteStream(content))

        outcomes = client(make_client, handle).download_all(self.FILES, tmp_path)

        assert tuple(each.file for each in outcomes) == self.FILES
        assert [type(each.error) for each in outcomes if each.error] == [NotFound, BadDownload]
        good = [each.downloaded for each in outcomes if each.downloaded]
        assert {each.path.name for each in good} == {each.name for each in tmp_path.iterdir()}
        assert len(good) == 8

    def test_downloads_at_a_time_are_bounded(self, tmp_path: Path) -> None:
        running = most = 0

        async def handle(_request: httpx.Request) -> httpx.Response:
            nonlocal running, most
            running += 1
            most = max(most, running)
            for _ in range(5):
                await asyncio.sleep(0)
            running -= 1
            return httpx.Response(200, stream=httpx.ByteStream(CONTENT))

        async def download() -> None:
            async with AsyncClient(ROOT, transport=httpx.MockTransport(handle)) as index:
                await index.download_all(self.FILES, tmp_path, concurrency=3)

        asyncio.run(download())

        assert most == 3

    def test_cancelling_leaves_nothing_half_written(self, tmp_path: Path) -> None:
        half_way = asyncio.Event()
        hanging = 0

        class Hanging(httpx.AsyncByteStream):
            async def __aiter__(self) -> Any:
                nonlocal hanging
                yield CONTENT[:1000]
                hanging += 1
                if hanging == 4:
                    half_way.set()
                await asyncio.Event().wait()

        def handle(request: httpx.Request) -> httpx.Response:
            is_first = request.url.path.endswith("/0")
            return httpx.Response(200, stream=httpx.ByteStream(CONTENT) if is_first else Hanging())

        async def download() -> None:
            async with AsyncClient(ROOT, transport=httpx.MockTransport(handle)) as index:
                task = asyncio.create_task(index.download_all(self.FILES, tmp_path, concurrency=4))
                await half_way.wait()
                task.cancel()
                await asyncio.wait([task])
                assert task.cancelled()

        asyncio.run(download())

        assert [each.name for each in tmp_path.iterdir()] == ["foo-0.0.tar.gz"]


def errors(kind: type[ClientError]) -> Iterator[type[ClientError]]:
    for each in kind.__subclasses__():
        yield each
        yield from errors(each)


def test_the_tree_in_the_docstring_names_every_error() -> None:
    from pypi_api_client import errors as module

    # Packages that stand on the client have errors of their own.
    own = [each for each in errors(ClientError) if each.__module__.startswith("pypi_api_client.")]
    assert [each for each in own if each.__name__ not in (module.__doc__ or "")] == []


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=10), st.integers(0, 500))
def test_a_file_of_another_size_than_listed_is_refused(chunks: list[bytes], size: int) -> None:
    from pypi_api_client.integrity import Verifier

    content = b"".join(chunks)
    verifier = Verifier(listed(content, size=size))

    try:
        for each in chunks:
            verifier.update(each)
        verifier.finish()
        is_taken = True
    except BadDownload:
        is_taken = False

    assert is_taken == (size == len(content))
