"""The client publishes, and finds out what became of it."""

from __future__ import annotations

import json
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pypi_api_client import Client
from pypi_api_client.archives import read_distribution
from pypi_api_client.errors import (
    AccessRefused,
    ConnectionFailed,
    CredentialsRefused,
    FileAlreadyExists,
    IndexUnavailable,
    InvalidDistribution,
    RedirectRefused,
    Refused,
    TooLarge,
)
from pypi_api_client.models import UploadResult
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_core.domain.digests import digests_of
from pypi_core.domain.rules import PUBLIC
from pypi_core.domain.uploads import parse_upload

ROOT = "https://index.example/"
WHEEL = build_wheel(
    name="Foo.Bar",
    version="1.0",
    summary="A sample",
    description="# Long\n\nÜber alles",
    requires_python=">=3.11",
    requires_dist=["one>=1", 'two; extra == "more"'],
    metadata_version="2.4",
    extra_metadata=[
        ("Keywords", "one,two"),
        ("Classifier", "Topic :: Software Development"),
        ("Classifier", "Typing :: Typed"),
        ("Project-URL", "Source, https://source.example/"),
        ("License-File", "LICENSE"),
        ("Platform", "any"),
    ],
)
SDIST = build_sdist(name="Foo.Bar", version="1.0")


