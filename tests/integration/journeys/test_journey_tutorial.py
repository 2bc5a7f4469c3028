"""The tutorial, done as a newcomer does it: every command of it, with the output that it promises."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from running_server import StartServer
    from tool_client import Client

TUTORIAL = Path(__file__).parents[3] / "docs" / "tutorials" / "first-index.md"
ADDRESS = "http://127.0.0.1:8080/"


class Step(NamedTuple):
    """A command, and the lines that the tutorial says it prints."""

    command: str
    output: list[str]


def steps() -> Iterator[Step]:
    for block in re.findall(r"```console\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL):
        for each in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *output = each.splitlines()
            yield Step(command, output)


def test_every_command_prints_what_the_tutorial_shows(
    start_server: StartServer, client: Client, tmp_path: Path
) -> None:
    first, *others = steps()
    # A server of its own port, with the data in the folder that the tutorial is done in.
    assert first == Step("make serve", [])
    server = start_server(data=client.home / "data")
    (client.home / ".venv").symlink_to(sys.prefix)

    before = {each.name for each in client.home.iterdir()}

    script = "\n".join(f"{step.command}; echo '<<<{number}>>>'" for number, step in enumerate(others))
    done = subprocess.run(
        ["bash", "-e", "-c", script.replace(ADDRESS, server.url)],
        capture_output=True,
        text=True,
        cwd=client.home,
        env={
            # What `pypi-cli` asks unless told otherwise is the address in the tutorial.
            "PYPI_REPOSITORY": server.url,
            "HOME": str(client.home),
            "PATH": os.environ["PATH"],
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_CACHE_DIR": "1",
            "TMPDIR": str(tmp_path),
            # pip asks rustc for its version, which may be a program that keeps its files in the home folder.
            "RUSTUP_HOME": str(tmp_path / "rustup"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        },
    )

    printed = re.split(r"^<<<\d+>>>\n", done.stdout.replace(server.url, ADDRESS), flags=re.MULTILINE)
    assert done.returncode == 0, (printed[-1], done.stderr)
    assert len(printed) == len(others) + 1
    promised = [step for step in others if step.output]
    shown = [
        Step(step.command, output.splitlines())
        for step, output in zip(others, printed, strict=False)
        if step.output
    ]
    assert shown == promised
    assert {each.name for each in client.home.iterdir()} == before, "the tutorial left something behind"


def test_the_tutorial_walks_through_everything_a_newcomer_needs() -> None:
    commands = " ".join(step.command for step in steps())

    for each in ("upload dist", "search", "upload-docs", "yank", "cache create", "pip install"):
        assert each in commands
