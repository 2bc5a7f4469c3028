"""A server for benchmarks, filled with built packages."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec

from pypi_core.testing.builders import BuiltDistribution


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Where it listens (with ``/`` at the end), its folder, the owner's token, and its process."""

    url: str
    data: Path
    token: str
    process: subprocess.Popen[str]


@contextmanager
def server() -> Iterator[Server]:
    """Run ``pypi-server serve`` without a worker on an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pypi_app.server_command", "serve", "--no-worker"]
        process = subprocess.Popen(
            [*command, "--port", "0", "--data", folder], stdout=subprocess.PIPE, text=True
        )
        try:
            yield Server(url=_address(process), data=Path(folder), token=_token(folder), process=process)
        finally:
            process.terminate()
            process.wait()


def upload(session: httpx.Client, server: Server, distribution: BuiltDistribution) -> None:
    """Publish one file."""
    response = session.post(
        f"{server.url}legacy/",
        data=dict(distribution.form_fields()),
        files={"content": (distribution.filename, distribution.content)},
        headers={"Authorization": f"Bearer {server.token}"},
    )
    response.raise_for_status()


def _address(process: subprocess.Popen[str]) -> str:
    for line in process.stdout or ():
        if found := re.search(r"package index is at (\S+)", line):
            return found[1]
    raise RuntimeError("the server did not start")


def _token(folder: str) -> str:
    return (Path(folder) / "owner-token").read_text().strip()
