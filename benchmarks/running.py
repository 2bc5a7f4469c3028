"""A server for benchmarks, filled with built packages."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import msgspec

from pypi_contracts.builders import BuiltDistribution


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Where it listens (with ``/`` at the end), its folder, the owner's token, and its process."""

    url: str
    data: Path
    token: str
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(httpx.URL(self.url).port or 0)


@contextmanager
def server(
    data: Path | None = None, *, worker: bool = False, options: Sequence[str] = (), log: Path | None = None
) -> Iterator[Server]:
    """
    Run ``pypi-server serve`` on *data*, or on an empty folder, with *options*; a worker if asked for.

    What it logs goes to the terminal, or to the file *log*.
    """
    with tempfile.TemporaryDirectory() as empty:
        folder = str(data or empty)
        command = [sys.executable, "-m", "pypi_app.server_command", "serve", "--port", "0", "--data", folder]
        command += [*options, *([] if worker else ["--no-worker"])]
        with ExitStack() as stack:
            stderr = stack.enter_context(log.open("w")) if log else None
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True)
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
