"""``pypi-cli cache``, with HTTP carried to an index in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_terminal.exit_codes import ExitCode
from pypi_tool.running import run
from pypi_tool.transport import carrier

ONE = build_wheel(name="one", version="1.0", requires_dist=["two>=1"], summary="Needs another")
TWO_OLD = build_wheel(name="two", version="1.0", summary="Is needed")
TWO = build_wheel(name="two", version="1.1", summary="Is needed")
SDIST = build_sdist(name="two", version="1.1", summary="Is needed")


class FakeSimpleIndex(httpx.BaseTransport):
    """The Simple API and files, of which some may be damaged on their way."""

    def __init__(self, *distributions: BuiltDistribution) -> None:
        self.distributions = {each.filename: each for each in distributions}
        self.damaged: set[str] = set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.startswith("/simple/"):
            return self._page(path.split("/")[2])
        if found := self.distributions.get(path.removeprefix("/files/")):
            content = b"x" * len(found.content) if found.filename in self.damaged else found.content
            return httpx.Response(200, stream=httpx.ByteStream(content))
        return httpx.Response(404, text="Not Found")

    def _page(self, name: str) -> httpx.Response:
        files = [
            {"filename": each.filename, "url": f"/files/{each.filename}", "hashes": {"sha256": each.sha256}}
            for each in self.distributions.values()
            if each.filename.startswith(f"{name}-")
        ]
        if not files:
            return httpx.Response(404, text="Not Found")
        page = {"meta": {"api-version": "1.4"}, "name": name, "versions": [], "files": files}
        headers = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
        return httpx.Response(200, content=json.dumps(page).encode(), headers=headers)


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeSimpleIndex]:
    for name in ("PYPI_TOKEN", "PYPI_PASSWORD", "PYPI_REPOSITORY", "PYPI_CLI_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    fake = FakeSimpleIndex(ONE, TWO_OLD, TWO, SDIST)
    reset = carrier.set(fake)
    yield fake
    carrier.reset(reset)


Cache = Callable[..., tuple[str, str]]


@pytest.fixture
def cache(index: FakeSimpleIndex, capsys: pytest.CaptureFixture[str]) -> Cache:
    """Return a function that runs a command of ``cache`` and returns what it printed where."""

    def call(*arguments: str, code: int = ExitCode.DONE) -> tuple[str, str]:
        assert run(["cache", *arguments]) == code, capsys.readouterr()
        out, err = capsys.readouterr()
        return out, err

    return call


def result(cache: Cache, *arguments: str, code: int = ExitCode.DONE) -> Any:
    return json.loads(cache(*arguments, "--json", code=code)[0])["result"]


class TestFilling:
    def test_a_cache_is_made_of_projects_and_what_they_need(self, cache: Cache, tmp_path: Path) -> None:
        made = result(cache, "create", "house", "one")

        assert made == {"folder": "house", "added": [ONE.filename, TWO.filename], "there": [], "refused": []}
        assert (tmp_path / "house/files" / TWO.filename).read_bytes() == TWO.content

    def test_it_is_made_of_requirements(self, cache: Cache, tmp_path: Path) -> None:
        (tmp_path / "requirements.txt").write_text("one\ntwo<1.1\n")

        cache("create", "house", "-r", "requirements.txt", "--python", "3.12", "--platform", "win_amd64")

        assert [each["filename"] for each in result(cache, "list", "house")["files"]] == [
            ONE.filename,
            TWO_OLD.filename,
        ]

    def test_a_file_already_in_the_cache_is_reported(self, cache: Cache) -> None:
        cache("create", "house", "two")

        out, _err = cache("add", "house", "one")

        assert out == f"{ONE.filename}: added\n{TWO.filename}: was there already\n"

    def test_files_of_this_machine_are_taken(self, cache: Cache, tmp_path: Path) -> None:
        (tmp_path / TWO.filename).write_bytes(TWO.content)

        assert cache("create", "house", TWO.filename)[0] == f"{TWO.filename}: added\n"

    def test_a_file_that_is_damaged_is_refused_and_the_others_are_kept(
        self, cache: Cache, index: FakeSimpleIndex
    ) -> None:
        index.damaged.add(TWO.filename)

        out, err = cache("create", "house", "one", "--no-deps", "two", code=ExitCode.FAILED)

        assert f"{ONE.filename}: added" in out
        assert f"{TWO.filename} is not what the index lists" in err
        assert [each["filename"] for each in result(cache, "list", "house")["files"]] == [ONE.filename]
        assert cache("verify", "house")[0] == "1 file, all good\n"

    def test_an_unavailable_requirement_creates_no_cache(self, cache: Cache, tmp_path: Path) -> None:
        _out, err = cache("create", "house", "nowhere", code=ExitCode.NOT_FOUND)

        assert (
            err
            == "pypi-cli: There is no project 'nowhere' on this index. The index is http://127.0.0.1:8080/.\n"
        )
        assert not (tmp_path / "house").exists()

    def test_a_folder_of_something_else_is_left_alone(self, cache: Cache, tmp_path: Path) -> None:
        (tmp_path / "house").mkdir()
        (tmp_path / "house/notes.txt").write_text("mine")

        assert "holds something else" in cache("create", "house", "one", code=ExitCode.CONFLICT)[1]
        assert [each.name for each in (tmp_path / "house").iterdir()] == ["notes.txt"]

    def test_an_empty_cache_may_be_made(self, cache: Cache) -> None:
        assert "is an empty cache: fill it with cache add" in cache("create", "house")[1]

    def test_nothing_to_add_is_wrong_usage(self, cache: Cache) -> None:
        cache("create", "house")

        assert "Name at least one" in cache("add", "house", code=ExitCode.USAGE)[1]

    def test_a_folder_that_is_not_a_cache_is_reported(self, cache: Cache) -> None:
        assert "is not a cache" in cache("add", "nowhere", "one", code=ExitCode.NOT_FOUND)[1]


class TestReading:
    @pytest.fixture(autouse=True)
    def house(self, cache: Cache) -> None:
        cache("create", "house", "one")

    def test_files_are_listed(self, cache: Cache) -> None:
        assert cache("list", "house")[0].splitlines() == [
            f"one 1.0  {ONE.filename}  {len(ONE.content)} B",
            f"two 1.1  {TWO.filename}  {len(TWO.content)} B",
        ]

    def test_projects_are_found(self, cache: Cache) -> None:
        assert cache("search", "house", "NEEDS", "another")[0] == "one 1.0  Needs another\n"
        assert "Nothing was found" in cache("search", "house", "nowhere", code=ExitCode.NOTHING_MATCHED)[1]

    def test_damage_is_reported(self, cache: Cache, tmp_path: Path) -> None:
        (tmp_path / "house/files" / TWO.filename).write_bytes(b"x" * len(TWO.content))
        (tmp_path / "house/simple/one/index.html").unlink()

        out, err = cache("verify", "house", code=ExitCode.FAILED)
        assert out == ""
        assert f"files/{TWO.filename}: other content: its SHA-256 is" in err
        assert "simple/one/index.html: missing" in err
        found = result(cache, "verify", "house", "--repair", code=ExitCode.FAILED)
        assert (found["files"], found["repaired"]) == (2, True)
        assert [each["damage"] for each in found["findings"]] == ["other content"]


class TestTidying:
    @pytest.fixture(autouse=True)
    def house(self, cache: Cache) -> None:
        cache("create", "house", "one", "two==1.0")
        cache("add", "house", "two")

    def test_versions_are_taken_out(self, cache: Cache) -> None:
        assert cache("remove", "house", "two<1.1")[0] == f"{TWO_OLD.filename}: removed\n"
        assert cache("verify", "house")[0] == "2 files, all good\n"

    def test_a_missing_project_is_reported_and_nothing_is_removed(self, cache: Cache) -> None:
        assert "There is no two==7" in cache("remove", "house", "one", "two==7", code=ExitCode.NOT_FOUND)[1]
        assert len(result(cache, "list", "house")["files"]) == 3

    def test_a_file_that_does_not_belong_in_the_cache_is_deleted(self, cache: Cache, tmp_path: Path) -> None:
        (tmp_path / "house/files/.one.part").write_bytes(b"half")

        done = result(cache, "clean", "house", "--yes")

        assert (done["removed"], done["deleted"]) == ([], ["files/.one.part"])
        assert cache("verify", "house")[0] == "3 files, all good\n"

    def test_old_versions_are_deleted(self, cache: Cache) -> None:
        done = result(cache, "clean", "house", "--keep-newest", "1", "--yes")

        assert done["removed"] == [TWO_OLD.filename]

    def test_cleaning_asks_first(self, cache: Cache) -> None:
        err = cache("clean", "house", "--keep-newest", "1", code=ExitCode.USAGE)[1]

        assert (
            "Delete 1 distribution and 0 other files of house? Add --yes to do it without being asked." in err
        )
        assert len(result(cache, "list", "house")["files"]) == 3

    def test_cleaning_a_clean_cache_asks_nothing(self, cache: Cache) -> None:
        assert cache("clean", "house") == ("", "")

    def test_nothing_to_keep_is_wrong_usage(self, cache: Cache) -> None:
        assert "--keep-newest is at least 1" in cache("clean", "house", "--keep-newest", "0", code=2)[1]


class TestServing:
    def test_an_address_in_use_is_reported(self, cache: Cache) -> None:
        import socket

        cache("create", "house")
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            assert "Cannot listen on" in cache("serve", "house", "--port", port, code=ExitCode.USAGE)[1]

    def test_a_folder_that_is_not_a_cache_is_reported(self, cache: Cache) -> None:
        assert "is not a cache" in cache("serve", "nowhere", code=ExitCode.NOT_FOUND)[1]
