"""A real server process on a free loopback port."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import httpx

SCRIPTS = Path(sys.executable).parent


class RunningServer:
    """
    ``pypi-server serve`` on *data*, in a process of its own.

    Output goes to ``server.log`` beside the data folder.
    """

    def __init__(
        self,
        data: Path,
        *options: str,
        authority: Path | None = None,
        environment: Mapping[str, str] | None = None,
        set_up: Sequence[str] = (),
    ) -> None:
        self.data = data
        self.of_operator = ["--data", str(data), *set_up]
        """The options of every command of ``pypi-server`` on what it serves."""
        self._environment = environment or {}
        self._trusted = ssl.create_default_context(cafile=authority)
        self._options = options
        self._log = data.parent / f"{data.name}.log"
        self.start()

    def start(self) -> None:
        """Start the process and wait until it says where it listens."""
        self._log.touch()
        position = self._log.stat().st_size
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable, "-m", "pypi_app.server_command", "serve",
                    "--port", "0", *self.of_operator, *self._options,
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**clean_environment(self.data.parent), **self._environment},
            )  # fmt: skip
        try:
            self._wait_until_it_answers(position)
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise

    def _wait_until_it_answers(self, position: int) -> None:
        while True:
            text = self._log.read_bytes()[position:].decode(errors="replace")
            if found := re.search(r"package index is at (\S+)", text):
                self.url = found[1]
                break
            if self.process.poll() is not None:
                raise AssertionError(f"the server did not start:\n{text}")
            # Looking without a pause would take the processor from who is starting.
            time.sleep(0.02)
        # The socket listens before the line is printed: this waits until the application answers.
        assert self.get("health/ready").status_code == 200

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(httpx.URL(self.url).port or 0)

    @property
    def token(self) -> str:
        """The first owner's token."""
        return (self.data / "owner-token").read_text().strip()

    @property
    def log(self) -> str:
        """Everything it has printed."""
        return self._log.read_text(errors="replace")

    def get(self, path: str, **options: object) -> httpx.Response:
        """GET *path* below the root; proxies in the environment are ignored."""
        return httpx.get(self.url + path, trust_env=False, verify=self._trusted, timeout=60, **options)  # type: ignore[arg-type]

    def stop(self) -> int:
        """End it as an operator would and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait()

    def kill(self) -> None:
        """End it without any chance to tidy up, and wait until the port is closed."""
        self.process.kill()
        self.process.wait()
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", self.port)) != 0, "the port is still open after SIGKILL"

    def peak_memory(self) -> int:
        """Return the most memory, in bytes, that it or one of its children ever held."""
        children = subprocess.run(
            ["ps", "--no-headers", "-o", "pid", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
        )
        return max(_peak(pid) for pid in (str(self.process.pid), *children.stdout.split()))


def _peak(pid: str) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024  # type: ignore[index]


StartServer = Callable[..., RunningServer]


def clean_environment(home: Path) -> dict[str, str]:
    """Return an environment without a user's settings for pip, uv or twine."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SSL_CERT_FILE") if name in os.environ}
    return kept | {
        "HOME": str(home),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "UV_KEYRING_PROVIDER": "disabled",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_CONFIG": "1",
        "NO_COLOR": "1",
        "COLUMNS": "200",
    }
