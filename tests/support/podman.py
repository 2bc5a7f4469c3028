"""Containers of the tests, by podman: images and containers of their own, without a service of the system."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from absence import leave_out
from service_programs import debian_root

PYTHON_IMAGE = "localhost/python:test"
# What a machine without systemd and with low limits of its own can run.
_CONFIGURATION = """\
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
"""


class Podman:
    """Runs podman on images and containers below one folder."""

    def __init__(self, folder: Path) -> None:
        self._configuration = folder / "containers.conf"
        self._configuration.write_text(_CONFIGURATION)
        self._places = (
            "--storage-driver",
            "overlay",
            "--root",
            f"{folder}/images",
            "--runroot",
            f"{folder}/run",
        )
        self.environment = {**os.environ, "CONTAINERS_CONF": str(self._configuration)}

    def run(self, *command: str, variables: Mapping[str, str] | None = None) -> str:
        """Run a command of podman, and return what it prints; its errors fail the test."""
        done = subprocess.run(
            ["podman", *self._places, *command],
            env={**self.environment, **(variables or {})},
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, (
            f"podman {' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        )
        return done.stdout.strip()

    def wrapper(self) -> Path:
        """Return a program that is this podman, for tools that call one."""
        program = self._configuration.with_name("podman")
        places = " ".join(self._places)
        program.write_text(f'#!/bin/sh\nCONTAINERS_CONF={self._configuration} exec podman {places} "$@"\n')
        program.chmod(0o755)
        return program

    def remove_all(self) -> None:
        """Remove all containers and images."""
        try:
            self.run("rm", "--all", "--force", "--time", "1")
        except AssertionError:
            # One ended by itself when podman was about to kill it, which it takes for a failure.
            self.run("rm", "--all", "--force", "--time", "1")
        self.run("rmi", "--all", "--force")

    def import_python(self) -> None:
        """Make an image with Python in place of the one that no registry gives here."""
        self.run("import", "--quiet", str(debian_root()), PYTHON_IMAGE)


@contextlib.contextmanager
def podman() -> Iterator[Podman]:
    """Give a test its own podman; every container and image is gone afterwards."""
    if not shutil.which("podman"):
        leave_out("podman is not here: apt-get install podman runc.")
    with tempfile.TemporaryDirectory(prefix="podman-") as folder:
        tool = Podman(Path(folder))
        try:
            yield tool
        finally:
            tool.remove_all()
