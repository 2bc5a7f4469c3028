"""Our own tool and a real server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pypi_contracts.builders import build_sdist, build_wheel
from pypi_terminal.exit_codes import ExitCode

if TYPE_CHECKING:
    from running_server import RunningServer
    from tool_client import Client

Save = Callable[..., list[Path]]


@pytest.fixture
def files(save: Save) -> list[Path]:
    return save(
        build_wheel(name="Tool.Sample", version="1.0", summary="Shows the tool"),
        build_sdist(name="Tool.Sample", version="1.0", summary="Shows the tool"),
    )


def test_the_tool_does_the_whole_round(
    server: RunningServer, client: Client, files: list[Path], tmp_path: Path
) -> None:
    index = server.url
    token = server.data / "owner-token"

    first = client.run("pypi-cli", "upload", "--token-file", token, *files, PYPI_REPOSITORY=index)
    again = client.run("pypi-cli", "upload", "--token-file", token, *files, PYPI_REPOSITORY=index)
    shown = client.run("pypi-cli", "info", "tool_sample", PYPI_REPOSITORY=index)
    loaded = client.run(
        "pypi-cli",
        "download",
        "--all-files",
        "tool-sample>=1",
        "--dest",
        tmp_path / "out",
        PYPI_REPOSITORY=index,
    )

    names = [each.name for each in files]
    assert first.stdout.splitlines() == [f"{each}: published" for each in names]
    assert again.stdout.splitlines() == [f"{each}: was there already" for each in names]
    assert shown.stdout.startswith("Tool.Sample 1.0\nShows the tool\n")
    assert loaded.stdout.count(": downloaded") == 2
    for each in files:
        assert (tmp_path / "out" / each.name).read_bytes() == each.read_bytes()


def test_the_tool_finds_a_published_project(server: RunningServer, client: Client, files: list[Path]) -> None:
    token = server.data / "owner-token"
    client.run("pypi-cli", "--index", server.url, "upload", "--token-file", token, *files)

    # The worker fills the search; how long it takes is its own business.
    found = ""
    while not found:
        found = client.run("pypi-cli", "--index", server.url, "search", "tool", "shows", check=False).stdout

    assert found == "Tool.Sample 1.0  Shows the tool\n"


def test_a_refusal_is_printed_in_the_words_of_the_server(
    server: RunningServer, client: Client, files: list[Path], save: Save
) -> None:
    token = server.data / "owner-token"
    client.run("pypi-cli", "--index", server.url, "upload", "--token-file", token, *files)
    [changed] = save(build_wheel(name="Tool.Sample", version="1.0", summary="Says something else"))

    refused = client.run(
        "pypi-cli", "--index", server.url, "upload", "--token-file", token, changed, check=False
    )
    skipped = client.run(
        "pypi-cli", "--index", server.url, "upload", "--skip-existing", "--token-file", token, changed
    )
    nobody = client.run("pypi-cli", "--index", server.url, "upload", *files[1:], changed, check=False)

    assert (refused.returncode, refused.stdout) == (ExitCode.CONFLICT, "")
    assert f"{changed.name}: refused: File already exists ({changed.name})" in refused.stderr
    assert skipped.stdout == f"{changed.name}: skipped\n"
    assert nobody.returncode == ExitCode.REFUSED
    assert "Credentials are needed" in nobody.stderr


def test_every_index_of_a_server_can_be_named(
    server: RunningServer, client: Client, files: list[Path]
) -> None:
    test_index = f"{server.url}i/test/"
    token = server.data / "owner-token"

    client.run("pypi-cli", "--index", test_index, "upload", "--token-file", token, *files)

    assert client.run("pypi-cli", "--index", test_index, "download", "tool-sample").returncode == 0
    elsewhere = client.run("pypi-cli", "--index", server.url, "info", "tool-sample", check=False)
    assert (elsewhere.returncode, "no project 'tool-sample'" in elsewhere.stderr) == (
        ExitCode.NOT_FOUND,
        True,
    )
