"""``pypi-cli`` that is interrupted, or read no more, ends quietly and leaves nothing by halves."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_terminal.exit_codes import ExitCode

if TYPE_CHECKING:
    from held_line import HeldLine
    from running_server import RunningServer
    from tool_client import Client

    Hold = Callable[[RunningServer, int], HeldLine]
    Shell = Callable[[str], subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.slow

CTRL_C = "\x03"
STOPS_AFTER = 256 * 1024
# More than the systems at both ends of a line keep for it.
LARGE = 12 * 1024 * 1024
INTERRUPTED = "pypi-cli: interrupted.\n"


@pytest.fixture(scope="module")
def index(shared_server: RunningServer, shared_client: Client) -> RunningServer:
    """Publish a small project and a large one that needs it."""
    for each in (
        build_wheel(name="small", version="1.0"),
        build_wheel(name="large", version="1.0", requires_dist=["small"], padding=LARGE),
    ):
        (shared_client.home / each.filename).write_bytes(each.content)
    shared_client.run(
        "pypi-cli", "upload", "*.whl", PYPI_TOKEN=shared_server.token, PYPI_REPOSITORY=shared_server.url
    )
    return shared_server


def wait_for_bytes(folder: Path) -> None:
    """Wait until a file in *folder* has some bytes."""
    while not any(each.stat().st_size for each in folder.glob(".*.part")):
        time.sleep(0.02)


class TestDownload:
    def test_that_is_interrupted_at_a_terminal_keeps_nothing(
        self, index: RunningServer, client: Client, hold: Hold, tmp_path: Path
    ) -> None:
        command = ("download", "large", "--no-deps", "--dest", tmp_path / "out")
        with client.on_terminal("pypi-cli", "-i", hold(index, STOPS_AFTER).url, *command) as terminal:
            terminal.wait_for("large-1.0-py3-none-any.whl")
            wait_for_bytes(tmp_path / "out")
            terminal.press(CTRL_C)
            code = terminal.end()

        assert code == ExitCode.INTERRUPTED
        # The progress is taken away and the cursor is there again.
        assert terminal.shown.endswith(INTERRUPTED)
        assert terminal.shown.rindex("\x1b[?25h") > terminal.shown.rindex("\x1b[?25l")
        assert list((tmp_path / "out").iterdir()) == []

    def test_that_is_interrupted_in_a_script_keeps_nothing_and_can_be_run_again(
        self, index: RunningServer, client: Client, hold: Hold, tmp_path: Path
    ) -> None:
        command = ("download", "large", "--no-deps", "--dest", tmp_path / "out")
        process = client.start("pypi-cli", "-i", hold(index, STOPS_AFTER).url, *command, log=tmp_path / "log")
        wait_for_bytes(tmp_path / "out")
        process.send_signal(signal.SIGINT)

        assert process.wait() == ExitCode.INTERRUPTED
        assert (tmp_path / "log").read_text() == INTERRUPTED
        assert list((tmp_path / "out").iterdir()) == []
        assert client.run("pypi-cli", "-i", index.url, *command).stdout.endswith("whl: downloaded\n")

    def test_of_several_files_keeps_those_that_are_whole(
        self, index: RunningServer, client: Client, hold: Hold, tmp_path: Path
    ) -> None:
        command = ("download", "small", "large", "--dest", tmp_path / "out", "--all-files")
        process = client.start("pypi-cli", "-i", hold(index, STOPS_AFTER).url, *command, log=tmp_path / "log")
        # Its folder is made with the first file.
        wait_for_bytes(tmp_path / "out")
        while not list((tmp_path / "out").glob("*.large-*.part")):
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)

        assert process.wait() == ExitCode.INTERRUPTED
        assert [each.name for each in (tmp_path / "out").iterdir()] == ["small-1.0-py3-none-any.whl"]

    def test_into_a_cache_leaves_one_that_can_be_read_and_filled(
        self, index: RunningServer, client: Client, hold: Hold, tmp_path: Path
    ) -> None:
        cache = tmp_path / "cache"
        process = client.start(
            "pypi-cli", "-i", hold(index, STOPS_AFTER).url, "cache", "create", cache, "large",
            log=tmp_path / "log",
        )  # fmt: skip
        wait_for_bytes(cache / "files")
        process.send_signal(signal.SIGINT)

        assert process.wait() == ExitCode.INTERRUPTED
        assert (tmp_path / "log").read_text().endswith(INTERRUPTED)
        client.run("pypi-cli", "cache", "verify", cache)
        client.run("pypi-cli", "-i", index.url, "cache", "add", cache, "large")
        assert len(client.run("pypi-cli", "cache", "list", cache).stdout.splitlines()) == 2


class TestUpload:
    @pytest.fixture(params=["one", "several"])
    def files(self, request: pytest.FixtureRequest, client: Client) -> list[Path]:
        """Return one file, which goes by the legacy upload API, or several, which are a session."""
        made: list[BuiltDistribution] = [
            build_wheel(name=f"up-{request.param}", version="1.0", padding=LARGE)
        ]
        if request.param == "several":
            made.append(build_sdist(name=f"up-{request.param}", version="1.0"))
        for each in made:
            (client.home / each.filename).write_bytes(each.content)
        return [client.home / each.filename for each in made]

    @pytest.fixture
    def upload(self, index: RunningServer, files: list[Path]) -> tuple[object, ...]:
        return ("upload", "--token-file", index.data / "owner-token", *files)

    def test_that_is_interrupted_publishes_nothing_and_can_be_run_again(
        self,
        index: RunningServer,
        client: Client,
        hold: Hold,
        files: list[Path],
        upload: tuple[object, ...],
    ) -> None:
        line = hold(index, STOPS_AFTER)
        with client.on_terminal("pypi-cli", "-i", line.url, *upload) as terminal:
            line.stopped.wait()
            terminal.press(CTRL_C)
            code = terminal.end()

        name = files[0].name.split("-")[0]
        assert (code, terminal.shown.endswith(INTERRUPTED)) == (ExitCode.INTERRUPTED, True)
        listed = client.run("pypi-cli", "-i", index.url, "files", name, check=False)
        assert (listed.returncode, listed.stdout) == (ExitCode.NOT_FOUND, "")
        again = client.run("pypi-cli", "-i", index.url, *upload)
        assert again.stdout.splitlines() == [f"{each.name}: published" for each in files]


def test_waiting_for_changes_ends_when_it_is_interrupted(index: RunningServer, client: Client) -> None:
    with client.on_terminal("pypi-cli", "-i", index.url, "changes", "--follow") as terminal:
        terminal.wait_for("large 1.0")
        terminal.press(CTRL_C)
        code = terminal.end()

    assert code == ExitCode.INTERRUPTED
    assert terminal.shown.endswith(INTERRUPTED)


def test_an_interruption_during_start_up_is_reported_like_any_other(client: Client, tmp_path: Path) -> None:
    (tmp_path / "cyclopts.py").write_text("import signal\nsignal.raise_signal(signal.SIGINT)\n")

    outcome = client.run("pypi-cli", "--help", check=False, PYTHONPATH=str(tmp_path))

    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (ExitCode.INTERRUPTED, "", INTERRUPTED)


class TestOutput:
    @pytest.fixture
    def shell(self, index: RunningServer, client: Client) -> Shell:
        """Return a function that runs a line of shell."""

        def run(line: str) -> subprocess.CompletedProcess[str]:
            path = f"{client.scripts}:{os.environ['PATH']}"
            tools = client.using(Path("/"))
            return tools.run("sh", "-c", line, check=False, PATH=path, PYPI_REPOSITORY=index.url)

        return run

    @pytest.mark.parametrize(
        "command",
        [
            "files large",
            "files large --json",
            "changes",
            "config path",
            "--help",
            "download --help",
            "--version",
        ],
    )
    def test_that_goes_into_a_closed_pipe_ends_the_command_quietly(
        self, shell: Shell, tmp_path: Path, command: str
    ) -> None:
        # Whoever reads is gone for certain before something is written.
        os.mkfifo(tmp_path / "pipe")
        quit_at_once = f"(: < {tmp_path / 'pipe'}) & exec 3> {tmp_path / 'pipe'}; wait; "

        outcome = shell(f"{quit_at_once} pypi-cli {command} >&3")

        assert (outcome.returncode, outcome.stderr) == (ExitCode.FAILED, "")

    def test_that_is_read_in_part_ends_quietly(self, shell: Shell) -> None:
        outcome = shell("pypi-cli files large --json | head -c 10")

        assert (len(outcome.stdout), outcome.stderr) == (10, "")

    @pytest.mark.parametrize("command", ["files large", "files large --json", "--help"])
    def test_that_cannot_be_written_is_reported_once(self, shell: Shell, command: str) -> None:
        outcome = shell(f"pypi-cli {command} > /dev/full")

        assert outcome.returncode == ExitCode.FAILED
        assert outcome.stderr.endswith("No space left on device.\n")
        assert outcome.stderr.count("\n") == 1

    @pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
    def test_a_closed_standard_output_is_not_a_failure(
        self, shell: Shell, tmp_path: Path, closed: str
    ) -> None:
        outcome = shell(f"pypi-cli download small --dest {tmp_path / 'out'} {closed}")

        assert (outcome.returncode, outcome.stderr) == (ExitCode.DONE, "")
        assert [each.name for each in (tmp_path / "out").iterdir()] == ["small-1.0-py3-none-any.whl"]

    def test_login_without_any_stream_fails_as_without_a_terminal(self, shell: Shell) -> None:
        assert shell("pypi-cli login <&- >&- 2>&-").returncode == ExitCode.USAGE
