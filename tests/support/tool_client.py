"""Real tools, run as a user without any settings would."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from running_server import SCRIPTS, RunningServer, clean_environment
from terminals import Terminal


class Client:
    """Runs the tools of this environment, or those of another, as a user without any settings would."""

    def __init__(self, home: Path, scripts: Path = SCRIPTS) -> None:
        self.home = home
        self.scripts = scripts
        home.mkdir(exist_ok=True)

    def using(self, environment: Path) -> Client:
        """Return the tools of a virtual environment, run from the same home folder."""
        return Client(self.home, environment / "bin")

    def run(
        self, tool: str, *arguments: object, check: bool = True, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a tool and return what it printed; *check* says that it has to succeed."""
        outcome = subprocess.run(
            [str(self.scripts / tool), *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=self.home,
            env=clean_environment(self.home) | environment,
        )
        if check and outcome.returncode:
            raise AssertionError(f"{tool} failed ({outcome.returncode}):\n{outcome.stdout}\n{outcome.stderr}")
        return outcome

    def operate(self, server: RunningServer, *command: object) -> subprocess.CompletedProcess[str]:
        """Run a command of ``pypi-server`` on what a server serves."""
        return self.run("pypi-server", *command, *server.of_operator)

    def start(self, tool: str, *arguments: object, log: Path, **environment: str) -> subprocess.Popen[bytes]:
        """Start a tool that goes on running and prints into *log*."""
        with log.open("wb") as output:
            return subprocess.Popen(
                [str(self.scripts / tool), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.home,
                env=clean_environment(self.home) | environment,
            )

    def on_terminal(
        self,
        tool: str,
        *arguments: object,
        out: Path | None = None,
        err: Path | None = None,
        **environment: str,
    ) -> Terminal:
        """Start a tool on a terminal, which is to be used in a ``with`` statement."""
        return Terminal(
            [str(self.scripts / tool), *map(str, arguments)],
            clean_environment(self.home) | {"TERM": "xterm"} | environment,
            self.home,
            out=out,
            err=err,
        )

    def twine_upload(
        self,
        server: RunningServer,
        files: Sequence[Path],
        *options: str,
        token: str | None = None,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Publish with twine."""
        return self.run(
            "twine", "upload", "--non-interactive", "--disable-progress-bar",
            "--repository-url", f"{server.url}legacy/", "-u", "__token__", "-p", token or server.token,
            *options, *files, check=check,
        )  # fmt: skip

    def uv_publish(
        self, server: RunningServer, files: Sequence[Path], *options: str, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Publish with uv."""
        return self.run(
            "uv", "publish", "--publish-url", f"{server.url}legacy/", "--token", server.token,
            "--trusted-publishing", "never", *options, *files, check=check,
        )  # fmt: skip

    def new_environment(self, name: str) -> Path:
        """Create a virtual environment without pip and return its folder."""
        folder = self.home / name
        self.run("uv", "venv", "--python", sys.executable, folder)
        return folder

    def pip_install(
        self, server: RunningServer, folder: Path, *requirements: object, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Install with pip from *server* alone."""
        return self.run(
            "python", "-m", "pip", "--python", folder / "bin" / "python", "install", "--no-cache-dir",
            "--index-url", f"{server.url}simple/", *requirements, check=check,
        )  # fmt: skip

    def uv_install(
        self, server: RunningServer, folder: Path, *requirements: object, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Install with uv from *server* alone."""
        return self.run(
            "uv", "pip", "install", "--no-cache", "--python", folder / "bin" / "python",
            "--index-url", f"{server.url}simple/", *requirements, check=check,
        )  # fmt: skip
