"""What ``pypi-cli`` does and says; HTTP is carried to an index in memory."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel, without_member
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR, Actor
from pypi_core.domain.entities import ProjectStatus, Status, Yank
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.upload_sessions import DeclaredFile, UploadSessionId
from pypi_core.domain.versions import parse_version
from pypi_core.errors import ProjectNotFound
from pypi_core.ports.pages import PageKind
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_terminal.exit_codes import ExitCode
from pypi_tool.application import PROGRAM
from pypi_tool.running import run
from pypi_tool.transport import carrier
from reference.results import result_schema

TOKEN = "pidx_secret"


class FakeServer(httpx.BaseTransport):
    """An index in memory behind just enough HTTP: JSON-RPC, files, uploads that are answered as told."""

    def __init__(self) -> None:
        self.site = InMemorySite()
        self.contents: dict[str, bytes] = {}
        self.upload_answers: dict[str, httpx.Response] = {}
        self.requests: list[httpx.Request] = []
        self._endpoint = JsonRpcEndpoint(self.site.site)

    def publish(self, *distributions: BuiltDistribution) -> None:
        for each in distributions:
            self.site.publish(self.site.actor("ada"), each)
            self.contents[each.filename] = each.content
            self.contents[f"{each.filename}.metadata"] = each.metadata
        self.site.work()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        path = request.url.path
        if path == "/rpc":
            answer = self._endpoint(self.site.index, self._actor(request), request.content)
            return httpx.Response(200, content=answer, headers={"Content-Type": "application/json"})
        if path.startswith("/simple/"):
            return self._page(request, path.split("/")[2])
        if path.startswith("/packages/"):
            content = self.contents[unquote(path).rpartition("/")[2]]
            return httpx.Response(200, stream=httpx.ByteStream(content))
        if path.startswith("/upload/"):
            _, _, session, filename = path.split("/")
            offset = int(request.headers.get("upload-offset", 0))
            receive = self.site.index.receive_bytes
            reception = receive(self._actor(request), UploadSessionId(session), unquote(filename), offset)
            reception.append(request.content)
            return httpx.Response(204, headers={"Upload-Offset": str(reception.close())})
        if path == "/legacy/":
            named = next((name for name in self.upload_answers if name.encode() in request.content), None)
            return self.upload_answers[named] if named else httpx.Response(200)
        return httpx.Response(404, text="Not Found")

    def _page(self, request: httpx.Request, name: str) -> httpx.Response:
        try:
            served = self.site.index.pages.project(
                self._actor(request), NormalizedName(name), PageKind.SIMPLE_JSON
            )
        except ProjectNotFound:
            return httpx.Response(404, text="Not Found")
        return httpx.Response(
            200,
            content=served.page.body,
            headers={"Content-Type": "application/vnd.pypi.simple.v1+json"},
        )

    def _actor(self, request: httpx.Request) -> Actor:
        return OPERATOR if "authorization" in request.headers else ANONYMOUS

    def sent(self, path: str) -> list[httpx.Request]:
        return [each for each in self.requests if each.url.path == path]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeServer]:
    for name in ("PYPI_TOKEN", "PYPI_PASSWORD", "PYPI_REPOSITORY", "PYPI_CLI_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    fake = FakeServer()
    reset = carrier.set(fake)
    yield fake
    carrier.reset(reset)


Save = Callable[[BuiltDistribution], str]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    def write(distribution: BuiltDistribution) -> str:
        folder = tmp_path / "dist"
        folder.mkdir(exist_ok=True)
        (folder / distribution.filename).write_bytes(distribution.content)
        return f"dist/{distribution.filename}"

    return write


WHEEL = build_wheel(name="Foo.Bar", version="1.0", summary="A sample")
SDIST = build_sdist(name="Foo.Bar", version="1.0", summary="A sample")
OTHER = build_wheel(name="other", version="1.0")
SUMMARY = "A distribution built for a test"
PAGES = "http://127.0.0.1:8080/project/"


def printed(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    out, err = capsys.readouterr()
    return out, err


class TestUpload:
    def test_each_file_is_reported(
        self, server: FakeServer, save: Save, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["upload", save(WHEEL), save(OTHER)]) == 0

        assert printed(capsys) == (
            "foo_bar-1.0-py3-none-any.whl: published\nother-1.0-py3-none-any.whl: published\n",
            f"pypi-cli: 2 files published. {PAGES}foo-bar/1.0/ {PAGES}other/1.0/\n",
        )
        assert len(server.sent("/legacy/")) == 2

    def test_a_refusal_goes_to_standard_error_and_the_others_are_sent(
        self, server: FakeServer, save: Save, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.upload_answers[WHEEL.filename] = httpx.Response(400, text="The wheel has no RECORD.")

        assert run(["upload", save(WHEEL), save(OTHER)]) == ExitCode.REFUSED

        out, err = printed(capsys)
        assert out == "other-1.0-py3-none-any.whl: published\n"
        assert err.splitlines() == [
            f"pypi-cli: {WHEEL.filename}: refused: The wheel has no RECORD.",
            f"pypi-cli: 1 file published. {PAGES}other/1.0/",
        ]

    def test_bad_credentials_stop_at_once(
        self, server: FakeServer, save: Save, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.upload_answers["foo_bar"] = httpx.Response(401, text="This token was revoked.")

        assert run(["upload", save(WHEEL), save(OTHER)]) == ExitCode.REFUSED

        out, err = printed(capsys)
        assert out == ""
        assert "This token was revoked. Log in with pypi-cli login" in err
        assert len(server.sent("/legacy/")) == 1

    def test_another_file_of_the_name_can_be_skipped(
        self, server: FakeServer, save: Save, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.upload_answers[WHEEL.filename] = httpx.Response(400, text="File already exists (x).")

        assert run(["upload", save(WHEEL)]) == ExitCode.CONFLICT
        assert "refused: File already exists (x)." in printed(capsys)[1]
        assert run(["upload", save(WHEEL), "--skip-existing"]) == 0
        assert printed(capsys)[0] == f"{WHEEL.filename}: skipped\n"

    def test_a_pattern_that_the_shell_left_is_expanded(self, server: FakeServer, save: Save) -> None:
        save(WHEEL), save(OTHER)

        assert run(["upload", "dist/*"]) == 0
        assert len(server.sent("/legacy/")) == 2

    def test_a_broken_file_is_refused_without_a_traceback(
        self, server: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "foo-1.0-py3-none-any.whl").write_bytes(b"no zip")

        assert run(["upload", "foo-1.0-py3-none-any.whl"]) == 1
        assert "not sent: Invalid distribution file. It does not begin as a ZIP archive" in printed(capsys)[1]
        assert server.sent("/legacy/") == []

    def test_a_broken_file_can_be_sent_all_the_same(
        self, server: FakeServer, save: Save, capsys: pytest.CaptureFixture[str]
    ) -> None:
        broken = without_member(WHEEL.content, "foo_bar-1.0.dist-info/WHEEL")
        path = save(replace(WHEEL, content=broken))

        assert run(["upload", "--no-check", path]) == 0
        assert len(server.sent("/legacy/")) == 1

    @pytest.mark.parametrize(
        ("files", "why"),
        [
            (["nothing.whl"], "There is no file 'nothing.whl'."),
            (["dist"], "dist is a folder: name the files in it, as dist/*."),
            (["dist/notes.txt"], "neither a wheel (.whl) nor an sdist (.tar.gz)"),
            ([], "FILES is missing."),
        ],
    )
    def test_a_command_line_that_makes_no_sense_is_wrong_usage(
        self,
        server: FakeServer,
        save: Save,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        files: list[str],
        why: str,
    ) -> None:
        good = save(WHEEL)
        (tmp_path / "dist/notes.txt").write_text("")

        assert run(["upload", *([good] if files else []), *files]) == 2
        assert why in printed(capsys)[1]
        # A mistyped name must not leave half a release behind.
        assert server.requests == []


class TestUploadOfARelease:
    @pytest.fixture(autouse=True)
    def token(self, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PYPI_TOKEN", TOKEN)

    def test_its_files_are_published_at_once(
        self, server: FakeServer, save: Save, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["upload", save(WHEEL), save(OTHER), save(SDIST)]) == 0

        assert printed(capsys)[0].splitlines() == [
            f"{WHEEL.filename}: published",
            f"{SDIST.filename}: published",
            f"{OTHER.filename}: published",
        ]
        # The release of one file goes by the form.
        assert len(server.sent("/legacy/")) == 1
        project = server.site.index.projects.read(OPERATOR, NormalizedName("foo-bar"))
        assert {each.filename for each in project.files} == {WHEEL.filename, SDIST.filename}

    def test_files_already_on_the_index_are_reported(
        self, server: FakeServer, save: Save, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.publish(WHEEL)

        assert run(["--json", "upload", save(WHEEL), save(SDIST)]) == 0

        files = json.loads(printed(capsys)[0])["result"]["files"]
        assert {each["filename"]: each["outcome"] for each in files} == {
            WHEEL.filename: "was there already", SDIST.filename: "published",
        }  # fmt: skip

    def test_one_that_is_refused_keeps_the_others_back(
        self, server: FakeServer, save: Save, capsys: pytest.CaptureFixture[str]
    ) -> None:
        broken = without_member(WHEEL.content, "foo_bar-1.0.dist-info/RECORD")
        paths = [save(replace(WHEEL, content=broken)), save(SDIST)]

        assert run(["--json", "upload", "--no-check", *paths]) == ExitCode.REFUSED

        out, err = printed(capsys)
        assert f"{WHEEL.filename}: refused: " in err
        assert "RECORD" in err
        assert f"{SDIST.filename}: not published: another file of its release was refused." in err
        assert [each["outcome"] for each in json.loads(out)["result"]["files"]] == [
            "refused", "not published",
        ]  # fmt: skip
        assert run(["info", "foo-bar"]) == ExitCode.NOT_FOUND

    def test_one_that_is_broken_keeps_the_others_here(
        self, server: FakeServer, save: Save, capsys: pytest.CaptureFixture[str]
    ) -> None:
        broken = without_member(WHEEL.content, "foo_bar-1.0.dist-info/RECORD")

        assert run(["upload", save(replace(WHEEL, content=broken)), save(SDIST)]) == ExitCode.FAILED

        assert f"{SDIST.filename}: not sent: another file is broken." in printed(capsys)[1]
        assert server.requests == []

    def test_an_unfinished_upload_of_other_files_can_be_given_up(
        self, server: FakeServer, save: Save, capsys: pytest.CaptureFixture[str]
    ) -> None:
        other = DeclaredFile(filename=WHEEL.filename, size=7, sha256="0" * 64)
        server.site.index.begin_upload(OPERATOR, DisplayName("Foo.Bar"), parse_version("1.0"), [other])
        paths = [save(WHEEL), save(SDIST)]

        assert run(["upload", *paths]) == ExitCode.CONFLICT
        assert "--replace-session cancels that one" in printed(capsys)[1]
        assert run(["upload", "--replace-session", *paths]) == 0

    def test_bad_credentials_are_reported_once(
        self,
        server: FakeServer,
        save: Save,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.delenv("PYPI_TOKEN")

        assert run(["upload", save(WHEEL), save(SDIST), save(OTHER)]) == ExitCode.REFUSED
        assert printed(capsys)[1].count("Log in with pypi-cli login") == 1


class TestAttestations:
    def test_they_are_sent_with_their_files(self, server: FakeServer, save: Save, tmp_path: Path) -> None:
        for each in (save(WHEEL), save(SDIST)):
            content = {"version": 1, "verification_material": {}, "envelope": {"statement": each}}
            (tmp_path / f"{each}.publish.attestation").write_text(json.dumps(content))

        assert run(["upload", "--attestations", "dist/*"]) == 0

        one, two = server.sent("/legacy/")
        assert b'"statement":"dist/foo_bar-1.0-py3-none-any.whl"' in one.content
        assert b'"statement":"dist/foo_bar-1.0.tar.gz"' in two.content

    def test_they_stay_at_home_otherwise(self, server: FakeServer, save: Save, tmp_path: Path) -> None:
        (tmp_path / f"{save(WHEEL)}.publish.attestation").write_text("{}")

        assert run(["upload", "dist/*"]) == 0
        assert b"attestations" not in server.sent("/legacy/")[0].content

    def test_without_any_nothing_is_sent(
        self, server: FakeServer, save: Save, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["upload", "--attestations", save(WHEEL)]) == 2
        assert "There is no attestation of foo_bar-1.0-py3-none-any.whl" in printed(capsys)[1]
        assert server.requests == []

    def test_a_file_that_is_not_an_attestation_is_refused_before_sending(
        self, server: FakeServer, save: Save, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / f"{save(WHEEL)}.publish.attestation").write_text("{}")

        assert run(["upload", "--attestations", "dist/*"]) == 1
        assert "is not an attestation of version 1 (PEP 740)" in printed(capsys)[1]


class TestToken:
    @pytest.fixture
    def sent_token(self, server: FakeServer, save: Save) -> Callable[..., str | None]:
        def upload(*options: str) -> str | None:
            assert run(["upload", save(WHEEL), *options]) == 0
            header = server.sent("/legacy/")[-1].headers.get("authorization")
            return base64.b64decode(header.removeprefix("Basic ")).decode() if header else None

        return upload

    def test_it_comes_from_a_file(self, sent_token: Callable[..., str | None], tmp_path: Path) -> None:
        (tmp_path / "token").write_text(f"{TOKEN}\n")

        assert sent_token("--token-file", "token") == f"__token__:{TOKEN}"

    def test_it_comes_from_standard_input(
        self, sent_token: Callable[..., str | None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{TOKEN}\n"))

        assert sent_token("--token-file", "-") == f"__token__:{TOKEN}"

    @pytest.mark.parametrize("variable", ["PYPI_TOKEN", "PYPI_PASSWORD"])
    def test_it_comes_from_the_environment(
        self, sent_token: Callable[..., str | None], monkeypatch: pytest.MonkeyPatch, variable: str
    ) -> None:
        monkeypatch.setenv(variable, TOKEN)

        assert sent_token() == f"__token__:{TOKEN}"

    def test_it_comes_from_the_url(self, sent_token: Callable[..., str | None]) -> None:
        assert sent_token("--index", f"http://__token__:{TOKEN}@127.0.0.1/") == f"__token__:{TOKEN}"

    def test_a_file_goes_before_the_environment(
        self,
        sent_token: Callable[..., str | None],
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        monkeypatch.setenv("PYPI_TOKEN", "other")
        (tmp_path / "token").write_text(TOKEN)

        assert sent_token("--token-file", "token") == f"__token__:{TOKEN}"

    def test_without_a_terminal_nothing_is_asked(self, sent_token: Callable[..., str | None]) -> None:
        assert sent_token() is None

    @pytest.mark.parametrize("content", ["", "\n", "one two", "one\ntwo"])
    def test_a_file_without_one_token_is_wrong_usage(
        self, server: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
    ) -> None:
        (tmp_path / "token").write_text(content)

        assert run(["info", "foo", "--token-file", "token"]) == 2
        assert "one token and nothing else" in printed(capsys)[1]

    def test_a_missing_file_is_wrong_usage(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["info", "foo", "--token-file", "nowhere"]) == 2
        assert "nowhere cannot be read: No such file" in printed(capsys)[1]


class TestIndex:
    @pytest.mark.parametrize(
        "arguments",
        [
            ["--index", "https://index.example/", "search", "wide"],
            ["--index=https://index.example/", "search", "wide"],
            ["search", "wide", "--index", "https://index.example/simple/"],
            ["search", "-i", "https://index.example/legacy/", "wide"],
        ],
    )
    def test_it_is_named_before_or_after_the_command(self, server: FakeServer, arguments: list[str]) -> None:
        server.publish(build_wheel(name="wide", version="1.0"))

        assert run(arguments) == 0
        assert str(server.requests[0].url) == "https://index.example/rpc"

    def test_it_is_named_in_the_environment(
        self, server: FakeServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PYPI_REPOSITORY", "https://index.example/i/test/")

        run(["search", "x"])

        assert str(server.requests[0].url) == "https://index.example/i/test/rpc"

    def test_it_is_on_this_machine_otherwise(self, server: FakeServer) -> None:
        run(["search", "x"])

        assert str(server.requests[0].url) == "http://127.0.0.1:8080/rpc"

    def test_a_bad_one_is_wrong_usage(self, server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["search", "x", "--index", "http://u:secret@index.example/"]) == 2

        err = printed(capsys)[1]
        assert "is plain http" in err
        assert "secret" not in err

    def test_an_index_that_does_not_answer_is_reported(self, capsys: pytest.CaptureFixture[str]) -> None:
        class Nothing(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                raise httpx.UnsupportedProtocol("Connection refused")

        reset = carrier.set(Nothing())
        try:
            assert run(["info", "foo"]) == ExitCode.UNAVAILABLE
        finally:
            carrier.reset(reset)
        assert "Cannot reach 127.0.0.1:8080: Connection refused. Is the index running?" in printed(capsys)[1]


class TestDownload:
    @pytest.fixture
    def published(self, server: FakeServer) -> FakeServer:
        server.publish(
            WHEEL,
            SDIST,
            build_wheel(name="Foo.Bar", version="1.5"),
            build_wheel(name="Foo.Bar", version="2.0rc1"),
            build_wheel(name="Foo.Bar", version="3.0"),
            OTHER,
        )
        server.site.index.yank_release(
            OPERATOR, NormalizedName("foo-bar"), parse_version("3.0"), Yank("broken")
        )
        return server

    @pytest.mark.parametrize(
        ("arguments", "names"),
        [
            (["foo_bar"], {"foo_bar-1.5-py3-none-any.whl"}),
            (["foo_bar", "--pre"], {"foo_bar-2.0rc1-py3-none-any.whl"}),
            (["foo_bar>=2.0rc1"], {"foo_bar-2.0rc1-py3-none-any.whl"}),
            (["foo_bar==1"], {"foo_bar-1.0-py3-none-any.whl"}),
            (["foo_bar==1", "--all-files"], {"foo_bar-1.0-py3-none-any.whl", "foo_bar-1.0.tar.gz"}),
            (["foo_bar==1", "--all-files", "--sdist"], {"foo_bar-1.0.tar.gz"}),
            (["foo_bar<1.5", "--sdist"], {"foo_bar-1.0.tar.gz"}),
            (["foo_bar<1.5", "--no-binary", ":all:"], {"foo_bar-1.0.tar.gz"}),
            (["foo_bar<1.5", "--no-binary", "foo.bar,x", "--python-version", "3.12"], {"foo_bar-1.0.tar.gz"}),
            (["foo_bar<1.5", "--no-binary=:all:", "--only-binary=foo-bar"], {"foo_bar-1.0-py3-none-any.whl"}),
            (["foo_bar<1.5", "--wheel"], {"foo_bar-1.0-py3-none-any.whl"}),
            (["foo_bar<1.5", "other"], {WHEEL.filename, OTHER.filename}),
        ],
    )
    def test_the_files_of_the_best_version_are_stored(
        self, published: FakeServer, tmp_path: Path, arguments: list[str], names: set[str]
    ) -> None:
        assert run(["download", *arguments, "--dest", "new/folder"]) == 0

        assert {each.name for each in (tmp_path / "new/folder").iterdir()} == names
        for name in names:
            assert (tmp_path / "new/folder" / name).read_bytes() == published.contents[name]

    def test_a_pinned_yanked_version_is_downloaded_with_a_warning(
        self, published: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["download", "foo-bar==3.0"]) == 0

        assert (tmp_path / "foo_bar-3.0-py3-none-any.whl").exists()
        assert "warning: foo-bar 3.0 was yanked: broken" in printed(capsys)[1]

    def test_a_good_copy_is_not_downloaded_again(
        self, published: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["download", "other"]) == 0
        assert run(["download", "other"]) == 0

        assert printed(capsys)[0] == f"{OTHER.filename}: downloaded\n{OTHER.filename}: was there already\n"
        loaded = [each.url.path for each in published.requests if each.url.path.endswith(".whl")]
        assert len(loaded) == 1

    @pytest.mark.parametrize(
        ("arguments", "why"),
        [
            (["nowhere"], "There is no project 'nowhere' on this index"),
            (
                ["foo-bar>7"],
                "No version of foo-bar fits: you want foo-bar>7. Offered of foo-bar: 2.0rc1, 1.5, 1.0",
            ),
            (["foo-bar==1.5", "--sdist"], "1.5 has only files of a kind that is not wanted"),
            (
                ["foo-bar>7", "--all-files"],
                "No version of Foo.Bar fits 'foo-bar>7'. Offered: 1.0, 1.5, 2.0rc1.",
            ),
            (["foo-bar==1.5", "--sdist", "--all-files"], "Foo.Bar 1.5 has no such files."),
        ],
    )
    def test_an_unavailable_version_is_reported_and_downloads_nothing(
        self,
        published: FakeServer,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        arguments: list[str],
        why: str,
    ) -> None:
        assert run(["download", *arguments]) == ExitCode.NOT_FOUND

        assert why in printed(capsys)[1]
        assert list(tmp_path.iterdir()) == []

    def test_a_file_with_a_wrong_digest_is_not_kept(
        self, published: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        published.contents[OTHER.filename] = OTHER.content[:-1] + b"x"

        assert run(["download", "other"]) == 1

        assert "is not what the index lists: its sha256 is" in printed(capsys)[1]
        assert list(tmp_path.iterdir()) == []

    def test_an_unwritable_folder_is_reported(
        self, published: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "file").write_text("")

        assert run(["download", "other", "--dest", "file"]) == 1
        assert "file: " in printed(capsys)[1]

    @pytest.mark.parametrize("text", ["foo bar", "foo[", "./foo", "foo.whl", "foo @ https://x/", ""])
    def test_an_argument_that_is_not_a_project_is_wrong_usage(self, published: FakeServer, text: str) -> None:
        assert run(["download", text]) == 2
        assert published.requests == []


class TestSearch:
    def test_projects_are_listed(self, server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
        server.publish(
            build_wheel(name="Foo", version="1.0", summary="Says foo"),
            build_wheel(name="foo-longer", version="1.10", summary="Says more\x1b[2J"),
        )

        assert run(["search", "foo", "says"]) == 0

        assert printed(capsys) == ("Foo 1.0          Says foo\nfoo-longer 1.10  Says more\ufffd[2J\n", "")

    def test_the_limit_may_be_larger_than_a_page(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.publish(*(build_wheel(name=f"foo{number}", version="1") for number in range(130)))

        assert run(["search", "foo", "--limit", "120"]) == 0

        out, err = printed(capsys)
        assert len(set(out.splitlines())) == 120
        assert "There are more" in err

    def test_a_search_without_hits_is_reported(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["search", "nowhere"]) == ExitCode.NOTHING_MATCHED
        out, err = printed(capsys)
        assert out == ""
        assert "Nothing was found" in err

    def test_words_are_looked_for_in_name_and_summary_alone(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.publish(
            build_wheel(
                name="hidden", version="1.0", summary="Says foo", extra_metadata=[("Keywords", "bar")]
            )
        )

        assert run(["search", "foo"]) == 0
        assert printed(capsys)[0] == "hidden 1.0  Says foo\n"
        assert run(["search", "bar"]) == ExitCode.NOTHING_MATCHED
        capsys.readouterr()
        assert run(["search", "--keywords", "bar"]) == 0
        assert printed(capsys)[0] == "hidden 1.0  Says foo\n"

    def test_fields_and_classifiers_narrow_it(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        testing, building = "Topic :: Software Development :: Testing", "Topic :: Software Development"
        server.publish(
            build_wheel(
                name="foo", version="1.0", extra_metadata=[("Author", "Ada"), ("Classifier", testing)]
            ),
            build_wheel(
                name="bar", version="1.0", extra_metadata=[("Author", "Ada"), ("Classifier", building)]
            ),
            build_wheel(
                name="baz", version="1.0", extra_metadata=[("Author", "Bob"), ("Classifier", testing)]
            ),
        )

        assert run(["search", "--author", "ada", "--sort", "name", "--facets"]) == 0
        assert printed(capsys)[0].splitlines() == [
            f"bar 1.0  {SUMMARY}", f"foo 1.0  {SUMMARY}", "", f"     1 {building}", f"     1 {testing}",
            "     2 projects in all",
        ]  # fmt: skip
        assert run(["search", "--author", "ada", "--classifier", testing]) == 0
        assert printed(capsys)[0] == f"foo 1.0  {SUMMARY}\n"
        assert run(["--json", "search", "foo", "--facets"]) == 0
        assert json.loads(printed(capsys)[0])["result"]["facets"] == [{"classifier": testing, "count": 1}]

    def test_nothing_to_look_for_is_wrong_usage(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["search"]) == 2
        assert "Say what to look for" in printed(capsys)[1]

    def test_a_limit_below_one_is_wrong_usage(self, server: FakeServer) -> None:
        assert run(["search", "foo", "--limit", "0"]) == 2


class TestInfo:
    def test_a_project_is_shown(self, server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
        server.publish(
            build_wheel(
                name="Foo.Bar",
                version="1.0",
                summary="A sample",
                requires_python=">=3.11",
                requires_dist=["one>=1", 'two; extra == "more"'],
                metadata_version="2.4",
                extra_metadata=[
                    ("Author", "Ada"),
                    ("License-Expression", "MIT"),
                    ("Project-URL", "Documentation and more, https://docs.example/"),
                ],
            ),
            build_wheel(name="Foo.Bar", version="0.9"),
        )
        server.site.index.yank_release(OPERATOR, NormalizedName("foo-bar"), parse_version("0.9"), Yank())

        assert run(["info", "foo_bar"]) == 0

        lines = printed(capsys)[0].splitlines()
        assert lines[:3] == ["Foo.Bar 1.0", "A sample", ""]
        assert "Author         Ada" in lines
        assert "Licence        MIT" in lines
        assert "Python         >=3.11" in lines
        assert "Needs          one>=1" in lines
        assert "Documentation and more https://docs.example/" in lines
        assert "Versions       1.0, 0.9 (yanked)" in lines
        assert "Downloads      0 in the last 30 days, 0 in all" in lines
        assert any(each.startswith("Files          foo_bar-1.0-py3-none-any.whl  ") for each in lines)
        assert lines[-1] == "Install        pip install --index-url http://127.0.0.1:8080/simple/ foo-bar"

    def test_the_newest_versions_are_named_and_the_others_counted(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.publish(*(build_wheel(name="Foo.Bar", version=f"1.{each}") for each in range(23)))

        assert run(["info", "foo_bar"]) == 0

        [line] = [each for each in printed(capsys)[0].splitlines() if each.startswith("Versions ")]
        assert line.startswith("Versions       1.22, 1.21, ")
        assert line.endswith(", 1.3 and 3 more")

    def test_a_quarantined_project_is_shown_by_its_status_alone(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.publish(WHEEL)
        quarantined = ProjectStatus(Status.QUARANTINED, "Looked into.")
        server.site.index.set_project_status(OPERATOR, NormalizedName("foo-bar"), quarantined)

        assert run(["info", "foo-bar"]) == 0

        assert printed(capsys)[0].splitlines() == [
            "Foo.Bar",
            "This project is quarantined. Looked into.",
            "",
            "Versions       1.0",
            "Downloads      0 in the last 30 days, 0 in all",
        ]

    def test_a_yanked_version_is_shown_with_the_reason(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.publish(WHEEL)
        server.site.index.yank_release(
            OPERATOR, NormalizedName("foo-bar"), parse_version("1.0"), Yank("broken")
        )

        assert run(["info", "foo_bar==1.0"]) == 0

        out = printed(capsys)[0]
        assert "Yanked: broken" in out
        assert out.endswith("foo-bar==1.0\n")

    def test_everything_is_there_as_json(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.publish(WHEEL)

        assert run(["info", "foo_bar==1", "--json"]) == 0

        answer = json.loads(printed(capsys)[0])
        assert (answer["schema"], answer["command"]) == ("pypi-cli/1", "info")
        shown = answer["result"]
        assert (shown["name"], shown["version"], shown["metadata"]["summary"]) == (
            "foo-bar",
            "1.0",
            "A sample",
        )
        assert shown["files"][0]["hashes"]["sha256"] == WHEEL.sha256

    def test_a_missing_project_is_reported(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["info", "nowhere"]) == ExitCode.NOT_FOUND
        assert printed(capsys) == (
            "",
            "pypi-cli: There is no project 'nowhere' on this index. The index is http://127.0.0.1:8080/.\n",
        )

    @pytest.mark.parametrize("text", ["foo>1", "foo==1.*", "foo==1,==2", "../foo"])
    def test_an_argument_that_is_not_one_version_is_wrong_usage(self, server: FakeServer, text: str) -> None:
        assert run(["info", text]) == 2


class TestJson:
    @pytest.mark.parametrize(
        "command",
        [
            "search foo", "search nowhere", "info foo-bar", "versions foo-bar", "whoami",
            "project status foo-bar", "project roles foo-bar", "role list foo-bar", "project create fresh",
            "hide foo-bar==1.0", "unhide foo-bar==1.0", "yank foo-bar 1.0", "show foo-bar", "register fresh",
            "token list", "index list", "config list", "stats foo-bar", "stats foo-bar --days 7",
        ],
    )  # fmt: skip
    def test_results_are_as_their_schema_says(
        self,
        server: FakeServer,
        command: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        server.publish(WHEEL)
        monkeypatch.setenv("PYPI_TOKEN", TOKEN)

        run(["--json", *command.split()])

        out, err = printed(capsys)
        assert out, err
        Draft202012Validator(result_schema(PROGRAM)).validate(json.loads(out))


class TestHelp:
    @pytest.mark.parametrize("command", ["upload", "download", "search", "info"])
    def test_each_command_has_a_manual_with_examples(
        self, command: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run([command, "--help"]) == 0

        out = printed(capsys)[0]
        assert f"Usage: pypi-cli {command}" in out
        assert out.count(f"pypi-cli {command}") > 1

    def test_all_commands_are_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["--help"]) == 0

        out = printed(capsys)[0]
        for each in ("upload", "download", "search", "info", "PYPI_REPOSITORY", "PYPI_TOKEN"):
            assert each in out
        assert "Find projects by words" in out
        assert "Create, list and revoke API tokens." in out

    def test_the_version_is_printed(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["--version"]) == 0
        assert printed(capsys)[0].count(".") >= 2

    @pytest.mark.parametrize(
        "arguments", [["uplaod"], ["search", "x", "--limt", "3"], ["search", "--limit", "x"]]
    )
    def test_a_mistyped_line_is_wrong_usage(
        self, arguments: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(arguments) == 2
        assert printed(capsys)[1].startswith("pypi-cli: ")


class Broken(httpx.BaseTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise RuntimeError("a bug")


@pytest.fixture
def broken() -> Iterator[None]:
    reset = carrier.set(Broken())
    yield
    carrier.reset(reset)


def test_a_bug_is_reported_in_a_sentence(broken: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["info", "foo"]) == 1

    err = printed(capsys)[1]
    assert "This should not have happened: RuntimeError: a bug" in err
    assert "Traceback" not in err
