"""The tutorial, done as a newcomer does it: every command of it, with the output that it promises."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import httpx
import pytest

from checkout import ROOT, new_checkout
from link_walk import Fetched, Walk, walk_links
from pypi_core import __version__

if TYPE_CHECKING:
    from running_server import RunningServer, StartServer
    from tool_client import Client

TUTORIAL = ROOT / "docs" / "tutorials" / "first-index.md"
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


def walk_site(server: RunningServer, path: str) -> Walk:
    """Follow every link of the documentation at *path*, as soon as it is unpacked."""
    with httpx.Client(trust_env=False, timeout=60) as session:
        while session.get(server.url + path).status_code == 404:
            time.sleep(0.1)

        def fetch(url: str) -> Fetched:
            answer = session.get(url)
            return Fetched(status=answer.status_code, headers=answer.headers, body=answer.content)

        return walk_links(fetch, server.url, path)


@pytest.mark.slow
def test_every_command_prints_what_the_tutorial_shows_and_the_published_site_is_whole(
    start_server: StartServer, client: Client, tmp_path: Path
) -> None:
    first, *others = steps()
    # A server of its own port, with the data in the checkout.
    assert first == Step("make serve", [])
    checkout = new_checkout(tmp_path / "checkout")
    server = start_server(data=checkout / "data")
    before = {each.name for each in client.home.iterdir()}

    script = "\n".join(f"{step.command}; echo '<<<{number}>>>'" for number, step in enumerate(others))
    done = subprocess.run(
        ["bash", "-e", "-c", script.replace(ADDRESS, server.url)],
        capture_output=True,
        text=True,
        cwd=checkout,
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

    path = f"docs/pypi-core/{__version__}/"
    walk = walk_site(server, path)
    root = server.url + path
    # The page of the project shows the README, whose relative links are for a forge.
    assert [each for each in walk.broken + walk.escapes if each[0].startswith(root)] == []
    site = checkout / "docs" / "_build" / "html"
    pages = {root + str(each.relative_to(site)) for each in site.rglob("*.html")}
    assert pages - walk.statuses.keys() == set()


def test_the_tutorial_walks_through_everything_a_newcomer_needs() -> None:
    commands = " ".join(step.command for step in steps())

    for each in ("upload dist", "search", "upload-docs", "yank", "cache create", "pip install"):
        assert each in commands
