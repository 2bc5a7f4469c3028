"""Containers for tests, by podman: images are made from programs that are here, no registry is asked."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from absence import leave_out

_IMAGE = "localhost/pypi-core-{name}:test"
_PATIENCE = 60
# Limits that a container may set where podman itself is in one, and no systemd.
_CONFIGURATION = """
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
"""


@contextlib.contextmanager
def podman() -> Iterator[None]:
    """Let testcontainers find a podman of its own; skip the test without one."""
    if not shutil.which("podman") or not shutil.which("runc"):
        leave_out("podman is not here: see .ci/run for what to install.")
    with tempfile.TemporaryDirectory(prefix="podman-") as folder:
        configuration, address = Path(folder) / "containers.conf", Path(folder) / "socket"
        configuration.write_text(_CONFIGURATION)
        variables = {
            "CONTAINERS_CONF": str(configuration),
            "DOCKER_HOST": f"unix://{address}",
            "TESTCONTAINERS_RYUK_DISABLED": "true",
            "TESTCONTAINERS_HOST_OVERRIDE": "127.0.0.1",
            "TESTCONTAINERS_CONNECTION_MODE": "docker_host",
        }
        before = {name: os.environ.get(name) for name in variables}
        os.environ.update(variables)
        service = subprocess.Popen(
            ["podman", "system", "service", "--time=0", f"unix://{address}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _wait_for(address, service)
            yield
        finally:
            service.terminate()
            service.wait()
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def image_of(program: Path) -> str:
    """Build an image with nothing but a static *program*, and return its name."""
    name = _IMAGE.format(name=program.name)
    with tempfile.TemporaryDirectory(prefix="image-") as folder:
        context = Path(folder)
        (context / "tmp").mkdir()
        shutil.copy2(program, context / program.name)
        (context / "Containerfile").write_text(
            f'FROM scratch\nCOPY tmp /tmp\nCOPY {program.name} /\nENTRYPOINT ["/{program.name}"]\n'
        )
        built = subprocess.run(["podman", "build", "--tag", name, folder], capture_output=True, text=True)
        if built.returncode:
            leave_out(f"podman cannot build an image here: {built.stderr[-300:]}")
    return name


def _wait_for(address: Path, service: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not address.exists():
        if service.poll() is not None or time.monotonic() > deadline:
            leave_out("podman's service does not start here.")
        time.sleep(0.05)
