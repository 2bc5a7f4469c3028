"""Killed at any moment, the server forgets nothing that it confirmed."""

from __future__ import annotations

import random
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from pypi_contracts.builders import BuiltDistribution, build_wheel

if TYPE_CHECKING:
    from running_server import RunningServer, StartServer
    from tool_client import Client

pytestmark = pytest.mark.slow

UPLOADS = 50


def upload(url: str, token: str, wheel: BuiltDistribution) -> int | None:
    """Upload once; ``None`` when the line broke before an answer came."""
    try:
        return httpx.post(
            f"{url}legacy/",
            data=dict(wheel.form_fields()),
            files={"content": (wheel.filename, wheel.content)},
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=60,
        ).status_code
    except httpx.TransportError:
        return None


def usual_duration(url: str, token: str) -> float:
    """Return how many seconds the first upload to a server takes that nobody kills."""
    started = time.monotonic()
    assert upload(url, token, build_wheel(name="unharmed", version="1.0", padding=200_000)) == 200
    return time.monotonic() - started


def serial_of(server: RunningServer) -> int:
    return int(server.get("simple/").headers["X-PyPI-Last-Serial"])


def test_every_confirmed_upload_survives_kill_9(
    start_server: StartServer, client: Client, tmp_path: Path
) -> None:
    server = start_server("--no-worker")
    token = server.token
    usual = usual_duration(server.url, token)
    moments = random.Random(20)
    confirmed: list[BuiltDistribution] = []
    broken = 0
    newest = 0
    for number in range(UPLOADS):
        wheel = build_wheel(name=f"crash-{number}", version="1.0", padding=200_000)
        killer = threading.Timer(moments.uniform(0.0, 2 * usual), server.process.kill)
        killer.start()
        status = upload(server.url, token, wheel)
        killer.join()
        server.kill()
        if status == 200:
            confirmed.append(wheel)
        broken += status is None
        server.start()
        serial = serial_of(server)
        assert serial >= newest, "the serial went back"
        newest = serial

    # Both kinds of moments have to occur, or the loop shows nothing.
    assert confirmed, "no upload got through before its kill"
    assert broken, "no kill came before the answer"

    check = client.operate(server, "check", "--thorough")
    assert "No damaged files." in check.stdout
    environment = client.new_environment("consumer")
    client.uv_install(server, environment, *[wheel.filename.split("-")[0] for wheel in confirmed])
    assert "Traceback" not in server.log


def test_killing_the_server_leaves_no_worker_behind(start_server: StartServer) -> None:
    server = start_server("--worker")
    children = subprocess.run(
        ["ps", "--no-headers", "-o", "pid", "--ppid", str(server.process.pid)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert len(children) == 1

    server.kill()

    for _ in range(200):
        if not Path(f"/proc/{children[0]}").exists():
            break
        time.sleep(0.1)
    assert not Path(f"/proc/{children[0]}").exists(), "the worker outlived its parent"


def test_sigterm_finishes_uploads_in_progress(start_server: StartServer) -> None:
    server = start_server()
    wheel = build_wheel(name="graceful", version="1.0", padding=2_000_000)
    boundary = "b1"
    body = multipart(wheel, boundary)
    half = len(body) // 2
    arrived = threading.Event()

    def halves() -> Iterator[bytes]:
        yield body[:half]
        arrived.set()
        server.process.terminate()
        yield body[half:]

    response = httpx.post(
        f"{server.url}legacy/",
        content=halves(),
        headers={
            "Authorization": f"Bearer {server.token}",
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(body)),
        },
        trust_env=False,
        timeout=60,
    )

    assert arrived.is_set()
    assert response.status_code == 200
    assert server.process.wait() == 0
    server.start()
    assert server.get("simple/graceful/").status_code == 200


def multipart(wheel: BuiltDistribution, boundary: str) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in wheel.form_fields()
    ]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="content"; filename="{wheel.filename}"\r\n\r\n'
    )
    return b"".join([*parts, head.encode(), wheel.content, f"\r\n--{boundary}--\r\n".encode()])
