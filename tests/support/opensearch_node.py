"""A node of OpenSearch for the tests: in a temporary folder, on a free port, ended by its process."""

from __future__ import annotations

import contextlib
import itertools
import json
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from service_programs import java, opensearch_jars

# Others it does not take; the node listens on the port after the one that it is given.
_PORTS = range(9201, 9299)
_SECONDS = 180


class OpenSearchNode:
    """A node that can be stopped and started again with what it has."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._base = _free_base()
        self._process: subprocess.Popen[bytes] | None = None
        self._prefixes = itertools.count(1)
        self.url = f"http://127.0.0.1:{self._base + 1}"

    def settings(self, **others: object) -> list[str]:
        """Return the lines of ``[search]`` for indices that nobody else has."""
        values = {
            "kind": "opensearch", "url": self.url, "prefix": f"test-{next(self._prefixes)}-", **others
        }  # fmt: skip
        return ["[search]", *(f"{name} = {json.dumps(value)}" for name, value in values.items())]

    def start(self) -> None:
        """Start the node, and wait until it answers."""
        command = [
            java(), "-Xms512m", "-Xmx1g", "-cp", f"{opensearch_jars()}/*",
            "org.codelibs.opensearch.runner.OpenSearchRunner", "-numOfNode", "1", "-basePath", self._folder,
            "-clusterName", "tests", "-baseHttpPort", str(self._base),
        ]  # fmt: skip
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log)
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until:
            with contextlib.suppress(httpx.HTTPError):
                answer = httpx.get(f"{self.url}/_cluster/health", trust_env=False, timeout=5)
                if answer.json().get("status") in {"green", "yellow"}:
                    return
            time.sleep(0.3)
        raise AssertionError((self._folder / "log").read_text()[-2000:])

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Let the node take connections and not answer."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    @property
    def process(self) -> int:
        """The number of its process."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """Kill the node; what it was told is on its disk."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


@contextlib.contextmanager
def running_node() -> Iterator[OpenSearchNode]:
    """Run a node with nothing in it."""
    with tempfile.TemporaryDirectory(prefix="opensearch-", ignore_cleanup_errors=True) as folder:
        node = OpenSearchNode(Path(folder))
        try:
            node.start()
            yield node
        finally:
            node.stop()


def _free_base() -> int:
    for base in _PORTS:
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", base + 1)):
            return base
    raise AssertionError("No port is free between 9201 and 9299.")
