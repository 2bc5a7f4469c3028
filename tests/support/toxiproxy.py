"""A line between a server and a service that can be cut, by Toxiproxy."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator

import httpx

from service_programs import free_port, service_program


class Line:
    """One line: what connects to ``port`` is passed on until it is cut."""

    def __init__(self, api: httpx.Client, port: int, target: str) -> None:
        self.port = port
        self._api = api
        self._path = f"/proxies/line-{port}"
        proxy = {"name": f"line-{port}", "listen": f"127.0.0.1:{port}", "upstream": target, "enabled": True}
        api.post("/proxies", json=proxy).raise_for_status()

    def cut(self) -> None:
        """Break all connections off, and refuse new ones until it is mended."""
        self._api.post(self._path, json={"enabled": False}).raise_for_status()

    def mend(self) -> None:
        """Let connections through again."""
        self._api.post(self._path, json={"enabled": True}).raise_for_status()

    @contextlib.contextmanager
    def breaking_after(self, size: int, *, answers: bool) -> Iterator[None]:
        """Break each connection off after so many bytes of what is sent, or of *answers*."""
        with self.disturbed("limit_data", answers=answers, bytes=size):
            yield

    @contextlib.contextmanager
    def disturbed(self, kind: str, *, answers: bool, **attributes: int) -> Iterator[None]:
        """Let a toxic of Toxiproxy work on what is sent, or on *answers*."""
        stream = "downstream" if answers else "upstream"
        toxic = {"name": kind, "type": kind, "stream": stream, "attributes": attributes}
        self._api.post(f"{self._path}/toxics", json=toxic).raise_for_status()
        try:
            yield
        finally:
            self._api.delete(f"{self._path}/toxics/{kind}").raise_for_status()


@contextlib.contextmanager
def line_to(target: str) -> Iterator[Line]:
    """Make a line to ``host:port``."""
    control = free_port()
    process = subprocess.Popen(
        [service_program("toxiproxy-server"), "-host", "127.0.0.1", "-port", str(control)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{control}", trust_env=False) as api:
            while True:
                with contextlib.suppress(httpx.ConnectError):
                    api.get("/version")
                    break
                time.sleep(0.02)
            yield Line(api, free_port(), target)
    finally:
        process.terminate()
        process.wait()
