"""A type checker sees the operations of both clients as if they were written out."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PROGRAM = """\
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from pypi_api_client import AsyncClient, Client
from pypi_api_client.models import Project, Uploaded


def waits(client: Client, path: Path) -> None:
    uploaded: Uploaded = client.upload(path, skip_existing=True, progress=print)
    names: Iterator[str] = client.projects()
    number: int = client.call("index.status", {}, int)
    anything: str = client.call("index.status")
    client.upload("foo")  # arg-type
    client.upload(path, True)  # call-arg
    client.upload(path, skip=True)  # call-arg
    client.upload()  # call-arg
    project: Uploaded = client.project("foo")  # assignment
    versions: Iterator[str] = client.releases("foo")  # assignment
    text: str = client.call("index.status", {}, int)  # assignment
    client.uplaod(path)  # attr-defined
    AsyncClient(client.url, transport=1)  # arg-type


async def awaits(client: AsyncClient, path: Path) -> None:
    uploaded: Uploaded = await client.upload(path, skip_existing=True, progress=print)
    names: AsyncIterator[str] = client.projects()
    number: int = await client.call("index.status", {}, int)
    await client.upload("foo")  # arg-type
    await client.upload(path, skip=True)  # call-arg
    project: Project = client.project("foo")  # assignment
    other: Uploaded = await client.project("foo")  # assignment
    client.upload(path)  # unused-coroutine
    [each for each in client.releases("foo")]  # attr-defined
"""


def test_mypy_finds_wrong_arguments_keywords_and_results(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    expected = {
        number: line.partition("  # ")[2]
        for number, line in enumerate(PROGRAM.splitlines(), 1)
        if "  # " in line
    }
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--hide-error-context"]

    outcome = subprocess.run(
        [*command, f"--cache-dir={tmp_path}/cache", str(program)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )

    found = re.findall(r"^program\.py:(\d+): error: .*\[([a-z-]+)\]$", outcome.stdout, re.MULTILINE)
    assert {int(number): code for number, code in found} == expected, outcome.stdout
