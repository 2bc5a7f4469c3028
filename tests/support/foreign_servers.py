"""Other people's servers, run on this machine."""

from __future__ import annotations

import base64
import hashlib
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from tool_client import Client

PYPISERVER = "pypiserver[passlib]>=2.4,<3"
DEVPI = "devpi-server==6.20.3"


@contextmanager
def running(tool: Client, port: int, log: Path, *command: object, **environment: str) -> Iterator[None]:
    """Run a server; inside the block it listens at *port*."""
    process = tool.start(str(command[0]), *command[1:], log=log, **environment)
    try:
        while not _listens(port):
            assert process.poll() is None, log.read_text(errors="replace")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def running_pypiserver(tool: Client, folder: Path) -> Iterator[str]:
    """Run a pypiserver to which ``ada`` with the password ``secret`` may upload; return its URL."""
    (folder / "packages").mkdir(parents=True)
    digest = base64.b64encode(hashlib.sha1(b"secret", usedforsecurity=False).digest()).decode()
    (folder / "htpasswd").write_text(f"ada:{{SHA}}{digest}\n")
    port = free_port()
    with running(
        tool, port, folder / "log",
        "python", "-m", "pypiserver", "run", "-i", "127.0.0.1", "-p", port, "--disable-fallback",
        "-a", "update", "-P", folder / "htpasswd", folder / "packages",
    ):  # fmt: skip
        yield f"http://127.0.0.1:{port}/"


@contextmanager
def running_devpi(tool: Client, folder: Path) -> Iterator[str]:
    """Run a devpi-server whose ``root`` has the password ``secret``; return its URL."""
    tool.run("devpi-init", "--serverdir", folder, "--no-root-pypi", "--root-passwd", "secret")
    port = free_port()
    with running(
        tool, port, folder.with_suffix(".log"),
        "devpi-server", "--serverdir", folder, "--host", "127.0.0.1", "--port", port,
    ):  # fmt: skip
        yield f"http://127.0.0.1:{port}"


@contextmanager
def devpi_session(url: str, user: str) -> Iterator[httpx.Client]:
    """Log in to devpi with the password ``secret``, as its own client does."""
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as session:
        login = session.post("/+login", json={"user": user, "password": "secret"}).raise_for_status().json()
        proof = base64.b64encode(f"{user}:{login['result']['password']}".encode()).decode()
        session.headers["X-Devpi-Auth"] = proof
        yield session


def free_port() -> int:
    """Return a port at which nobody listens yet."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
