"""Answers made to cost much: each ends with a sentence, and what it costs is bounded."""

from __future__ import annotations

import gzip
import json
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import chain, repeat
from typing import Any

import httpx
import pytest

from pypi_api_client import Client, PackageIndex
from pypi_api_client.errors import BadAnswer, BadDownload, ClientError, UnsafeFilename
from pypi_api_client.integrity import check_filename
from pypi_api_client.models import RemoteFile
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Response
from pypi_api_client.protocol.simple import read_page
from pypi_api_client.protocol.simple_html import read_html

MakeClient = Callable[..., Client]
pytestmark = pytest.mark.slow

ROOT = "https://index.example/"
JSON = "application/vnd.pypi.simple.v1+json"
MIB = 1024 * 1024


class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that arrives in pieces, as from a network."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for each in self._pieces:
            yield each


def answering(pieces: Callable[[], Iterator[bytes]], **headers: str) -> httpx.MockTransport:
    """Return a transport on which only the Simple API answers, with *pieces*."""

    def handle(request: httpx.Request) -> httpx.Response:
        if "/simple/" not in request.url.path:
            return httpx.Response(404)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.Response(200, headers={"content-type": JSON, **given}, stream=Body(pieces()))

    return httpx.MockTransport(handle)


def compressed_zeros(size: int) -> Iterator[bytes]:
    deflater = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    for _ in range(size // MIB):
        yield deflater.compress(bytes(MIB))
    yield deflater.flush()


def peak_of(action: Callable[[], object]) -> int:
    """Return how many bytes *action* needed at a time."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def growth_of(action: Callable[[int], object], size: int) -> float:
    """Return how many times as long a four times larger input takes, at best."""

    def seconds(scale: int) -> float:
        taken = []
        for _ in range(3):
            begin = time.process_time()
            action(size * scale)
            taken.append(time.process_time() - begin)
        return max(min(taken), 1e-4)

    return seconds(4) / seconds(1)


class TestCoding:
    def test_gzip_is_asked_for_and_nothing_else(self, make_client: MakeClient) -> None:
        asked: list[httpx.Request] = []

        def handle(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            page = gzip.compress(b'{"meta": {"api-version": "1.0"}, "name": "foo", "files": []}')
            headers = {"content-type": JSON, "content-encoding": "GZIP"}
            return httpx.Response(200, headers=headers, stream=Body(iter([page[:9], page[9:]])))

        page = make_client(ROOT, transport=httpx.MockTransport(handle)).project_page("foo")

        assert page.name == "foo"
        assert asked[0].headers["accept-encoding"] == "gzip"

    def test_two_codings_are_refused_before_anything_is_decoded(self, make_client: MakeClient) -> None:
        bomb = gzip.compress(b"".join(compressed_zeros(256 * MIB)))
        client = make_client(ROOT, transport=answering(lambda: iter([bomb]), content_encoding="gzip, gzip"))

        def ask() -> None:
            with pytest.raises(BadAnswer, match="compressed as 'gzip, gzip'"):
                client.project_page("foo")

        assert len(bomb) < 8000
        assert peak_of(ask) < 8 * MIB

    @pytest.mark.parametrize("coding", ["br", "zstd", "deflate", "gzip, identity, gzip", "x" * 5000])
    def test_a_coding_that_was_not_asked_for_is_refused(self, make_client: MakeClient, coding: str) -> None:
        client = make_client(ROOT, transport=answering(lambda: iter([b"x"]), content_encoding=coding))

        with pytest.raises(BadAnswer, match="only gzip was asked for") as caught:
            client.project_page("foo")

        assert len(str(caught.value)) < 500

    def test_a_compressed_answer_is_bounded_once_decoded(self, make_client: MakeClient) -> None:
        bomb = list(compressed_zeros(256 * MIB))
        client = make_client(
            ROOT, largest_answer=MIB, transport=answering(lambda: iter(bomb), content_encoding="gzip")
        )

        def ask() -> None:
            with pytest.raises(BadAnswer, match="larger than 1048576 bytes"):
                client.project_page("foo")

        assert peak_of(ask) < 8 * MIB

    def test_an_endless_answer_without_content_is_refused(self, make_client: MakeClient) -> None:
        # Blocks that hold nothing, for ever (RFC 1951, 3.2.4).
        endless = chain([gzip.compress(b"")[:10]], repeat(b"\x00\x00\x00\xff\xff" * 1000))
        client = make_client(ROOT, transport=answering(lambda: endless, content_encoding="gzip"))

        with pytest.raises(BadAnswer, match="goes on without any content"):
            client.project_page("foo")

    @pytest.mark.parametrize("body", [gzip.compress(b"{}")[:-9], b"no gzip"], ids=["cut-off", "plain"])
    def test_a_cut_off_or_uncompressed_answer_is_refused(self, make_client: MakeClient, body: bytes) -> None:
        client = make_client(ROOT, transport=answering(lambda: iter([body]), content_encoding="gzip"))

        with pytest.raises(BadAnswer, match=r"cut off|not gzip"):
            client.project_page("foo")

    def test_all_of_an_answer_is_decoded(self, make_client: MakeClient) -> None:
        name = "x" * 300_000
        page = json.dumps({"meta": {"api-version": "1.0"}, "name": name, "files": []}).encode()
        body = gzip.compress(page)
        client = make_client(ROOT, transport=answering(lambda: iter([body]), content_encoding="gzip"))

        assert client.project_page("foo").name == name


class TestSize:
    def test_an_endless_answer_is_refused(self, make_client: MakeClient) -> None:
        client = make_client(ROOT, largest_answer=MIB, transport=answering(lambda: repeat(b" " * 65536)))

        with pytest.raises(BadAnswer, match="larger than 1048576 bytes"):
            client.project_page("foo")

    def test_an_answer_may_have_64_mib_by_default(self, make_client: MakeClient) -> None:
        client = make_client(ROOT, transport=answering(lambda: repeat(b" " * MIB)))

        with pytest.raises(BadAnswer, match="larger than 67108864 bytes"):
            client.project_page("foo")

    def test_a_few_bytes_in_json_do_not_become_many_in_memory(self) -> None:
        body = b'{"name": "foo", "files": [' + b"{}," * 2_000_000 + b"{}]}"

        def ask() -> None:
            with pytest.raises(BadAnswer, match="more than 2000000 values"):
                page_of(body, JSON)

        assert peak_of(ask) < MIB

    @pytest.mark.parametrize(
        "body",
        [
            b"[" * 100_000,
            b'{"name": "foo", "files": ' + b"[" * 100_000,
            b'{"a":' * 100_000,
            b'{"name": "foo", "files": [{"filename": "f", "url": "u", "size": ' + b"9" * 100_000 + b"}]}",
            b'{"name": "foo", "files": [], "meta": {"api-version": "' + b"1" * 100_000 + b'.0"}}',
            b'{"name": "foo", "files": [], "meta": {"api-version": "1.' + b"1" * 100_000 + b'"}}',
            b'{"name": "\xff", "files": []}',
        ],
        ids=["arrays", "files", "objects", "size", "major", "minor", "no-utf-8"],
    )
    def test_deep_or_long_json_ends_with_a_short_sentence(self, body: bytes) -> None:
        try:
            page = page_of(body, JSON)
        except BadAnswer as error:
            assert len(str(error)) < 1000
        else:
            # One file that makes no sense does not hide the others.
            assert page.files == ()

    def test_a_list_of_projects_takes_a_few_times_its_size_in_memory(self, make_client: MakeClient) -> None:
        body = (
            b'{"projects": [' + b'{"name":""},' * 20_000 + b'{"name":""}], "x": [' + b"{}," * 50_000 + b"{}]}"
        )
        client = make_client(ROOT, transport=answering(lambda: iter([body])))

        assert peak_of(lambda: list(client.projects())) < 6 * len(body)

    def test_a_number_without_end_in_a_list_is_refused(self, make_client: MakeClient) -> None:
        body = b'{"x": ' + b"9" * 1_200_000
        client = make_client(ROOT, transport=answering(lambda: iter([body])))

        with pytest.raises(BadAnswer) as caught:
            list(client.projects())

        assert len(str(caught.value)) < 1000

    def test_a_page_may_list_100000_files(self) -> None:
        link = b"<a href=/x>x</a>"
        assert len(page_of(link * 100_000, "text/html").files) == 100_000

        with pytest.raises(BadAnswer, match="more than 100000 files"):
            page_of(link * 100_001, "text/html")

        files = b",".join([b"1"] * 100_001)
        with pytest.raises(BadAnswer, match="more than 100000 files"):
            page_of(b'{"name": "foo", "files": [' + files + b"]}", JSON)

    def test_files_passed_over_are_counted_not_listed(self) -> None:
        page = page_of(b"<a href=/x>..</a>" * 1000, "text/html")

        assert len(page.warnings) == 21
        assert page.warnings[-1] == "980 more files were passed over."

    def test_links_do_not_repeat_a_long_base(self) -> None:
        base = b"<base href=/" + b"b" * 500_000 + b"/>"

        def ask() -> None:
            with pytest.raises(BadAnswer, match=r"relative to a URL of more than|more than 8192"):
                read_html(base + b"<a href=x>x</a>" * 1000, ROOT)

        try:
            assert peak_of(ask) < 16 * MIB
        except ClientError as error:
            assert len(str(error)) < 1000

    def test_links_do_not_repeat_a_long_redirected_url(self) -> None:
        body = b'{"name": "foo", "files": [{"filename": "foo-1.0.tar.gz", "url": "x"}]}'

        with pytest.raises(BadAnswer, match="more than 1024 characters"):
            page_of(body, JSON, url=f"{ROOT}{'x' * 2000}/")

    def test_a_long_name_is_not_safe_and_not_repeated(self) -> None:
        assert check_filename("x" * 255) == "x" * 255

        with pytest.raises(UnsafeFilename, match="more than 255 bytes") as caught:
            check_filename("ü" * 100_000)

        assert len(str(caught.value)) < 300

    def test_a_url_of_many_characters_is_passed_over(self) -> None:
        page = page_of(b"<a href=/" + b"x" * 9000 + b">foo-1.0.tar.gz</a><a href=/y>y</a>", "text/html")

        assert [each.filename for each in page.files] == ["y"]


def page_of(body: bytes, media_type: str, url: str = f"{ROOT}simple/foo/") -> Any:
    response = Response(status=200, url=url, headers={"content-type": media_type}, body=body)
    return read_page(KnownIndex(PackageIndex(ROOT).address), response)


# What is written again and again, and what the page begins with.
PAGES = {
    "text": ("x<b>", "<a href=x>"),
    "unclosed": ("<a ", ""),
    "names": ("a", "<"),
    "attributes": (" a='", "<a"),
    "quotes": ('<a href="', ""),
    "declarations": ("<!", ""),
    "comments": ("<!-", ""),
    "instructions": ("<?", ""),
    "ends": ("</", ""),
    "references": ("&#", "<a href=x>"),
    "scripts": ("<script>", ""),
    "ends-of-scripts": ("</script", "<script>"),
    "cdata": ("<![CDATA[", ""),
    "equals": ("=", "<a "),
    "slashes": ("/", "<a"),
    "spaces": (" ", "<a"),
    "digits": ("9", "<a href=x>&#"),
    "paths": ("../", "<a href="),
    "fragments": ("a=b&", "<a href=x#"),
}


class TestHtml:
    @pytest.mark.parametrize(("pattern", "start"), PAGES.values(), ids=PAGES)
    def test_a_page_takes_time_in_proportion_to_its_size(self, pattern: str, start: str) -> None:
        def read(size: int) -> None:
            read_html(f"{start}{pattern * (size // len(pattern))}".encode(), ROOT)

        # Sixteen times, if each part were looked at with all the others.
        assert growth_of(read, 20_000) < 10

    def test_the_quirks_of_pages_are_read(self) -> None:
        page = read_html(
            b"""<!DOCTYPE html><html><head><!-- <a href="no">no</a> --><title><a href=no>no</a></title>
            <meta name="pypi:repository-version" content="1.3">
            <META NAME='pypi:project-status' CONTENT=archived>
            <script>"<a href='no'>no</a>"</script><base href=/files/></head><body>
            <A HREF = "a%20b-1.0.tar.gz#sha256=00" data-requires-python="&gt;=3.8" data-yanked
            >a b-1.0.tar.gz</A>
            <a href=b-1.0.tar.gz href=other data-yanked="why &amp; how"
               data-core-metadata='sha256=11' >b-1.0.<b>tar</b>.gz</a>
            <a>no link</a> 1 < 2 <a href="c-1.0.tar.gz"/>c-1.0.tar.gz</a ><a href='""",
            f"{ROOT}simple/foo/",
        )

        assert page.metas == {"pypi:repository-version": "1.3", "pypi:project-status": "archived"}
        assert page.files == (
            RemoteFile(
                filename="a b-1.0.tar.gz",
                url=f"{ROOT}files/a%20b-1.0.tar.gz",
                hashes={"sha256": "00"},
                requires_python=">=3.8",
                yanked=True,
            ),
            RemoteFile(
                filename="b-1.0.tar.gz",
                url=f"{ROOT}files/b-1.0.tar.gz",
                yanked="why & how",
                core_metadata={"sha256": "11"},
            ),
            RemoteFile(filename="c-1.0.tar.gz", url=f"{ROOT}files/c-1.0.tar.gz"),
        )


def test_a_file_longer_than_listed_is_refused(make_client: MakeClient, tmp_path: Any) -> None:
    file = RemoteFile(filename="foo-1.0.tar.gz", url=f"{ROOT}simple/foo-1.0.tar.gz", size=1000)
    client = make_client(ROOT, transport=answering(lambda: repeat(b"x" * 65536)))

    with pytest.raises(BadDownload, match="more than 1000 bytes"):
        client.download(file, tmp_path)

    assert list(tmp_path.iterdir()) == []
