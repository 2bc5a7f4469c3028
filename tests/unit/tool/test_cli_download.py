"""``pypi-cli download`` with files of requirements, documentation, all files of a release, and JSON."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_terminal.exit_codes import ExitCode
from pypi_tool.running import run
from pypi_tool.transport import carrier

TOP = build_wheel("top", "1.0", requires_dist=["below>=1", "more; extra == 'more'"],
                  extra_metadata=[("Provides-Extra", "more")])  # fmt: skip
BELOW = build_wheel("below", "1.0")
BELOW_SOURCE = build_sdist("below", "1.0")
BELOW_ELSEWHERE = build_wheel("below", "1.0", tag="cp312-cp312-win_amd64")
MORE = build_wheel("more", "2.0b1")


def zipped(text: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.html", text)
    return content.getvalue()


class Server:
    """An application in memory that sends the bytes of files itself."""

    def __init__(self, memory: InMemorySite, carry: httpx.MockTransport) -> None:
        self._memory = memory
        self._carry = carry
        self._ada = memory.actor("ada")
        self._contents: dict[str, bytes] = {}
        self.paths: list[str] = []

    def publish(self, *distributions: BuiltDistribution) -> None:
        for each in distributions:
            self._memory.publish(self._ada, each)
            self._contents |= {each.filename: each.content, f"{each.filename}.metadata": each.metadata}

    def document(self, name: str, version: str, archive: bytes) -> None:
        self._memory.document(self._ada, name, version, archive)
        self._memory.work()
        self._contents["archive"] = archive

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        last = request.url.path.rpartition("/")[2]
        if last in self._contents or last.endswith(".zip"):
            content = self._contents.get(last) or self._contents["archive"]
            return httpx.Response(200, stream=httpx.ByteStream(content))
        return self._carry.handle_request(request)


@pytest.fixture
def server(
    memory: InMemorySite, carry: httpx.MockTransport, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Server]:
    for name in ("PYPI_TOKEN", "PYPI_PASSWORD", "PYPI_REPOSITORY", "PYPI_CLI_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    served = Server(memory, carry)
    served.publish(TOP, BELOW, BELOW_SOURCE, BELOW_ELSEWHERE, MORE)
    reset = carrier.set(httpx.MockTransport(served.answer))
    yield served
    carrier.reset(reset)


def stored(folder: str = "out") -> set[str]:
    return {each.name for each in Path(folder).iterdir()} if Path(folder).exists() else set()


def download(*arguments: str) -> int:
    return run(["download", "--index", "https://index.example/", "--dest", "out", *arguments])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["top"], {TOP, BELOW}),
        (["top[more]"], {TOP, BELOW, MORE}),
        (["top", "--no-deps"], {TOP}),
        (["below", "--sdist"], {BELOW_SOURCE}),
        (["below", "--sdist", "--wheel"], {BELOW}),
        (["below", "--python", "3.12", "--platform", "win_amd64"], {BELOW_ELSEWHERE}),
        (["below", "--python=3.12", "--platform=win_amd64", "--abi", "cp312"], {BELOW_ELSEWHERE}),
        (["below", "--platform", "win32", "--platform", "win_amd64", "--implementation", "pp"], {BELOW}),
        (["below", "--all-files"], {BELOW, BELOW_SOURCE, BELOW_ELSEWHERE}),
        (["below", "--all-files", "--wheel"], {BELOW, BELOW_ELSEWHERE}),
        (["-r", "requirements.txt"], {TOP, BELOW}),
        (["-r", "requirements.txt", "more"], {TOP, BELOW, MORE}),
        (["more", "-r", "requirements.txt", "-r", "tool.py"], {TOP, BELOW, MORE}),
        (["-r", "pyproject.toml", "--group", "test", "--no-deps"], {TOP, MORE}),
        (["-r", "pyproject.toml", "--extra", "deep", "--no-deps"], {TOP, BELOW}),
        (["-r", "pyproject.toml", "--group", "test", "--group", "all", "--no-deps"], {TOP, MORE, BELOW}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_requested_files_are_stored(
    server: Server, arguments: list[str], expected: set[BuiltDistribution]
) -> None:
    Path("requirements.txt").write_text("top\n-c limits.txt\n")
    Path("limits.txt").write_text("below<2\n")
    Path("tool.py").write_text("# /// script\n# dependencies = ['below']\n# ///\n")
    Path("pyproject.toml").write_text(
        "[project]\ndependencies = ['top']\noptional-dependencies.deep = ['below']\n"
        "[dependency-groups]\ntest = ['more']\nall = ['below']\n"
    )

    assert download(*arguments) == 0
    assert {Path("out", each).read_bytes() for each in stored()} == {each.content for each in expected}
    assert stored() == {each.filename for each in expected}


def test_constraints_stand_on_the_command_line_too(server: Server) -> None:
    Path("limits.txt").write_text("below<1\n")

    assert download("top", "-c", "limits.txt") == ExitCode.FAILED
    assert stored() == set()


def test_the_result_is_printed_as_json(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert download("below") == 0
    capsys.readouterr()

    assert download("top", "--json") == 0

    result: Any = json.loads(capsys.readouterr().out)["result"]
    assert result["files"] == [
        {
            "file": each.filename,
            "name": name,
            "version": "1.0",
            "path": f"out/{each.filename}",
            "sha256": each.sha256,
            "was_there": was_there,
        }
        for name, each, was_there in (("below", BELOW, True), ("top", TOP, False))
    ]


def test_notes_about_a_file_are_printed(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    Path("requirements.txt").write_text("--index-url https://user:secret@other.example/\nbelow\n")

    assert download("-r", "requirements.txt") == 0

    said = capsys.readouterr().err
    assert "note: requirements.txt (line 1): --index-url is ignored" in said
    assert "secret" not in said


class TestDocumentation:
    ARCHIVE = zipped("hello")

    @pytest.mark.parametrize("name", ["below", "Below==1.0", "below==1"])
    def test_it_is_stored_as_a_zip(self, server: Server, name: str) -> None:
        server.document("below", "1.0", self.ARCHIVE)

        assert download(name, "--docs") == 0

        assert Path("out/below-1.0-docs.zip").read_bytes() == self.ARCHIVE

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("below==2", "There is no documentation of below 2 on this index."),
            ("top", "There is no documentation of top on this index."),
            ("nowhere", "no project 'nowhere'"),
        ],
    )
    def test_missing_documentation_is_reported(
        self, server: Server, capsys: pytest.CaptureFixture[str], name: str, why: str
    ) -> None:
        server.document("below", "1.0", self.ARCHIVE)

        assert download(name, "--docs") == ExitCode.NOT_FOUND
        assert why in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        ([], ExitCode.USAGE, "Name at least one"),
        (["--docs"], ExitCode.USAGE, "Name at least one"),
        (["--all-files"], ExitCode.USAGE, "Name at least one"),
        (["top", "--docs", "--python", "3.12"], ExitCode.USAGE, "--python cannot be combined with --docs"),
        (["top", "--docs", "--sdist"], ExitCode.USAGE, "--sdist cannot be combined with --docs"),
        (
            ["top", "--all-files", "--no-deps"],
            ExitCode.USAGE,
            "--no-deps cannot be combined with --all-files",
        ),
        (["top", "--all-files", "--docs"], ExitCode.USAGE, "--all-files cannot be combined with --docs"),
        (["top", "--python", "new"], ExitCode.USAGE, "'new' is not a version of Python"),
        (["top", "--platform", "linux x"], ExitCode.USAGE, "'linux x' is not a tag"),
        (["-r", "nowhere.txt"], ExitCode.USAGE, "nowhere.txt cannot be read: No such file or directory"),
        (["-r", "bad.txt"], ExitCode.USAGE, "bad.txt (line 1): 'one two' names no project"),
        (["below", "--group", "test"], ExitCode.USAGE, "nothing to find the group 'test' in"),
        (["below>1"], ExitCode.NOT_FOUND, "No version of below fits: you want below>1."),
        (["top", "below==1.0", "below!=1"], ExitCode.FAILED, "satisfies all"),
        (["below<1", "--all-files"], ExitCode.NOT_FOUND, "No version of below fits 'below<1'"),
    ],
    ids=lambda value: " ".join(value) or "nothing" if isinstance(value, list) else "",
)
def test_an_impossible_request_is_reported_and_stores_nothing(
    server: Server, capsys: pytest.CaptureFixture[str], arguments: list[str], code: ExitCode, why: str
) -> None:
    Path("bad.txt").write_text("one two\n")

    assert download(*arguments) == code
    assert why in capsys.readouterr().err
    assert stored() == set()