class FakeIndex:
    """Answers uploads as it is told and lists what it is told to list."""

    def __init__(self, *answers: httpx.Response | Exception, listed: dict[str, str] | None = None) -> None:
        self.answers = list(answers)
        self.listed = listed or {}
        self.uploads: list[httpx.Request] = []
        self.after_upload: Callable[[], None] = lambda: None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "HEAD":
            return httpx.Response(200, headers={"Content-Type": "text/html"})
        if request.method == "GET":
            return self._page(request)
        if request.url.path == "/rpc":
            return httpx.Response(404)
        request.read()
        self.uploads.append(request)
        self.after_upload()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _page(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/simple/foo-bar/"
        if not self.listed:
            return httpx.Response(404, text="Not Found")
        files = [
            {"filename": name, "url": name, "hashes": {"sha256": sha256}}
            for name, sha256 in self.listed.items()
        ]
        page = {"meta": {"api-version": "1.4"}, "name": "foo-bar", "files": files}
        return httpx.Response(
            200, content=json.dumps(page), headers={"Content-Type": "application/vnd.pypi.simple.v1+json"}
        )

    @property
    def parts(self) -> list[tuple[str, str | None, bytes]]:
        """The parts of the last upload: name, file name, content."""
        request = self.uploads[-1]
        boundary = request.headers["content-type"].partition("boundary=")[2].encode()
        *parts, end = request.content.removeprefix(b"--" + boundary).split(b"\r\n--" + boundary)
        assert end == b"--\r\n"
        found = []
        for each in parts:
            head, _, content = each.partition(b"\r\n\r\n")
            filename = re.search(r'filename="([^"]*)"', head.decode())
            name = re.search(r' name="([^"]*)"', head.decode())
            assert name
            found.append((name[1], filename[1] if filename else None, content))
        return found


MAKERS: list[Callable[..., Client]] = []


@pytest.fixture(autouse=True)
def _both_clients(make_client: Callable[..., Client]) -> Iterator[None]:
    MAKERS.append(make_client)
    yield
    MAKERS.clear()


def client(index: FakeIndex, **options: Any) -> Client:
    options.setdefault("sleep", lambda _seconds: None)
    return MAKERS[0](ROOT, token="secret", transport=httpx.MockTransport(index), **options)


def saved(folder: Path, distribution: BuiltDistribution) -> Path:
    path = folder / distribution.filename
    path.write_bytes(distribution.content)
    return path


OK = httpx.Response(200)


class TestForm:
    def test_a_wheel_is_described_by_its_own_metadata(self, tmp_path: Path) -> None:
        index = FakeIndex(OK)

        outcome = client(index).upload(saved(tmp_path, WHEEL))

        assert outcome.result is UploadResult.PUBLISHED
        fields = [(name, raw.decode()) for name, filename, raw in index.parts if filename is None]
        assert index.uploads[0].url == f"{ROOT}legacy/"
        assert fields[:4] == [
            (":action", "file_upload"),
            ("protocol_version", "1"),
            ("filetype", "bdist_wheel"),
            ("pyversion", "py3"),
        ]
        for each in [
            ("md5_digest", WHEEL.md5),
            ("sha256_digest", WHEEL.sha256),
            ("blake2_256_digest", WHEEL.blake2_256),
            ("name", "Foo.Bar"),
            ("version", "1.0"),
            ("summary", "A sample"),
            ("keywords", "one,two"),
            ("classifiers", "Topic :: Software Development"),
            ("classifiers", "Typing :: Typed"),
            ("project_urls", "Source, https://source.example/"),
            ("license_file", "LICENSE"),
            ("platform", "any"),
            ("requires_dist", "one>=1"),
            ("requires_python", ">=3.11"),
        ]:
            assert each in fields
        assert "Über alles" in dict(fields)["description"]

    def test_fields_newer_than_the_metadata_version_are_left_out(self, tmp_path: Path) -> None:
        index = FakeIndex(OK)
        wheel = build_wheel(
            name="Foo.Bar", extra_metadata=[("License-File", "LICENSE"), ("Provides-Extra", "more")]
        )

        client(index).upload(saved(tmp_path, wheel))

        names = [name for name, _, _ in index.parts]
        assert "license_file" not in names
        assert "provides_extra" in names

    @pytest.mark.parametrize("distribution", [WHEEL, SDIST], ids=["wheel", "sdist"])
    def test_the_file_is_the_last_and_complete_part(
        self, tmp_path: Path, distribution: BuiltDistribution
    ) -> None:
        index = FakeIndex(OK)

        client(index).upload(saved(tmp_path, distribution))

        assert index.parts[-1] == ("content", distribution.filename, distribution.content)

    @pytest.mark.parametrize("distribution", [WHEEL, SDIST], ids=["wheel", "sdist"])
    def test_our_server_accepts_the_form(self, tmp_path: Path, distribution: BuiltDistribution) -> None:
        index = FakeIndex(OK)
        client(index).upload(saved(tmp_path, distribution))
        fields: dict[str, list[str]] = {}
        for name, filename, raw in index.parts:
            if filename is None:
                fields.setdefault(name, []).append(raw.decode())

        upload = parse_upload(fields, distribution.filename, "application/octet-stream", PUBLIC)

        upload.digests.verify(digests_of(distribution.content))
        assert upload.name == "Foo.Bar"

    def test_token_and_accepted_media_types_are_sent(self, tmp_path: Path) -> None:
        index = FakeIndex(OK)

        client(index, program=("pypi-cli", "7")).upload(saved(tmp_path, WHEEL))

        headers = index.uploads[0].headers
        # A problem document has every problem found.
        assert headers["accept"] == "application/problem+json, application/json;q=0.9, text/plain;q=0.8"
        assert headers["authorization"].startswith("Basic ")
        assert headers["user-agent"].startswith("pypi-cli/7 {")

    def test_progress_of_an_upload_is_reported(self, tmp_path: Path) -> None:
        seen: list[int] = []

        client(FakeIndex(OK)).upload(saved(tmp_path, WHEEL), progress=seen.append)

        assert seen[-1] == len(WHEEL.content)

    def test_a_file_is_streamed_with_its_length(self, tmp_path: Path) -> None:
        path = tmp_path / "large-1.0-py3-none-any.whl"
        path.write_bytes(build_wheel(name="large", version="1.0").content)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("large.bin", bytes(3 * 1024 * 1024))
        largest = 0

        class Looking(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                nonlocal largest
                if request.method in {"GET", "HEAD"}:
                    return httpx.Response(404)
                assert int(request.headers["content-length"]) > 3 * 1024 * 1024
                assert isinstance(request.stream, httpx.SyncByteStream)
                for chunk in request.stream:
                    largest = max(largest, len(chunk))
                return httpx.Response(200)

        Client(ROOT, transport=Looking()).upload(path, progress=lambda _done: None)

        assert 0 < largest <= 64 * 1024


class TestOutcome:
    def test_the_very_same_file_is_not_sent_again(self, tmp_path: Path) -> None:
        index = FakeIndex(listed={WHEEL.filename: WHEEL.sha256})

        outcome = client(index).upload(saved(tmp_path, WHEEL))

        assert (outcome.result, index.uploads) == (UploadResult.WAS_THERE, [])

    def test_another_file_of_the_name_is_refused_by_the_index(self, tmp_path: Path) -> None:
        refusal = httpx.Response(400, text="File already exists (x): its content differs.")
        index = FakeIndex(refusal, listed={WHEEL.filename: "0" * 64})

        with pytest.raises(FileAlreadyExists, match="its content differs"):
            client(index).upload(saved(tmp_path, WHEEL))

    @pytest.mark.parametrize(
        "refusal",
        [
            httpx.Response(409, text="Conflict"),
            httpx.Response(400, json={"message": "File already exists (x)."}),
            httpx.Response(400, extensions={"reason_phrase": b"File already exists (x)."}),
            httpx.Response(403, text="The file already exists"),
        ],
    )
    @pytest.mark.parametrize("same", [True, False])
    def test_already_exists_is_a_success_if_the_digest_agrees(
        self, tmp_path: Path, refusal: httpx.Response, same: bool
    ) -> None:
        index = FakeIndex(refusal)
        # Between looking and sending, somebody else was faster.
        index.after_upload = lambda: index.listed.update({WHEEL.filename: WHEEL.sha256 if same else "0" * 64})

        if same:
            assert client(index).upload(saved(tmp_path, WHEEL)).result is UploadResult.WAS_THERE
        else:
            with pytest.raises(FileAlreadyExists):
                client(index).upload(saved(tmp_path, WHEEL))

    def test_an_existing_name_can_be_skipped(self, tmp_path: Path) -> None:
        index = FakeIndex(listed={WHEEL.filename: "0" * 64})

        outcome = client(index).upload(saved(tmp_path, WHEEL), skip_existing=True)

        assert (outcome.result, index.uploads) == (UploadResult.SKIPPED, [])

    def test_a_name_that_was_used_and_deleted_is_not_skipped(self, tmp_path: Path) -> None:
        refusal = httpx.Response(400, text="The file name was previously used: use a different version.")

        with pytest.raises(Refused, match="previously used"):
            client(FakeIndex(refusal)).upload(saved(tmp_path, WHEEL), skip_existing=True)

    @pytest.mark.parametrize(
        ("refusal", "kind", "sentence"),
        [
            (
                httpx.Response(
                    400, json={"message": "No good.", "code": "400 No good.", "title": "Bad Request"}
                ),
                Refused,
                "No good.",
            ),
            (httpx.Response(400, text="No good either."), Refused, "No good either."),
            (
                httpx.Response(
                    400, html="<h1>No</h1>", extensions={"reason_phrase": b"It says so in the phrase"}
                ),
                Refused,
                "It says so in the phrase",
            ),
            (httpx.Response(401, text="Send a token."), CredentialsRefused, "Send a token."),
            (httpx.Response(403, text="Not yours."), AccessRefused, "Not yours."),
            (httpx.Response(413, text="Too large."), TooLarge, "Too large."),
        ],
    )
    def test_a_refusal_is_reported_in_the_words_of_the_index(
        self, tmp_path: Path, refusal: httpx.Response, kind: type[Refused], sentence: str
    ) -> None:
        with pytest.raises(kind) as caught:
            client(FakeIndex(refusal)).upload(saved(tmp_path, WHEEL))

        assert type(caught.value) is kind
        assert str(caught.value) == sentence

    def test_warnings_of_the_index_are_reported(self, tmp_path: Path) -> None:
        answer = httpx.Response(200, text="The wheel has no licence.\nThe tags are not sorted.\n")

        outcome = client(FakeIndex(answer)).upload(saved(tmp_path, WHEEL))

        assert outcome.warnings == ("The wheel has no licence.", "The tags are not sorted.")

    def test_a_misspelt_header_is_reported(self, tmp_path: Path) -> None:
        wheel = build_wheel(
            name="Foo.Bar", version="1.0", extra_metadata=[("Descripton-Content-Type", "text/markdown")]
        )

        outcome = client(FakeIndex(OK)).upload(saved(tmp_path, wheel))

        assert "descripton-content-type" in outcome.warnings[0]


class TestTryingAgain:
    def test_a_broken_connection_sends_the_whole_file_again(self, tmp_path: Path) -> None:
        index = FakeIndex(httpx.WriteError("reset"), httpx.Response(502), OK)

        outcome = client(index).upload(saved(tmp_path, WHEEL))

        assert outcome.result is UploadResult.PUBLISHED
        assert len(index.uploads) == 3
        assert index.parts[-1][2] == WHEEL.content

    @pytest.mark.parametrize(
        ("failure", "kind"),
        [(httpx.ReadTimeout("slow"), ConnectionFailed), (httpx.Response(500), IndexUnavailable)],
    )
    def test_an_upload_is_tried_three_times(
        self, tmp_path: Path, failure: httpx.Response | Exception, kind: type[Exception]
    ) -> None:
        index = FakeIndex(failure, failure, failure)

        with pytest.raises(kind):
            client(index).upload(saved(tmp_path, WHEEL))
        assert len(index.uploads) == 3

    def test_a_refusal_is_final(self, tmp_path: Path) -> None:
        index = FakeIndex(httpx.Response(400))

        with pytest.raises(Refused):
            client(index).upload(saved(tmp_path, WHEEL))
        assert len(index.uploads) == 1


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_an_upload_is_not_redirected_to_another_origin(self, tmp_path: Path, status: int) -> None:
        index = FakeIndex(httpx.Response(status, headers={"Location": "https://elsewhere.example/legacy/"}))

        with pytest.raises(RedirectRefused, match=r"elsewhere\.example"):
            client(index).upload(saved(tmp_path, WHEEL))
        assert [each.url.host for each in index.uploads] == ["index.example"]

    def test_a_redirect_within_the_index_is_followed(self, tmp_path: Path) -> None:
        index = FakeIndex(httpx.Response(308, headers={"Location": f"{ROOT}upload/"}), OK)

        client(index).upload(saved(tmp_path, WHEEL))

        assert index.uploads[-1].url.path == "/upload/"
        assert index.parts[-1][2] == WHEEL.content

    def test_a_redirect_that_would_drop_the_file_is_refused(self, tmp_path: Path) -> None:
        index = FakeIndex(httpx.Response(303, headers={"Location": f"{ROOT}done/"}))

        with pytest.raises(RedirectRefused):
            client(index).upload(saved(tmp_path, WHEEL))


class TestArchives:
    def test_an_sdist_is_read(self, tmp_path: Path) -> None:
        distribution = read_distribution(saved(tmp_path, SDIST))

        assert (distribution.kind, distribution.python_version) == ("sdist", "source")
        assert (distribution.project, distribution.size) == ("foo-bar", len(SDIST.content))
        assert distribution.digests == {
            "md5": SDIST.md5,
            "sha256": SDIST.sha256,
            "blake2_256": SDIST.blake2_256,
        }

    @pytest.mark.parametrize(
        ("name", "content", "why"),
        [
            ("foo-1.0-py3-none-any.whl", b"no zip", "not a readable wheel"),
            ("foo-1.0-py3-none-any.whl", WHEEL.content[:200], "not a readable wheel"),
            ("foo.whl", WHEEL.content, "not the name of a wheel"),
            ("foo-1.0.tar.gz", b"no tar", "not a readable sdist"),
            ("foo-1.0.tar.gz", SDIST.content[:60], "not a readable sdist"),
            ("foo-1.0.egg", b"", "neither a wheel"),
        ],
    )
    def test_a_file_that_is_not_a_distribution_is_reported(
        self, tmp_path: Path, name: str, content: bytes, why: str
    ) -> None:
        (tmp_path / name).write_bytes(content)

        with pytest.raises(InvalidDistribution, match=why):
            read_distribution(tmp_path / name)

    def test_a_wheel_without_metadata_is_reported(self, tmp_path: Path) -> None:
        path = tmp_path / "foo-1.0-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("foo.py", "")

        with pytest.raises(InvalidDistribution, match="has no "):
            read_distribution(path)

    def test_an_sdist_without_metadata_is_reported(self, tmp_path: Path) -> None:
        path = tmp_path / "foo-1.0.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            archive.addfile(tarfile.TarInfo("foo-1.0/deep/PKG-INFO"))

        with pytest.raises(InvalidDistribution, match="has no PKG-INFO in its top folder"):
            read_distribution(path)

    def test_metadata_without_a_name_is_reported(self, tmp_path: Path) -> None:
        path = tmp_path / "foo-1.0-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("foo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\n")

        with pytest.raises(InvalidDistribution, match="lacks name and version"):
            read_distribution(path)

    def test_a_missing_file_is_reported(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidDistribution, match="no file"):
            read_distribution(tmp_path / "foo-1.0.tar.gz")
